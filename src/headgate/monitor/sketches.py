"""The metrics over a fitted reference: from counts alone, with how far off they may be.

What is computed over cells (`psi`, `jensen_shannon`, `hellinger`, `kl_divergence`, `l_infinity`,
`chi_square`) is the exact mode's number. `ks_statistic`, `wasserstein` and `mann_whitney` know
the distribution functions at the edges only and bound what may happen between them. The other
metrics need the values themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
import numpy as np

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.metrics._cells import Cells, MissingCells, compact
from headgate.monitor.metrics._numbers import Floats, refuse
from headgate.monitor.metrics.chi_square import chi_square_of_cells
from headgate.monitor.metrics.hellinger import hellinger_of_cells
from headgate.monitor.metrics.jensen_shannon import jensen_shannon_of_cells
from headgate.monitor.metrics.kl_divergence import kl_divergence_of_cells
from headgate.monitor.metrics.l_infinity import l_infinity_of_cells
from headgate.monitor.metrics.psi import psi_of_cells
from headgate.monitor.profiles.categorical import CategoryColumn, CategoryCounts
from headgate.monitor.profiles.numeric import NumberColumn, NumberCounts
from headgate.monitor.reference import Column, Counted

OF_CELLS: dict[str, Callable[[Cells], float]] = {
    "psi": psi_of_cells,
    "jensen_shannon": jensen_shannon_of_cells,
    "hellinger": hellinger_of_cells,
    "kl_divergence": kl_divergence_of_cells,
    "l_infinity": l_infinity_of_cells,
    "chi_square": chi_square_of_cells,
}
"""What is computed from the counts of common cells, by the metric's name."""


class Sketched(msgspec.Struct, frozen=True):
    """A metric from counts.

    Args:
        value: as near as the counts tell.
        error: the exact mode's number is at most this far off; 0 if it is the same.
    """

    value: float
    error: float = 0.0


def of_cells(
    metric: str,
    column: Column,
    window: Counted,
    *,
    bins: int = 10,
    missing: MissingCells = "refuse",
) -> Sketched:
    """Compute a metric over cells; the same number as that of its exact mode.

    Names of categories beyond the 500 most frequent ones are one cell.

    Args:
        metric: a name of `OF_CELLS`.
        column: of the reference's profile.
        window: counted by it.
        bins: equal-mass bins for numbers, a divisor of 1,000 up to 500.
        missing: what becomes of null and NaN: `refuse`, `drop`, or a `cell` of their own.

    Raises:
        NotFound: the metric is not computed over cells.
        Invalid: the window is not counted by this column, is empty, or has missing values.
    """
    if metric not in OF_CELLS:
        raise NotFound.among("metric over cells", metric, OF_CELLS)
    before, after = _checked(column, window, missing)
    if isinstance(column, NumberColumn):
        which = column.cell_of_bins(bins)
        counts = [np.bincount(which, one.counts).astype(np.int64) for one in (before, after)]
    else:
        counts = [np.append(one.counts, one.n_other) for one in (before, after)]
    if missing == "cell":
        counts = [
            np.append(found, [one.n_null, one.n_nan])
            for found, one in zip(counts, (before, after), strict=True)
        ]
    return Sketched(OF_CELLS[metric](compact(*counts)))


def ks_statistic(
    column: NumberColumn, window: NumberCounts, *, missing: Literal["refuse", "drop"] = "refuse"
) -> Sketched:
    """Compute the widest gap at the edges; between them it may be wider by the error.

    The error is at most the share of the fullest cell: 0.001 and a bit for a column without
    frequent values.

    Args:
        column: of the reference's profile.
        window: counted by it.
        missing: what becomes of null and NaN.

    Raises:
        Invalid: the window is not counted by this column, is empty, or has missing values.
    """
    before, after = _shares(column, window, missing)
    gaps = np.cumsum(before - after)
    left, right = np.concatenate([[0.0], gaps[:-1]]), gaps
    above = np.minimum(left + before, right + after)
    below = np.minimum(after - left, before - right)
    inside = np.maximum(above, below)[~_is_one_value(column)]
    widest = float(np.max(np.abs(gaps)))
    return Sketched(widest, max(0.0, float(np.max(inside, initial=0.0)) - widest))


