"""Thresholds, p-values and foreign results where windows are empty, shares are none, files odd."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.nannyml import chunks_of
from headgate.monitor.nulls import null_quantile
from headgate.monitor.p_values import p_value, p_value_of_shares, p_value_of_spread
from headgate.monitor.reference import fit_column
from headgate.monitor.thresholds import (
    adjusted,
    discoveries,
    persists,
    smallest_share,
    smallest_shift,
    threshold,
)

MANY = settings(max_examples=100, deadline=None)
SIZES = st.integers(1, 100_000)
CHUNK: dict[str, Any] = {
    "chunk_key": "a",
    "chunk_start_index": 0,
    "chunk_end_index": 9,
    "accuracy_value": 0.5,
    "accuracy_lower_threshold": 0.6,
    "accuracy_alert": True,
}


def chunk(**columns: Any) -> Any:
    """Read one chunk of NannyML; what is given as nothing is no column."""
    held = {key: value for key, value in {**CHUNK, **columns}.items() if value is not ...}
    return chunks_of(pa.table({key: [value] for key, value in held.items()}))[0]


@pytest.mark.parametrize(("n", "m"), [(0, 10), (10, 0), (-1, 10)])
def test_empty_windows_show_nothing(n: int, m: int) -> None:
    with pytest.raises(Invalid, match="show nothing"):
        smallest_shift("psi", n, m)
    with pytest.raises(Invalid, match="show nothing"):
        smallest_share(n, m)
    with pytest.raises(Invalid, match="no quantile"):
        threshold("psi", n, m)


@pytest.mark.parametrize("power", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_power_is_between_0_and_1(power: float) -> None:
    with pytest.raises(Invalid, match="is no power"):
        smallest_shift("psi", 1000, 1000, power=power)
    with pytest.raises(Invalid, match="is no power"):
        smallest_share(1000, 1000, power=power)


@pytest.mark.parametrize("before", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(before: float) -> None:
    with pytest.raises(Invalid, match="is no share"):
        smallest_share(1000, 1000, before=before)


def test_a_metric_that_is_none_is_named() -> None:
    with pytest.raises(NotFound, match="no metric named 'psj'"):
        smallest_shift("psj", 1000, 1000)


@MANY
@given(n=SIZES, m=SIZES, before=st.floats(0, 1), power=st.floats(0.01, 0.99))
def test_the_smallest_share_leads_to_a_share(n: int, m: int, before: float, power: float) -> None:
    growth = smallest_share(n, m, before=before, power=power)

    assert 0 <= growth <= 1 - before + 1e-12


@pytest.mark.parametrize("metric", ["psi", "ks_statistic", "wasserstein"])
def test_longer_windows_show_smaller_shifts_and_more_power_needs_larger_ones(metric: str) -> None:
    by_size = [smallest_shift(metric, n, n) for n in (200, 2000, 20_000)]
    by_power = [smallest_shift(metric, 1000, 1000, power=power) for power in (0.5, 0.8, 0.95)]

    assert by_size == sorted(by_size, reverse=True)
    assert by_power == sorted(by_power)


def test_the_smallest_shift_seen_by_wasserstein_is_its_threshold_and_a_margin() -> None:
    normal = scipy.stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    limit = threshold("wasserstein", 1000, 800, over=normal).value

    found = smallest_shift("wasserstein", 1000, 800)

    margin = scipy.stats.norm.ppf(0.8) * np.sqrt(1 / 1000 + 1 / 800)
    assert found == pytest.approx(limit + margin, rel=1e-9)


@MANY
@given(st.lists(st.floats(0, 1), max_size=30))
def test_what_is_discovered_does_not_depend_on_the_order(p_values: list[float]) -> None:
    found = discoveries(p_values)

    assert discoveries(p_values[::-1]) == found[::-1]
    assert sum(found) <= len([each for each in p_values if each <= 0.05])
    assert np.all(adjusted(p_values) >= np.array(p_values) * (1 - 1e-12))


@pytest.mark.parametrize("given_", [[-0.1], [1.1], [[0.5]], [float("nan")]])
def test_what_is_no_p_value_is_refused(given_: Any) -> None:
    with pytest.raises(Invalid, match="a p-value is not between 0 and 1"):
        adjusted(given_)


@pytest.mark.parametrize(
    ("alerts", "needed", "of", "found"),
    [
        ([], 1, 3, False),
        ([True], 1, 1, True),
        ([True, False], 1, 1, False),
        ([True, True, True], 3, 3, True),
        ([True, True, False, True], 3, 3, False),
        ([True, True, False, True], 3, 4, True),
    ],
)
def test_alerts_are_counted_among_the_newest(
    alerts: list[bool], needed: int, of: int, *, found: bool
) -> None:
    assert persists(alerts, needed=needed, of=of) is found


@pytest.mark.parametrize("metric", ["psi", "jensen_shannon", "l_infinity", "ks_statistic"])
def test_a_p_value_falls_from_one_as_the_number_grows(metric: str) -> None:
    found = [p_value(metric, value, (1000, 500)) for value in np.linspace(0, 0.8, 30)]

    assert found[0] == 1.0
    assert found == sorted(found, reverse=True)
    assert 0 <= found[-1] < 1e-9


def test_the_p_value_of_ks_is_that_of_scipy_for_long_windows() -> None:
    rng = np.random.default_rng(5)
    before, after = rng.normal(size=4000), rng.normal(0.05, 1, size=3000)

    theirs: Any = scipy.stats.ks_2samp(before, after, method="asymp")

    found = p_value("ks_statistic", float(theirs.statistic), (4000, 3000))
    assert found == pytest.approx(theirs.pvalue, rel=0.05)


def test_the_p_value_of_psi_is_that_of_pearsons_test_where_shares_are_near() -> None:
    before, after = np.array([500, 500, 500]), np.array([510, 480, 510])

    p, q = before / 1500, after / 1500
    found = p_value("psi", float(np.sum((p - q) * np.log(p / q))), (1500, 1500), cells=3)

    theirs: Any = scipy.stats.chi2_contingency([before, after], correction=False)
    assert found == pytest.approx(theirs.pvalue, rel=0.01)


@given(x=st.integers(0, 50), y=st.integers(0, 50))
def test_shares_are_as_far_apart_from_either_side(x: int, y: int) -> None:
    one, other = p_value_of_shares((x, 50), (y, 50)), p_value_of_shares((y, 50), (x, 50))

    assert one == pytest.approx(other)
    assert 0 <= one[0] <= 1
    assert one[1] > 0
    assert (one[0] == pytest.approx(1.0)) == (x == y)


def test_a_distance_of_nothing_is_no_sign_of_drift() -> None:
    assert p_value_of_spread(0.0, (100, 100), (0.8, 0.3, 1.2)) == 1.0
    assert p_value_of_spread(0.1, (100, 100), (0.0, 0.0, 1.0)) == 0.0


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan"), -1.0])
def test_a_quantile_is_of_a_share_between_0_and_1(share: float) -> None:
    with pytest.raises(Invalid, match="no quantile"):
        null_quantile("psi", 10, 10, share=share)


@pytest.mark.parametrize("over", [[1.0], [], [1.0, float("inf")], ["a"]])
def test_the_null_of_a_distance_needs_two_numbers(over: list[Any]) -> None:
    with pytest.raises(Invalid):
        null_quantile("wasserstein", 100, 100, over=over)


def test_a_constant_reference_has_the_floor_for_its_threshold() -> None:
    for over in ([1.0, 1.0], fit_column([1.0, 1.0])):
        found = threshold("wasserstein", 1000, 1000, over=over)
        assert (found.value, found.null) == (0.1, pytest.approx(0.0, abs=1e-12))


def test_a_chunk_is_read_with_what_it_has() -> None:
    found = chunk(chunk_start_date="2026-03-02T01:00:00+01:00", chunk_end_date="")

    assert (found.since.isoformat(), found.until) == ("2026-03-02T00:00:00+00:00", None)
    assert (found.n_rows, found.measured[0].is_exceeded) == (10, True)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.5", True])
def test_what_is_no_number_is_no_value_and_raises_no_alert(value: object) -> None:
    (found,) = chunk(accuracy_value=value).measured

    assert (found.value, found.is_exceeded) == (None, False)


def test_a_threshold_that_is_nan_raises_no_alert() -> None:
    (found,) = chunk(accuracy_lower_threshold=float("nan")).measured

    assert (found.threshold, found.is_exceeded, found.evidence["is_marked"]) == (None, False, True)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"chunk_start_index": ...}, "chunk a has no number as chunk_start_index"),
        ({"chunk_end_index": float("nan")}, "chunk a has no number as chunk_end_index"),
        ({"chunk_end_index": "9"}, "chunk a has no number as chunk_end_index"),
        ({"chunk_start_date": "yesterday"}, "'yesterday' is no time of a chunk"),
        ({"chunk_start_date": 3}, "3 is no time of a chunk"),
        ({"chunk_end_date": datetime(2026, 3, 2).date()}, "is no time of a chunk"),  # noqa: DTZ001 - as NannyML writes it
    ],
)
def test_a_chunk_that_is_broken_is_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        chunk(**columns)

    assert "to_df(multilevel=False)" in caught.value.mend
