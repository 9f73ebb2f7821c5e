"""Intervals of confidence and bands, against scipy and by their laws."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.performance.bands import Band, Usual, band, usual, worse_end, worse_than
from headgate.monitor.realised import by_slice, measure_classes, measure_numbers, measure_scores
from headgate.monitor.realised.intervals import around, mean_of, quantile, wilson

LEVELS = st.sampled_from([0.5, 0.9, 0.95, 0.99])
FINITE = st.floats(-1e6, 1e6)


@settings(deadline=None)
@given(st.integers(1, 400), st.floats(0, 1), LEVELS)
def test_a_share_has_the_interval_that_scipy_gives_it(n: int, share: float, level: float) -> None:
    k = round(share * n)

    found = wilson(k / n, n, level=level)

    expected = scipy.stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert found.low == pytest.approx(min(k / n, expected.low), abs=1e-9)
    assert found.high == pytest.approx(max(k / n, expected.high), abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


@settings(deadline=None)
@given(st.lists(FINITE, min_size=2, max_size=30), LEVELS)
def test_a_mean_has_the_normal_interval_that_scipy_gives_it(
    losses: list[float], level: float
) -> None:
    values = np.array(losses)

    found = mean_of(values, level=level)

    error = scipy.stats.sem(values)
    half = scipy.stats.norm.ppf((1 + level) / 2) * error
    assert found.value == pytest.approx(values.mean(), abs=1e-6)
    assert found.high - found.low == pytest.approx(2 * half, rel=1e-6, abs=1e-6)
    assert found.n == len(losses)


def test_an_interval_is_wider_the_surer_it_has_to_be_and_the_fewer_rows_there_are() -> None:
    by_level = [wilson(0.3, 100, level=level) for level in (0.5, 0.9, 0.99)]
    by_rows = [wilson(0.3, n) for n in (10, 100, 1000)]

    widths = [[each.high - each.low for each in found] for found in (by_level, by_rows)]

    assert widths[0] == sorted(widths[0])
    assert widths[1] == sorted(widths[1], reverse=True)
    assert wilson(0.3, 0) == wilson(0.9, 0)
    assert (wilson(0.3, 0).low, wilson(0.3, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 2.0, math.nan])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(Invalid, match="is no level of confidence"):
        quantile(level)
    with pytest.raises(Invalid, match="is no level of confidence"):
        around(1.0, 0.1, 10, level=level)


def test_one_row_has_a_mean_and_no_width() -> None:
    found = mean_of(np.array([3.0]))

    assert (found.value, found.low, found.high, found.n) == (3.0, 3.0, 3.0, 1)


def test_a_single_row_is_measured_by_every_kind_of_metric() -> None:
    numbers, classes = measure_numbers([2.0], [3.0]), measure_classes(["a"], ["b"])
    scores = measure_scores([1], [0.25])

    assert (numbers.mae.value, numbers.rmse.value, numbers.mape.value) == (1.0, 1.0, 0.5)
    assert numbers.r2 is None
    assert (classes.accuracy.value, classes.confusion) == (0.0, ((0, 1), (0, 0)))
    assert scores.roc_auc is None
    assert scores.log_loss.value == pytest.approx(math.log(4))
    assert scores.brier.value == pytest.approx(0.5625)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, 1e200])
def test_an_error_that_has_no_square_is_refused_wherever_it_stands(wrong: float) -> None:
    for labels, said in (([1.0, wrong], [1.0, 2.0]), ([1.0, 2.0], [wrong, 2.0])):
        with pytest.raises(Invalid, match="missing or infinite, or its square would be"):
            measure_numbers(labels, said)


def test_true_values_of_zero_and_huge_ones_have_finite_errors() -> None:
    found = measure_numbers([0.0, 1e100, -1e100], [0.0, 1e100, -1e100])

    assert (found.mae.value, found.mse.value, found.mape.value) == (0.0, 0.0, 0.0)
    assert found.r2 is not None
    assert found.r2.value == 1.0


def test_slices_of_any_value_are_named_in_words_and_the_largest_stands_first() -> None:
    slices = ["b", None, "b", "ä b=c", None, "b"]

    found = by_slice(measure_numbers, slices, [1.0] * 6, [1.0, 2.0, 1.0, 3.0, 4.0, 1.0])

    assert list(found) == ["b", "(none)", "ä b=c"]
    assert [each.n for each in found.values()] == [3, 2, 1]
    assert [each.mae.value for each in found.values()] == [0.0, 2.0, 2.0]
    assert by_slice(measure_numbers, [True, False], [1.0, 2.0], [1.0, 1.0])["False"].n == 1


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=20, max_size=200))
def test_the_spread_of_single_rows_is_found_from_chunks_as_numpy_cuts_them(
    values: list[float],
) -> None:
    rows = np.array(values)

    found = usual(lambda part: {"accuracy": float(rows[part].mean())}, len(rows))["accuracy"]

    ends = np.linspace(0, len(rows), 11).astype(int)
    chunks = [rows[a:b].mean() for a, b in pairwise(ends)]
    spread = np.std(chunks, ddof=1) * math.sqrt(len(rows) / 10)
    assert found.value == pytest.approx(rows.mean())
    assert found.spread == pytest.approx(spread, abs=1e-12)
    assert found.n == len(rows)


@settings(deadline=None)
@given(FINITE, st.floats(0, 1e3), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_band_lies_evenly_about_the_reference_and_is_narrower_of_more_rows(
    value: float, spread: float, n: int, m: int
) -> None:
    known = Usual(value, spread, n)

    one, other = band("mae", known, m), band("mae", known, 2 * m)

    assert value - one.low == pytest.approx(one.high - value, rel=1e-6, abs=1e-6)
    assert other.high - other.low <= (one.high - one.low) * (1 + 1e-9)
    assert one.high - value >= 0.05 * abs(value) * (1 - 1e-6) - 1e-9
    alone = band("mae", known, None)
    assert alone.high - alone.low <= (one.high - one.low) * (1 + 1e-9)


@settings(deadline=None)
@given(FINITE, st.floats(0, 10), FINITE, st.floats(0, 10))
def test_what_is_worse_lies_beyond_the_end_that_is_told(
    low: float, width: float, middle: float, half: float
) -> None:
    limits = Band(middle - half, middle + half)

    for metric in ("accuracy", "mae"):
        is_worse = worse_than(metric, low, low + width, limits)
        end = worse_end(metric, limits)
        assert is_worse == ((low + width < end) if metric == "accuracy" else (low > end))
        # what is the reference's own value is never worse
        assert not worse_than(metric, middle, middle, limits)


@pytest.mark.parametrize(
    ("labels", "chances", "expected"),
    [
        ([1, 0], [0.9, 0.1], 1.0),
        ([1, 0], [0.1, 0.9], 0.0),
        ([1, 0, 1, 0], [0.5] * 4, 0.5),
        ([1, 1, 0], [0.8, 0.2, 0.5], 0.5),
    ],
)
def test_an_area_is_the_share_of_pairs_in_the_right_order(
    labels: list[Any], chances: list[Any], expected: float
) -> None:
    area = measure_scores(labels, chances).roc_auc

    assert area is not None
    assert area.value == expected
    assert 0 <= area.low <= expected <= area.high <= 1
    assert area.high - area.low > 0
