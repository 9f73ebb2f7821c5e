"""Realised errors of numbers against sklearn.metrics; slices; intervals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.realised import by_slice, measure_classes, measure_numbers, measure_scores
from headgate.monitor.realised.intervals import mean_of, wilson

PAIRS = st.lists(
    st.tuples(st.floats(-1e4, 1e4).map(lambda x: round(x, 3)), st.integers(-100, 100)),
    min_size=2,
    max_size=40,
)


@settings(max_examples=75, deadline=None)
@given(pairs=PAIRS)
def test_every_number_is_sklearns(pairs: list[tuple[float, float]]) -> None:
    labels, predictions = (list(column) for column in zip(*pairs, strict=True))

    report = measure_numbers(labels, predictions)

    theirs = {
        "mae": sklearn.metrics.mean_absolute_error(labels, predictions),
        "mse": sklearn.metrics.mean_squared_error(labels, predictions),
        "rmse": sklearn.metrics.root_mean_squared_error(labels, predictions),
        "mape": sklearn.metrics.mean_absolute_percentage_error(labels, predictions),
        "r2": sklearn.metrics.r2_score(labels, predictions),
    }
    for metric, value in theirs.items():
        one = getattr(report, metric)
        if one is None:
            assert len(set(labels)) == 1
            continue
        assert one.value == pytest.approx(value, rel=1e-9, abs=1e-9), metric
        assert one.low <= one.value <= one.high


def test_the_intervals_cover_in_about_95_of_100_samples() -> None:
    rng = np.random.default_rng(2)

    def world(n: int) -> tuple[np.ndarray, np.ndarray]:
        said = rng.normal(50, 10, size=n)
        return said + rng.normal(0, 5, size=n), said

    names = ("mae", "mse", "rmse", "mape", "r2")
    whole = measure_numbers(*world(400_000))
    covered = dict.fromkeys(names, 0)
    for _ in range(200):
        report = measure_numbers(*world(300))
        for name in names:
            one = getattr(report, name)
            covered[name] += one.low <= getattr(whole, name).value <= one.high

    assert all(178 <= count <= 199 for count in covered.values()), covered


def test_true_values_that_do_not_vary_leave_nothing_to_explain() -> None:
    assert measure_numbers([3.0, 3.0], [3.0, 4.0]).r2 is None


@pytest.mark.row("S1-21", part="measured, per slice")
def test_a_slice_that_is_served_badly_stands_out() -> None:
    countries = ["de"] * 6 + ["fr"] * 4 + [None]
    labels = [1, 0] * 5 + [1]
    predictions = [1, 0] * 3 + [0, 1] * 2 + [1]

    found = by_slice(measure_classes, countries, labels, predictions)

    assert list(found) == ["de", "fr", "(none)"]
    assert {name: report.accuracy.value for name, report in found.items()} == {
        "de": 1.0,
        "fr": 0.0,
        "(none)": 1.0,
    }
    assert found["fr"].accuracy.high < 0.5


def test_slices_hold_each_row_once_whatever_is_measured() -> None:
    rng = np.random.default_rng(3)
    slices, labels = rng.integers(0, 4, size=200), rng.integers(0, 2, size=200)

    found = by_slice(measure_scores, pa.array(slices), labels, rng.random(200))

    assert sum(report.n for report in found.values()) == 200
    assert sum(report.n_positive for report in found.values()) == labels.sum()


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([1.0], [1.0, 2.0], "1 labels for 2 predictions"),
        ([1.0, None], [1.0, 2.0], "missing or infinite"),
        (["a"], [1.0], "not numbers"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    labels: list[object], predictions: list[float], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        measure_numbers(labels, predictions)


def test_slices_of_another_length_are_refused() -> None:
    with pytest.raises(Invalid, match="1 slices for 2 labels"):
        by_slice(measure_numbers, ["a"], [1.0, 2.0], [1.0, 2.0])


def test_wilson_is_as_published() -> None:
    # Newcombe 1998, Table I, method 3: 81 of 263, and 0 of 20.
    some, none = wilson(81 / 263, 263), wilson(0.0, 20)

    assert (some.low, some.high) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )
    assert (none.low, none.high) == (0.0, pytest.approx(0.1611, abs=5e-5))


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="no level of confidence"):
        mean_of(np.array([1.0, 2.0]), level=95)
