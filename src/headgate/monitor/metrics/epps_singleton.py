"""Epps-Singleton statistic: two windows compared by their characteristic functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._libraries import needing, quietly
from headgate.monitor.metrics._numbers import Missing, finite, pair

AT = (0.4, 0.8)
"""Where the characteristic functions are compared, in units of the windows' spread."""

N_LEAST = 5


def epps_singleton(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Compare two windows by the statistic W of Epps and Singleton (1986), at 0.4 and 0.8.

    As scipy.stats.epps_singleton_2samp(reference, current).statistic, which computes it: it
    holds for discrete values too, where a test of distribution functions does not.

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Returns:
        The statistic [>= 0]; chi-square with 4 degrees of freedom for one distribution.

    Raises:
        Invalid: a window is empty, holds no numbers, or has missing values that it may not have;
            or has fewer than five values, an infinite one, or the middle half of all is one value.
        Unavailable: scipy is not installed.
    """
    return float(_tested(reference, current, missing).statistic)


def epps_singleton_pvalue(reference: Any, current: Any, *, missing: Missing = "refuse") -> float:
    """Return how often one distribution would give a statistic as large [ratio].

    Args:
        reference: numbers of the reference window, shape (n,), any order; or what
            `headgate.monitor.reference.prepared` made of them, where several metrics share it.
        current: numbers of the current window, shape (m,), same unit.
        missing: what becomes of null and NaN: `refuse` them or `drop` them.

    Raises:
        Invalid: as `epps_singleton`.
        Unavailable: scipy is not installed.
    """
    return float(_tested(reference, current, missing).pvalue)


def _tested(reference: Any, current: Any, missing: Missing) -> Any:
    with needing("epps_singleton"):
        from scipy.stats import epps_singleton_2samp
    before, after = pair(reference, current, missing)
    finite(before, after)
    if min(len(before), len(after)) < N_LEAST:
        raise Invalid("a window has fewer than five values", mend="widen the window")
    low, high = np.percentile(np.concatenate([before, after]), [25, 75])
    if low == high:
        raise Invalid(
            "the middle half of both windows is one value, so there is no spread to compare by",
            mend="compare by ks_statistic or chi_square",
        )
    try:
        with quietly():
            return epps_singleton_2samp(before, after, t=AT)
    except np.linalg.LinAlgError as error:
        raise Invalid(
            "the values are too large to be compared by their characteristic functions",
            mend="compare by ks_statistic",
        ) from error
