"""Wasserstein distance: how far values have to be carried to turn one window into the other."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, Missing, finite, pair


def wasserstein(
    reference: Any,
    current: Any,
    *,
    scale: Literal["none", "std"] = "none",
    missing: Missing = "refuse",
) -> float:
    """Compare two windows by the area between their distribution functions.

    As scipy.stats.wasserstein_distance(reference, current): the distance of order 1.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        scale: `std` divides by the standard deviation of `reference` (over n, not n - 1).
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The distance [unit of the values], or in standard deviations of the reference.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have;
            or a value is infinite, or the reference has one value only and is to scale.

    >>> wasserstein([0, 1, 3], [5, 6, 8])
    5.0
    """
    before, after = pair(reference, current, missing)
    finite(before, after)
    distance = _carried(before, after)
    if scale == "none":
        return distance
    spread = float(np.std(before))
    if not spread:
        raise Invalid("the reference has one value only", mend='compare by scale="none"')
    return distance / spread


def _carried(before: Floats, after: Floats) -> float:
    """Carry each share of one window to the same share of the other, in order."""
    if len(before) == len(after):
        return float(np.mean(np.abs(before - after)))
    n, m = len(before), len(after)
    steps = np.concatenate([np.arange(1, n + 1) * m, np.arange(1, m + 1) * n])
    steps.sort(kind="stable")
    widths = np.diff(steps, prepend=0)
    gaps = np.abs(before[(steps - 1) // m] - after[(steps - 1) // n])
    return float(np.dot(widths / (n * m), gaps))
