"""Pearson's chi-square: whether two windows share out their categories alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._cells import Cells, MissingCells, Settings, cells
from headgate.monitor.metrics._libraries import needing


def chi_square(
    reference: Any, current: Any, *, bins: int = 0, missing: MissingCells = "refuse"
) -> float:
    """Compare two windows by Pearson's statistic of the table of window by category.

    Without Yates' correction, as scipy.stats.chi2_contingency(table, correction=False). It grows
    with the windows: for a size of the shift that does not, see `hellinger` or `l_infinity`.

    Args:
        reference: values of the reference window, shape (n,), any order, of one type.
        current: values of the current window, shape (m,), of the same type.
        bins: equal-mass bins cut on `reference` for numbers [count, >= 2]; 0 takes each value,
            also each number, for a category.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Returns:
        The statistic [>= 0]; it has one degree of freedom less than there are categories.

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.

    >>> chi_square(["a", "b"], ["a", "a"])
    1.3333333333333333
    """
    return chi_square_of_cells(cells(reference, current, Settings(bins, missing)))


def chi_square_pvalue(
    reference: Any, current: Any, *, bins: int = 0, missing: MissingCells = "refuse"
) -> float:
    """Return how often one distribution would give a statistic as large [ratio].

    Args:
        reference: values of the reference window, shape (n,), any order, of one type.
        current: values of the current window, shape (m,), of the same type.
        bins: equal-mass bins cut on `reference` for numbers [count, >= 2]; 0 takes each value,
            also each number, for a category.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.
        Unavailable: scipy is not installed.
    """
    with needing("a p-value"):
        from scipy.special import chdtrc
    counts = cells(reference, current, Settings(bins, missing))
    if len(counts.reference) == 1:
        return 1.0
    return float(chdtrc(len(counts.reference) - 1, chi_square_of_cells(counts)))


def chi_square_of_cells(counts: Cells) -> float:
    """Compute the statistic from the counts of each cell [>= 0]."""
    table = np.stack(counts).astype(np.float64)
    expected = table.sum(axis=1, keepdims=True) * (table.sum(axis=0) / table.sum())
    return float(np.sum((table - expected) ** 2 / expected))
