"""L-infinity distance: the category whose share moved most, and by how much."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._cells import Cells, MissingCells, Settings, cells


def l_infinity(
    reference: Any, current: Any, *, bins: int = 0, missing: MissingCells = "refuse"
) -> float:
    """Compare two windows by the largest change of any category's share.

    Args:
        reference: values of the reference window, shape (n,), any order, of one type.
        current: values of the current window, shape (m,), of the same type.
        bins: equal-mass bins cut on `reference` for numbers [count, >= 2]; 0 takes each value,
            also each number, for a category.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Returns:
        The change [ratio, 0 to 1].

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.

    >>> l_infinity(["a", "b"], ["a", "b", "b", "c"])
    0.25
    """
    return l_infinity_of_cells(cells(reference, current, Settings(bins, missing)))


def l_infinity_of_cells(counts: Cells) -> float:
    """Compute the change from the counts of each cell [ratio]."""
    before, after = counts.shares
    return float(np.max(np.abs(before - after)))
