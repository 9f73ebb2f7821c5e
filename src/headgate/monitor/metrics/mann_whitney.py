"""Mann-Whitney U: how often a value of the reference exceeds a value of the current window."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from headgate.monitor.metrics._libraries import needing, quietly
from headgate.monitor.metrics._numbers import Floats, Missing, pair


def mann_whitney(
    reference: Any,
    current: Any,
    *,
    scale: Literal["none", "ratio"] = "none",
    missing: Missing = "refuse",
) -> float:
    """Count the pairs in which the reference's value is the larger; a tie counts half.

    As scipy.stats.mannwhitneyu(reference, current).statistic.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        scale: `ratio` divides by the number of pairs: 0.5 says that neither window lies higher.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The statistic U of the reference [pairs, 0 to n·m], or its share of all pairs.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have.

    >>> mann_whitney([1, 2, 3], [2, 0])
    4.5
    """
    before, after = pair(reference, current, missing)
    wins = _wins(before, after)
    return wins / (len(before) * len(after)) if scale == "ratio" else wins


def mann_whitney_pvalue(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Return how often windows of which neither lies higher would give a U as far off [ratio].

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
        from scipy.stats import mannwhitneyu
    windows = pair(reference, current, missing)
    with quietly():
        return float(mannwhitneyu(*windows).pvalue)


def _wins(before: Floats, after: Floats) -> float:
    few, many = (before, after) if len(before) <= len(after) else (after, before)
    lower = np.searchsorted(many, few, side="left")
    upper = np.searchsorted(many, few, side="right")
    wins = float(lower.sum() + upper.sum()) / 2
    return wins if few is before else len(few) * len(many) - wins
