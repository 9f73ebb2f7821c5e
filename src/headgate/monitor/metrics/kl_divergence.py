"""Kullback-Leibler divergence: what is lost by taking the current window for the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._cells import Cells, MissingCells, Settings, cells


def kl_divergence(
    reference: Any, current: Any, *, bins: int = 10, missing: MissingCells = "refuse"
) -> float:
    """Compare two windows by the divergence of the reference from the current window.

    The sum of p·ln(p / q) over the cells, p and q being their shares in the reference and the
    current window: scipy.stats.entropy(p, q). It is not symmetric. A cell that is empty in one
    window counts as half a value there, and the shares are scaled to add up to 1.

    Args:
        reference: values of the reference window, shape (n,), any order: numbers are cut into
            bins, text and bool are categories.
        current: values of the current window, shape (m,), of the same kind.
        bins: equal-mass bins cut on `reference`, open at both ends [count, >= 2]; 0 takes each
            value for a category.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Returns:
        The divergence [nats, >= 0].

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.

    >>> round(kl_divergence(["a", "b"], ["a", "a", "a", "b"]), 4)
    0.1438
    """
    return kl_divergence_of_cells(cells(reference, current, Settings(bins, missing)))


def kl_divergence_of_cells(counts: Cells) -> float:
    """Compute the divergence from the counts of each cell [nats, >= 0]."""
    before, after = counts.positive_shares
    before, after = before / before.sum(), after / after.sum()
    return max(0.0, float(np.sum(before * np.log(before / after))))
