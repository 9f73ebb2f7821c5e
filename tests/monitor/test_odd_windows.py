"""Windows at the ends of what numbers and names can be: infinite, huge, tiny, empty, alike."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor import sketches
from headgate.monitor.metrics.ks_statistic import ks_statistic
from headgate.monitor.metrics.mann_whitney import mann_whitney
from headgate.monitor.metrics.psi import psi
from headgate.monitor.profiles.categorical import kept_name
from headgate.monitor.reference import Profile, Window, count, fit, fit_column

MANY = settings(max_examples=100, deadline=None)
INF = float("inf")
ENDS = st.lists(
    st.one_of(st.floats(-5, 5), st.sampled_from([INF, -INF, 0.0])), min_size=1, max_size=40
)
NAMES = st.lists(st.sampled_from(["a", "b", "", "\0", "a\0b", "a\0", "\0b"]), max_size=6)


def fitted(values: Any) -> Any:
    """Fit a column."""
    return fit_column(values)


@MANY
@given(reference=ENDS, current=ENDS)
def test_the_bounds_hold_among_infinite_values_too(
    reference: list[float], current: list[float]
) -> None:
    column = fitted(np.array(reference))
    window = column.count(np.array(current))

    ks, wins = sketches.ks_statistic(column, window), sketches.mann_whitney(column, window)

    exact = ks_statistic(reference, current)
    assert ks.value - 1e-9 <= exact <= ks.value + ks.error + 1e-9
    assert abs(wins.value - mann_whitney(reference, current, scale="ratio")) <= wins.error + 1e-9


def test_a_reference_of_infinite_values_alone_has_one_cell_and_says_how_little_it_knows() -> None:
    column = fitted([INF, INF, -INF])
    window = column.count([1.0, INF])

    ks, wins = sketches.ks_statistic(column, window), sketches.mann_whitney(column, window)

    assert (ks.value, ks.error) == (0.0, 1.0)
    assert (wins.value, wins.error) == (0.5, 0.5)
    assert sketches.of_cells("psi", column, window).value == 0.0
    with pytest.raises(Invalid, match="infinite"):
        sketches.wasserstein(column, window)


@pytest.mark.parametrize("unit", [1e-200, 1e-160, 1.0, 1e150, 1e307])
def test_mean_and_deviation_are_those_of_numpy_in_every_unit(unit: float) -> None:
    values = np.array([1.0, 2.0, 4.0, 5.5, -3.0])

    column = fitted(values * unit)

    assert column.mean == pytest.approx(np.mean(values) * unit, rel=1e-12)
    assert column.std == pytest.approx(np.std(values) * unit, rel=1e-12)


def test_a_profile_of_huge_values_is_read_again_from_json() -> None:
    profile = fit({"a": [1.7e308, -1.7e308, 1.7e308, 5.0]})

    again = msgspec.json.decode(msgspec.json.encode(profile), type=Profile)

    assert again == profile


def test_a_column_of_one_value_has_no_deviation() -> None:
    assert [fitted([each] * 9).std for each in (0.0, 7.0, 1e300, 1e-300)] == [0.0] * 4


@pytest.mark.parametrize("values", [[], [INF], [None, float("nan")]])
def test_a_reference_without_a_finite_value_has_a_mean_of_none(values: list[Any]) -> None:
    column = fitted(pa.array(values, pa.float64()))

    assert (column.mean, column.std, column.n_distinct, len(column.grid)) == (0.0, 0.0, 0, 0)


@pytest.mark.parametrize("metric", sketches.OF_CELLS)
def test_of_an_empty_reference_no_metric_is_computed(metric: str) -> None:
    column = fitted(np.array([], np.float64))

    with pytest.raises(Invalid, match="the reference window has no value"):
        sketches.of_cells(metric, column, column.count([1.0]), missing="drop")


def test_integers_beyond_53_bits_are_counted_all() -> None:
    column = fitted(np.array([2**64 - 1, 2**64 - 1, 0], np.uint64))

    window = column.count(np.array([2**64 - 1, 1], np.uint64))

    assert (sum(column.window.counts), window.n) == (3, 2)
    assert sketches.ks_statistic(column, window).value == pytest.approx(1 / 3)


@MANY
@given(first=NAMES, second=NAMES)
def test_columns_of_different_names_are_counted_on_different_cells(
    first: list[str], second: list[str]
) -> None:
    one, other = fitted(pa.array(first, pa.string())), fitted(pa.array(second, pa.string()))

    assert (one.window.mark == other.window.mark) == (one.names == other.names)


def test_counts_of_an_empty_name_and_of_none_are_not_added() -> None:
    empty, none = fitted([""]), fitted(pa.array([None], pa.string()))

    with pytest.raises(Invalid, match="different cells"):
        _ = empty.window + none.window


def test_a_column_of_names_that_is_nan_throughout_is_missing_and_not_of_another_kind() -> None:
    profile = fit({"town": ["Oslo", "Rome"]})

    window = count(profile, {"town": np.array([np.nan, np.nan, np.nan])}).columns["town"]

    assert (window.n, window.n_nan) == (0, 3)
    assert sketches.missing_share(window) == 1.0
    with pytest.raises(Invalid, match="the window holds numbers"):
        count(profile, {"town": np.array([np.nan, 1.0])})


def test_numbers_that_are_null_throughout_are_missing_whatever_type_a_file_gives_them() -> None:
    profile = fit({"n": [1.0, 2.0]})

    for kind in (pa.null(), pa.string(), pa.float64(), pa.int8()):
        window = count(profile, {"n": pa.nulls(4, kind)}).columns["n"]
        assert (window.n, window.n_null) == (0, 4), kind


def test_what_a_reference_without_a_value_did_not_have_is_new() -> None:
    column = fitted([None, None])

    window = column.count(["a", "b"])

    assert (window.n_other, sketches.new_share(column, window)) == (2, 1.0)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_text_of_every_width_is_one(kind: pa.DataType) -> None:
    assert fitted(pa.array(["x", "é", None], kind)) == fitted(["x", "é", None])


@pytest.mark.parametrize("values", [pa.array([[1], [2]]), pa.array([{"x": 1}])])
def test_nested_values_are_refused_with_a_mend(values: pa.Array) -> None:
    with pytest.raises(Invalid, match="cannot be told apart") as caught:
        fit({"a": values})

    assert caught.value.mend == "turn them into text"


def test_long_and_hidden_names_are_kept_by_a_digest_that_is_always_the_same() -> None:
    short, long = "x" * 64, "x" * 65

    assert kept_name(short, hidden=False) == short
    assert kept_name(long, hidden=False) == kept_name(long, hidden=True) != long
    assert len(kept_name(long, hidden=False)) == 17
    assert kept_name("x", hidden=True) != kept_name("y", hidden=True)


def test_of_many_names_the_500_most_frequent_are_kept_and_the_rest_is_one() -> None:
    names = [f"n{each:03d}" for each in range(600) for _ in range(1 + (each < 10))]
    column = fitted(names)

    window = column.count([*names, "new"])

    assert len(column.names) == 500
    assert column.names[:10] == tuple(f"n{each:03d}" for each in range(10))
    assert (column.window.n_other, window.n_other) == (100, 101)


@pytest.mark.parametrize(
    ("bins", "is_fine"), [(2, True), (40, True), (500, True), (1, False), (3, False), (1000, False)]
)
def test_only_bins_that_divide_a_thousand_are_put_together(bins: int, *, is_fine: bool) -> None:
    reference, current = np.arange(1000.0), np.arange(500.0)
    column = fitted(reference)
    window = column.count(current)

    if not is_fine:
        with pytest.raises(Invalid, match=f"{bins} bins cannot be put together"):
            sketches.of_cells("psi", column, window, bins=bins)
        return

    found = sketches.of_cells("psi", column, window, bins=bins).value
    assert found == pytest.approx(psi(reference, current, bins=bins))


def test_windows_of_different_columns_are_not_added() -> None:
    one = count(fit({"a": [1.0]}), {"a": [1.0]})

    with pytest.raises(Invalid, match="two windows have different columns"):
        _ = one + Window({})
    assert (one - one).columns["a"].n == 0


def test_what_is_taken_off_leaves_no_trace_of_a_value() -> None:
    column = fitted([0.0, 1.0, 2.0])
    rest, far = column.count([0.5]), column.count([1e9])

    left = (rest + far) - far

    assert left.counts == rest.counts
    assert left.depths == pytest.approx(rest.depths)
