"""Cramér-von Mises criterion: the mean squared gap between two distribution functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._libraries import needing, quietly
from headgate.monitor.metrics._numbers import Missing, pair


def cramer_von_mises(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Compare two windows by the criterion T of Anderson (1962), with mid-ranks for ties.

    As scipy.stats.cramervonmises_2samp(reference, current).statistic.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The criterion [>= 0]; one distribution gives 1/6 on average, whatever the windows' size.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have.

    >>> round(cramer_von_mises([1, 2], [3, 4]), 6)
    0.375
    """
    before, after = pair(reference, current, missing)
    n, m = len(before), len(after)
    points = np.concatenate([before, after])
    points.sort(kind="stable")
    total = 0.0
    for window, size in ((before, n), (after, m)):
        ends = np.searchsorted(points, window, side="left") + 1
        ends += np.searchsorted(points, window, side="right")
        total += size * float(np.sum((ends / 2 - np.arange(1, size + 1)) ** 2))
    return total / (n * m * (n + m)) - (4 * n * m - 1) / (6 * (n + m))


def cramer_von_mises_pvalue(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Return how often one distribution would give a criterion as large [ratio].

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not
            have, or has one value only.
        Unavailable: scipy is not installed.
    """
    with needing("a p-value"):
        from scipy.stats import cramervonmises_2samp
    windows = pair(reference, current, missing)
    if min(map(len, windows)) < 2:  # noqa: PLR2004 - of one value scipy says nothing
        raise Invalid("a window has one value only", mend="widen the window")
    with quietly():
        return float(cramervonmises_2samp(*windows).pvalue)
