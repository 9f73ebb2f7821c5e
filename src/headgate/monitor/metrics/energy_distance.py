"""Energy distance: the root of the squared gap between two distribution functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.monitor.metrics._numbers import Missing, finite, pair


def energy_distance(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Compare two windows by sqrt(2·∫(F - G)²), as scipy.stats.energy_distance.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The distance [square root of the values' unit].

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have;
            or a value is infinite.

    >>> energy_distance([0], [2])
    2.0
    """
    before, after = pair(reference, current, missing)
    finite(before, after)
    points = np.concatenate([before, after])
    points.sort(kind="stable")
    left = np.searchsorted(before, points[:-1], side="right") / len(before)
    right = np.searchsorted(after, points[:-1], side="right") / len(after)
    return float(np.sqrt(2 * np.dot((left - right) ** 2, np.diff(points))))
