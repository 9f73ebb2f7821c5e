"""How often a metric shows as much without drift: the other way round of `headgate.monitor.nulls`.

The same formulas, solved for the share; see there for their sources.
"""

from __future__ import annotations

import math

from headgate.core.errors import NotFound
from headgate.monitor.metrics._libraries import needing

Spread = tuple[float, float, float]


def p_value(metric: str, value: float, sizes: tuple[int, int], *, cells: int = 10) -> float:
    """Return how often a metric over cells, or the KS statistic, is as large without drift.

    Args:
        metric: `psi`, `jensen_shannon`, `l_infinity` or `ks_statistic`.
        value: what was computed.
        sizes: values of reference and window [count].
        cells: over how many cells [count].

    Returns:
        The share of pairs of windows [ratio].

    Raises:
        NotFound: it is none of these.
        Unavailable: scipy is not installed.
    """
    with needing("a p-value"):
        from scipy.special import chdtrc, kolmogorov, ndtr
    unit = 1 / sizes[0] + 1 / sizes[1]
    freedom = max(cells - 1, 1)
    if metric == "psi":
        return float(chdtrc(freedom, value / unit))
    if metric == "jensen_shannon":
        return float(chdtrc(freedom, 8 * value**2 / unit))
    if metric == "l_infinity":
        return min(1.0, 2 * cells * float(ndtr(-2 * value / math.sqrt(unit))))
    if metric == "ks_statistic":
        return float(kolmogorov(value / math.sqrt(unit)))
    raise NotFound.among("metric", metric, ("psi", "jensen_shannon", "l_infinity", "ks_statistic"))


def p_value_of_spread(value: float, sizes: tuple[int, int], spread: Spread) -> float:
    """Return how often a Wasserstein distance is as large without drift.

    Args:
        value: what was computed [unit of the values].
        sizes: values of reference and window [count].
        spread: mean, deviation and skewness of the area under a bridge over the reference.

    Returns:
        The share of pairs of windows [ratio].

    Raises:
        Unavailable: scipy is not installed.
    """
    with needing("a p-value"):
        from scipy.special import gammaincc
    mean, deviation, skew = spread
    if not deviation:
        return float(value <= 0)
    scaled = (value / math.sqrt(1 / sizes[0] + 1 / sizes[1]) - mean) / deviation
    return float(gammaincc(4 / skew**2, max(0.0, (scaled + 2 / skew) * 2 / skew)))


def quantile_of_spread(share: float, sizes: tuple[int, int], spread: Spread) -> float:
    """Return what a Wasserstein distance stays below in a share of windows without drift.

    Args:
        share: of pairs of windows [ratio].
        sizes: values of reference and window [count].
        spread: mean, deviation and skewness of the area under a bridge over the reference.

    Returns:
        The distance [unit of the values].

    Raises:
        Unavailable: scipy is not installed.
    """
    with needing("a null quantile"):
        from scipy.special import gammaincinv
    mean, deviation, skew = spread
    if not deviation:
        return 0.0
    drawn = float(gammaincinv(4 / skew**2, share))
    unit = 1 / sizes[0] + 1 / sizes[1]
    return math.sqrt(unit) * (mean + deviation * (drawn * skew / 2 - 2 / skew))


def p_value_of_shares(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float]:
    """Compare two shares by the normal approximation, both taken for one.

    Args:
        before: how many of how many in the reference [count].
        after: how many of how many in the window [count].

    Returns:
        How often two windows without drift differ as much [ratio], and the standard deviation
        of their difference [ratio].

    Raises:
        Unavailable: scipy is not installed.
    """
    with needing("a p-value"):
        from scipy.special import ndtr
    (x, n), (y, m) = before, after
    both = (x + y + 1) / (n + m + 2)
    spread = math.sqrt(both * (1 - both) * (1 / n + 1 / m))
    return 2 * float(ndtr(-abs(y / m - x / n) / spread)), spread
