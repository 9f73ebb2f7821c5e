"""Metrics from counts: the exact number over cells, and a bound that holds between edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings

from headgate.core.errors import Invalid, NotFound
from headgate.monitor import sketches
from headgate.monitor.metrics.hellinger import hellinger
from headgate.monitor.metrics.jensen_shannon import jensen_shannon
from headgate.monitor.metrics.kl_divergence import kl_divergence
from headgate.monitor.metrics.ks_statistic import ks_statistic
from headgate.monitor.metrics.l_infinity import l_infinity
from headgate.monitor.metrics.mann_whitney import mann_whitney
from headgate.monitor.metrics.psi import psi
from headgate.monitor.metrics.wasserstein import wasserstein
from headgate.monitor.reference import fit_column
from tests.monitor.windows import CATEGORIES, WINDOWS, floats, size

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = settings(max_examples=60, deadline=None)
CELLS = {
    "psi": psi,
    "jensen_shannon": jensen_shannon,
    "hellinger": hellinger,
    "kl_divergence": kl_divergence,
    "l_infinity": l_infinity,
}
SHAPES: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_t(2, size=n),
    "zeros and amounts": lambda rng, n: rng.exponential(size=n) * (rng.random(n) < 0.4),
    "counts": lambda rng, n: rng.poisson(30, size=n).astype(float),
    "many counts": lambda rng, n: rng.poisson(90_000, size=n).astype(float),
    "two values": lambda rng, n: (rng.random(n) < 0.1).astype(float),
}


def fitted(reference: Any) -> Any:
    """Fit a column of numbers."""
    return fit_column(floats(reference))


@MANY
@given(reference=WINDOWS, current=WINDOWS)
@pytest.mark.parametrize("metric", CELLS)
def test_over_cells_the_sketch_is_the_exact_number(
    metric: str, reference: list[float], current: list[float]
) -> None:
    column = fitted(reference)

    found = sketches.of_cells(metric, column, column.count(floats(current)), bins=5)

    exact = CELLS[metric](floats(reference), floats(current), bins=5)
    assert found.value == pytest.approx(exact, rel=1e-9, abs=1e-12)
    assert found.error == 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_deciles_of_a_long_reference_are_among_its_edges(shape: str) -> None:
    rng = np.random.default_rng(1)
    reference, current = SHAPES[shape](rng, 20_000), SHAPES[shape](rng, 5_000) * 1.1
    column = fitted(reference)

    found = sketches.of_cells("psi", column, column.count(current))

    assert found.value == pytest.approx(psi(reference, current), rel=1e-9)


@pytest.mark.parametrize("metric", CELLS)
@settings(max_examples=60, deadline=None)
@given(reference=CATEGORIES, current=CATEGORIES)
def test_over_categories_new_ones_are_one_cell(
    metric: str, reference: list[str], current: list[str]
) -> None:
    column: Any = fit_column(reference)

    found = sketches.of_cells(metric, column, column.count(current))

    known = [each if each in reference else "other" for each in current]
    assert found.value == pytest.approx(CELLS[metric](reference, known), rel=1e-9, abs=1e-12)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_the_bounds_hold_whatever_the_values(reference: list[float], current: list[float]) -> None:
    column = fitted(reference)
    window = column.count(floats(current))

    ks = sketches.ks_statistic(column, window)
    distance = sketches.wasserstein(column, window)
    wins = sketches.mann_whitney(column, window)

    slack = 1e-9 * size(reference, current)
    assert ks.value - 1e-9 <= ks_statistic(reference, current) <= ks.value + ks.error + 1e-9
    assert abs(distance.value - wasserstein(reference, current)) <= distance.error + slack
    exact = mann_whitney(reference, current, scale="ratio")
    assert abs(wins.value - exact) <= wins.error + 1e-9


@pytest.mark.parametrize("shift", [0.0, 0.1, 3.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_with_1000_quantiles_the_errors_are_as_stated(shape: str, shift: float) -> None:
    rng = np.random.default_rng(2)
    reference, current = SHAPES[shape](rng, 30_000), SHAPES[shape](rng, 20_000) + shift
    column = fitted(reference)
    window = column.count(current)

    ks = sketches.ks_statistic(column, window)
    distance = sketches.wasserstein(column, window, scale="std")

    assert ks.error <= 0.003
    assert ks_statistic(reference, current) - ks.value <= 5e-4
    exact = wasserstein(reference, current, scale="std")
    assert abs(distance.value - exact) <= min(distance.error + 1e-9, 3.8e-3)


def test_a_value_far_outside_of_the_reference_counts_in_full() -> None:
    column = fitted([0.0, 1.0, 2.0])

    found = sketches.wasserstein(column, column.count([0.0, 1.0, 1e6]))

    assert found.value == pytest.approx((1e6 - 2) / 3, rel=1e-9)


def test_a_window_of_parts_gives_what_the_whole_gives() -> None:
    rng = np.random.default_rng(3)
    column, values = fitted(rng.normal(size=3000)), rng.normal(0.2, 1, size=3000)

    parts = column.count(values[:1000]) + column.count(values[1000:])

    whole = column.count(values)
    for metric in (sketches.ks_statistic, sketches.mann_whitney):
        assert metric(column, parts) == metric(column, whole)


def test_missing_values_are_refused_dropped_or_a_cell() -> None:
    column: Any = fit_column([1.0, 2.0, 3.0, 4.0])
    window = column.count([1.0, 2.0, None, None])

    with pytest.raises(Invalid, match="the current window has 2 null and 0 NaN"):
        sketches.of_cells("psi", column, window)
    dropped = sketches.of_cells("l_infinity", column, window, missing="drop").value
    exact = l_infinity([1, 2, 3, 4], [1, 2, None, None], missing="cell")
    assert sketches.of_cells("l_infinity", column, window, missing="cell").value == exact
    assert (dropped, exact) == (0.25, 0.5)
    assert sketches.missing_share(window) == 0.5


def test_the_share_of_new_names_is_what_the_reference_did_not_have() -> None:
    column: Any = fit_column(["a"] * 70 + ["b"] * 30)

    window = column.count(["a"] * 65 + ["b"] * 30 + ["c"] * 5)

    assert sketches.new_share(column, window) == pytest.approx(0.05)


def test_what_cannot_be_computed_from_counts_is_refused() -> None:
    column, other = fitted([1.0, 2.0]), fitted([1.0, 3.0])
    constant = fitted([2.0])

    with pytest.raises(Invalid, match="not counted on this column"):
        sketches.ks_statistic(column, other.count([1.0]))
    with pytest.raises(Invalid, match="the current window has no value"):
        sketches.ks_statistic(column, column.count([]))
    with pytest.raises(Invalid, match="infinite"):
        sketches.wasserstein(column, column.count([float("inf")]))
    with pytest.raises(Invalid, match="one value only"):
        sketches.wasserstein(constant, constant.count([1.0]), scale="std")
    with pytest.raises(Invalid, match="3 bins cannot be put together"):
        sketches.of_cells("psi", column, column.count([1.0]), bins=3)
    with pytest.raises(NotFound, match="no metric over cells named 'ks_statistic'"):
        sketches.of_cells("ks_statistic", column, column.count([1.0]))