def wasserstein(
    column: NumberColumn,
    window: NumberCounts,
    *,
    scale: Literal["none", "std"] = "none",
    missing: Literal["refuse", "drop"] = "refuse",
) -> Sketched:
    """Compute the area between the distribution functions.

    Of the window the area is known, for its depths are; of the reference it is taken for straight
    within a cell, which is wrong by at most half of the cell's width times its share there. Where
    the functions may cross within a cell, the error says by how much that matters. Outside of the
    reference's range the area is exact, however far values lie.

    Args:
        column: of the reference's profile.
        window: counted by it.
        scale: `std` divides by the reference's standard deviation.
        missing: what becomes of null and NaN.

    Raises:
        Invalid: the window is not counted by this column, is empty, has missing or infinite
            values; or the reference has one value only and is to scale.
    """
    before, after = _shares(column, window, missing)
    if window.n_infinite or column.window.n_infinite:
        raise Invalid("a value is infinite, so the distance has no size", mend="watch ks_statistic")
    if scale == "std" and not column.std:
        raise Invalid("the reference has one value only", mend='compare by scale="none"')
    unit = column.std if scale == "std" else 1.0
    areas, errors = _areas(column, window, before, after)
    outside = (window.depths[0] + window.depths[-1]) / window.n if window.depths else 0.0
    return Sketched((float(np.sum(areas)) + outside) / unit, float(np.sum(errors)) / unit)


def mann_whitney(
    column: NumberColumn, window: NumberCounts, *, missing: Literal["refuse", "drop"] = "refuse"
) -> Sketched:
    """Compute how often a value of the reference exceeds one of the window, ties halved [ratio].

    Values of one cell count as ties; the error is half of the pairs that share a cell.

    Args:
        column: of the reference's profile.
        window: counted by it.
        missing: what becomes of null and NaN.

    Raises:
        Invalid: the window is not counted by this column, is empty, or has missing values.
    """
    before, after = _shares(column, window, missing)
    shared = before * after
    wins = float(np.dot(before, np.cumsum(after) - after))
    error = float(np.sum(shared[~_is_one_value(column)])) / 2
    return Sketched(wins + float(np.sum(shared)) / 2, error)


def missing_share(window: Counted) -> float:
    """Return the share of values that are null or NaN [ratio]; 0 in an empty window."""
    n_missing = window.n_null + window.n_nan
    return n_missing / max(1, window.n + n_missing)


def new_share(column: CategoryColumn, window: CategoryCounts) -> float:
    """Return by how much the share of names that the profile does not keep has grown [ratio]."""
    before = column.window.n_other / max(1, column.window.n)
    return max(0.0, window.n_other / max(1, window.n) - before)


def _shares(
    column: NumberColumn, window: NumberCounts, missing: MissingCells
) -> tuple[Floats, Floats]:
    before, after = _checked(column, window, missing)
    return np.array(before.counts) / before.n, np.array(after.counts) / after.n


def _checked(column: Column, window: Counted, missing: MissingCells) -> tuple[Any, Any]:
    """Hold both windows to the same cells, to the rule on missing values, and to having any."""
    if column.window.mark != window.mark:
        raise Invalid(
            "the window is not counted on this column's cells", mend="count it by this profile"
        )
    for name, one in (("reference", column.window), ("current", window)):
        if missing == "refuse":
            refuse(name, one.n_null, one.n_nan)
        if not one.n and missing != "cell":
            raise Invalid(f"the {name} window has no value", mend="widen the window")
    return column.window, window


def _is_one_value(column: NumberColumn) -> Any:
    """Tell which cells hold one value only, for another edge stands just below their own."""
    grid = column.grid
    found = np.zeros(len(grid) + 1, np.bool_)
    found[1:-1] = np.nextafter(grid[1:], -np.inf) <= grid[:-1]
    return found


def _areas(
    column: NumberColumn, window: NumberCounts, before: Floats, after: Floats
) -> tuple[Floats, Floats]:
    """Return the area between the functions in each cell within the range, and its error."""
    widths = np.diff(column.grid)
    gaps = np.cumsum(before - after)[:-1]
    left, right = gaps[:-1], gaps[1:]
    f, g = before[1:-1], after[1:-1]
    straight = widths * _mean_size(left, right)
    one_value = _is_one_value(column)[1:-1]
    open_widths = np.where(one_value, 0.0, widths)
    if not window.depths:
        return straight, open_widths * (f + g) / 2
    depths = np.minimum(np.array(window.depths)[1:-1] / window.n, widths * g)
    known = np.abs(widths * (left + f / 2) - depths)
    crossed = 2 * widths * np.maximum(0.0, np.minimum(g - left, left + f))
    value = np.where(one_value, straight, np.clip(straight, known, known + crossed))
    off = np.maximum(value - known, known + crossed - value)
    return value, np.where(one_value, 0.0, off + widths * f / 2)


def _mean_size(left: Floats, right: Floats) -> Floats:
    """Return the mean of |d| along straight lines from `left` to `right`."""
    sizes = np.abs(left) + np.abs(right)
    is_crossing = left * right < 0
    crossing = (left**2 + right**2) / (2 * np.maximum(sizes, np.finfo(float).tiny))
    return np.where(is_crossing, crossing, sizes / 2)
