"""Kolmogorov-Smirnov statistic: the widest gap between two windows' distribution functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._libraries import needing, quietly
from headgate.monitor.metrics._numbers import Floats, Missing, pair


def ks_statistic(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Compare two windows by the largest difference of their distribution functions.

    As scipy.stats.ks_2samp(reference, current).statistic, two-sided.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The statistic [ratio, 0 to 1].

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have.

    >>> ks_statistic([1, 2, 3, 4], [3, 4, 5, 6])
    0.5
    """
    return _widest(*pair(reference, current, missing))


def ks_pvalue(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Return how often one distribution would part two windows as widely [ratio].

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have.
        Unavailable: scipy is not installed.
    """
    with needing("a p-value"):
        from scipy.stats import ks_2samp
    windows = pair(reference, current, missing)
    with quietly():
        tested: Any = ks_2samp(*windows)
    return float(tested.pvalue)


def _widest(before: Floats, after: Floats) -> float:
    """Look beside each value of the smaller window; the gap is widest at one of them."""
    few, many = (before, after) if len(before) <= len(after) else (after, before)
    steps = np.arange(len(few) + 1) / len(few)
    upper = np.searchsorted(many, few, side="right")
    is_tied = bool(np.any(many[np.maximum(upper, 1) - 1] == few))
    lower = np.searchsorted(many, few, side="left") if is_tied else upper
    above = np.max(steps[1:] - upper / len(many))
    below = np.max(lower / len(many) - steps[:-1])
    return float(max(above, below, 0.0))
