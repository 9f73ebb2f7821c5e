"""Population stability index: how far the shares of a column's cells have moved."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._cells import Cells, MissingCells, Settings, cells


def psi(reference: Any, current: Any, *, bins: int = 10, missing: MissingCells = "refuse") -> float:
    """Compare two windows by the population stability index over cells cut on the reference.

    The sum of (p - q)·ln(p / q) over the cells, p and q being their shares in the reference and
    the current window. A cell that is empty in one window counts as half a value there; one that
    is empty in both is left out. Where no cell is empty this is the Jeffreys divergence (Kullback
    and Leibler 1951), KL(p, q) + KL(q, p).

    Args:
        reference: values of the reference window, shape (n,), any order: numbers are cut into
            bins, text and bool are categories.
        current: values of the current window, shape (m,), of the same kind.
        bins: equal-mass bins cut on `reference`, open at both ends [count, >= 2]; 0 takes each
            value for a category.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Returns:
        The index [nats, >= 0]; 0.1 is commonly read as a shift, 0.25 as a large one. Windows of
        n and m values of one distribution have (k - 1)·(1/n + 1/m) on average, k the cells.

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.

    >>> round(psi(["a"] * 50 + ["b"] * 50, ["a"] * 90 + ["b"] * 10), 4)
    0.8789
    """
    return psi_of_cells(cells(reference, current, Settings(bins, missing)))


def psi_of_cells(counts: Cells) -> float:
    """Compute the index from the counts of each cell [nats, >= 0]."""
    before, after = counts.positive_shares
    return float(np.sum((before - after) * np.log(before / after)))
