"""Anderson-Darling statistic: a gap of distribution functions that weighs the tails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, Missing, pair

# Scholz and Stephens 1987, Table 2, for two samples: the statistic that one distribution exceeds
# with these probabilities.
PROBABILITIES = np.array([0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001])
CRITICAL = np.array([0.325, 1.226, 1.961, 2.718, 3.752, 4.592, 6.546])


def anderson_darling(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Compare two windows by the standardised statistic of Scholz and Stephens (1987), mid-ranks.

    As scipy.stats.anderson_ksamp([reference, current], variant="midrank").statistic.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The statistic [standard deviations]; one distribution gives 0 on average.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have;
            or there are fewer than four values together, or all are the same.

    >>> round(anderson_darling([1, 2, 3], [4, 5, 6]), 4)
    2.6332
    """
    before, after = pair(reference, current, missing)
    points = np.concatenate([before, after])
    points.sort(kind="stable")
    n_all = len(points)
    if n_all < 4 or points[0] == points[-1]:  # noqa: PLR2004 - its variance divides by n_all - 3
        raise Invalid(
            "fewer than four values, or all the same", mend="compare by ks_statistic or psi"
        )
    unit = 1 / len(before) + 1 / len(after)
    return (_gap(before, after, points) - 1) / math.sqrt(_variance(n_all, unit))


def anderson_darling_pvalue(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Return how often one distribution would give a statistic as large [ratio, 0.001 to 0.25].

    Interpolated in the published table, as scipy does; what lies outside of it is given as its
    nearest end.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Raises:
        Invalid: as `anderson_darling`.
    """
    statistic = anderson_darling(reference, current, missing=missing)
    if statistic <= CRITICAL[0]:
        return float(PROBABILITIES[0])
    if statistic >= CRITICAL[-1]:
        return float(PROBABILITIES[-1])
    fitted = np.polyfit(CRITICAL, np.log(PROBABILITIES), 2)
    return math.exp(float(np.polyval(fitted, statistic)))


def _gap(before: Floats, after: Floats, points: Floats) -> float:
    """Compute equation 7 of Scholz and Stephens over the distinct values."""
    n_all = len(points)
    distinct = points[np.concatenate([[True], points[1:] != points[:-1]])]
    lower = np.searchsorted(points, distinct, side="left")
    tied = np.diff(lower, append=n_all)
    middle = lower + tied / 2
    scale = middle * (n_all - middle) - n_all * tied / 4
    total = 0.0
    for window in (before, after):
        ranks = np.searchsorted(window, distinct, side="right") / 2
        ranks += np.searchsorted(window, distinct, side="left") / 2
        gaps = (n_all * ranks - middle * len(window)) ** 2
        total += float(np.sum(tied / n_all * gaps / scale)) / len(window)
    return total * (n_all - 1) / n_all


def _variance(n_all: int, unit: float) -> float:
    """Compute equation 4 of Scholz and Stephens for two samples; `unit` is 1/n + 1/m."""
    sums = np.cumsum(1 / np.arange(n_all - 1, 1, -1.0))
    h = float(sums[-1]) + 1
    g = float(np.sum(sums / np.arange(2.0, n_all)))
    a = (4 * g - 6) + (10 - 6 * g) * unit
    b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * unit - 8 * h + 4 * g - 6
    c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * unit + 4 * h
    d = (2 * h + 6) * 4 - 8 * h
    cubed = ((a * n_all + b) * n_all + c) * n_all + d
    return cubed / ((n_all - 1) * (n_all - 2) * (n_all - 3))
