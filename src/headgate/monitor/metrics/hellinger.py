"""Hellinger distance: the straight line between the square roots of two windows' shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._cells import Cells, MissingCells, Settings, cells


def hellinger(
    reference: Any, current: Any, *, bins: int = 10, missing: MissingCells = "refuse"
) -> float:
    """Compare two windows by the Hellinger distance of the shares of their cells.

    The Euclidean distance between the square roots of the shares, divided by the square root of
    2. It needs no rule for empty cells.

    Args:
        reference: values of the reference window, shape (n,), any order: numbers are cut into
            bins, text and bool are categories.
        current: values of the current window, shape (m,), of the same kind.
        bins: equal-mass bins cut on `reference`, open at both ends [count, >= 2]; 0 takes each
            value for a category.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Returns:
        The distance [0 to 1]; 1 if no cell occurs in both windows.

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.

    >>> hellinger(["a"], ["b"])
    1.0
    """
    return hellinger_of_cells(cells(reference, current, Settings(bins, missing)))


def hellinger_of_cells(counts: Cells) -> float:
    """Compute the distance from the counts of each cell [0 to 1]."""
    before, after = counts.shares
    return float(np.sqrt(np.sum((np.sqrt(before) - np.sqrt(after)) ** 2) / 2))
