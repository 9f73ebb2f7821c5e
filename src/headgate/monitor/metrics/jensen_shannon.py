"""Jensen-Shannon distance: how far two windows lie from their mixture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from headgate.monitor.metrics._cells import Cells, MissingCells, Settings, cells
from headgate.monitor.metrics._numbers import Floats


def jensen_shannon(
    reference: Any,
    current: Any,
    *,
    bins: int = 10,
    unit: float = math.e,
    missing: MissingCells = "refuse",
) -> float:
    """Compare two windows by the square root of the Jensen-Shannon divergence.

    A metric, symmetric in the shares of the cells, as scipy.spatial.distance.jensenshannon. It
    needs no rule for empty cells.

    Args:
        reference: values of the reference window, shape (n,), any order: numbers are cut into
            bins, text and bool are categories.
        current: values of the current window, shape (m,), of the same kind.
        bins: equal-mass bins cut on `reference`, open at both ends [count, >= 2]; 0 takes each
            value for a category.
        unit: base of the logarithm: e for nats, 2 for bits, where the largest distance is 1.
        missing: what becomes of null and NaN: `refuse` them, `drop` them, or count each as a
            `cell` of its own.

    Returns:
        The distance [square root of nats, 0 to sqrt(ln 2) = 0.833].

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or is of another
            kind than the other.

    >>> jensen_shannon(["a"], ["b"], unit=2)
    1.0
    """
    counts = cells(reference, current, Settings(bins, missing))
    return jensen_shannon_of_cells(counts) / math.sqrt(math.log(unit))


def jensen_shannon_of_cells(counts: Cells) -> float:
    """Compute the distance from the counts of each cell [square root of nats]."""
    before, after = counts.shares
    middle = (before + after) / 2
    divergence = (_entropy(before, middle) + _entropy(after, middle)) / 2
    return math.sqrt(max(0.0, divergence))


def _entropy(shares: Floats, of: Floats) -> float:
    is_there = shares > 0
    return float(np.sum(shares[is_there] * np.log(shares[is_there] / of[is_there])))
