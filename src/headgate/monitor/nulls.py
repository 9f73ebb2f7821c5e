"""What each metric shows between two windows of one distribution: quantiles by size of sample.

The formulas are those of large windows. Cells: the counts' quadratic forms are chi-square. Gaps
of distribution functions: (F - G) / sqrt(1/n + 1/m) is a Brownian bridge over the ranks. Where
the quantile depends on how the column's values lie, as it does for Wasserstein and the energy
distance, the bridge's moments over the reference are fitted by a shifted gamma (Pearson III).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.metrics._cells import finite_part
from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats, numbers
from headgate.monitor.metrics.anderson_darling import CRITICAL, PROBABILITIES
from headgate.monitor.profiles.numeric import NumberColumn

CRAMER_VON_MISES = (
    (0.5, 0.11888),
    (0.9, 0.34730),
    (0.95, 0.46136),
    (0.99, 0.74346),
    (0.999, 1.16786),
)
"""Anderson and Darling 1952, Table 1: share, and the limiting criterion that has it below."""

CELLS = ("psi", "kl_divergence", "chi_square", "jensen_shannon", "hellinger", "l_infinity")
RANKS = ("ks_statistic", "mann_whitney", "cramer_von_mises", "anderson_darling", "epps_singleton")
SPREADS = ("wasserstein", "energy_distance")
SKEWNESS = 1.7
"""Skewness of the area under a bridge's size, in units of that of a gamma [ratio]."""

N_GRID = 200
"""Quantiles of the reference that the bridge is reckoned on [count]."""

EPPS_SINGLETON_FREEDOM = 4


def null_quantile(metric: str, n: int, m: int, *, share: float = 0.999, over: Any = 10) -> float:
    """Return what the metric stays below in a share of all pairs of windows without drift.

    Args:
        metric: name of a drift metric.
        n: values of the reference window [count].
        m: values of the current window [count].
        share: of pairs of windows [ratio, 0 to 1].
        over: of metrics over cells, how many cells there are [count]; of `wasserstein` and
            `energy_distance`, the reference: its values, shape (n,), or its fitted column; of
            others nothing.

    Returns:
        The quantile [unit of the metric]: of `wasserstein` the unit of the values, of
        `mann_whitney` the ratio's distance from 0.5, of `jensen_shannon` square roots of nats.

    Raises:
        NotFound: there is no such metric.
        Invalid: a window is empty, or the share is no share; or it lies beyond the published
            table of `cramer_von_mises` (0.999) or `anderson_darling` (0.75 to 0.999).
        Unavailable: scipy is not installed.
    """
    if min(n, m) < 1 or not 0 < share < 1:
        raise Invalid(
            f"no quantile {share} for windows of {n} and {m}", mend="give sizes from 1, a share"
        )
    unit = 1 / n + 1 / m
    if metric in CELLS:
        return _of_cells(metric, unit, share, int(over))
    if metric in RANKS:
        return _of_ranks(metric, unit, share, n + m)
    if metric in SPREADS:
        return _of_spread(metric, unit, share, over)
    raise NotFound.among("metric", metric, (*CELLS, *RANKS, *SPREADS))


def _of_cells(metric: str, unit: float, share: float, n_cells: int) -> float:
    """Use that Σ(p - q)²/p is chi-square times 1/n + 1/m, and each metric its leading term."""
    with needing("a null quantile"):
        from scipy.special import chdtri, ndtri
    if n_cells < 2:  # noqa: PLR2004 - one cell has no share to lose
        return 0.0
    if metric == "l_infinity":
        return float(ndtri(1 - (1 - share) / (2 * n_cells)) * 0.5 * math.sqrt(unit))
    square = float(chdtri(n_cells - 1, 1 - share))
    return {
        "psi": unit * square,
        "kl_divergence": unit * square / 2,
        "chi_square": square,
        "jensen_shannon": math.sqrt(unit * square / 8),
        "hellinger": math.sqrt(unit * square / 8),
    }[metric]


def _of_ranks(metric: str, unit: float, share: float, n_all: int) -> float:
    with needing("a null quantile"):
        from scipy.special import chdtri, kolmogi, ndtri
    if metric == "ks_statistic":
        return min(1.0, float(kolmogi(1 - share)) * math.sqrt(unit))
    if metric == "mann_whitney":
        return min(0.5, float(ndtri((1 + share) / 2)) * math.sqrt(unit * (n_all + 1) / n_all / 12))
    if metric == "epps_singleton":
        return float(chdtri(EPPS_SINGLETON_FREEDOM, 1 - share))
    if metric == "cramer_von_mises":
        shares, values = (list(column) for column in zip(*CRAMER_VON_MISES, strict=True))
    else:
        shares, values = (1 - PROBABILITIES).tolist(), CRITICAL.tolist()
    return _looked_up(metric, share, shares, values)


def _looked_up(metric: str, share: float, shares: list[float], values: list[float]) -> float:
    """Interpolate in the logarithm of what lies above."""
    slack = 1e-12
    if not shares[0] - slack <= share <= shares[-1] + slack:
        raise Invalid(
            f"the published table of {metric} has no {share}",
            mend=f"ask for a share from {shares[0]:g} to {shares[-1]:g}",
        )
    depths = -np.log1p(-np.array(shares))
    return float(np.interp(-math.log1p(-share), depths, values))


def _of_spread(metric: str, unit: float, share: float, reference: Any) -> float:
    with needing("a null quantile"):
        from scipy.special import gammaincinv
    grid, at = grid_of(reference)
    if len(grid) < 2:  # noqa: PLR2004 - one value has no spread
        raise Invalid(
            f"the null quantile of {metric} depends on the reference",
            mend="give its values, or its fitted column, as over",
        )
    mean, deviation, skew = bridge_moments(grid, at, power=1 if metric == "wasserstein" else 2)
    if not deviation:
        return 0.0
    drawn = float(gammaincinv(4 / skew**2, share))
    quantile = mean + deviation * (drawn * skew / 2 - 2 / skew)
    return math.sqrt(unit) * (quantile if metric == "wasserstein" else math.sqrt(2 * quantile))


def bridge_moments(grid: Floats, at: Floats, *, power: int) -> tuple[float, float, float]:
    """Return mean, deviation and skewness of ∫|B(F(x))|^power dx for a Brownian bridge B.

    At two points B is normal with covariance F(x)·(1 - F(y)) for x <= y. So mean and variance
    are known, for E|X||Y| = (2/π)·s·t·(sqrt(1 - r²) + r·asin(r)), and of B² all cumulants are, by
    traces. The skewness of |B| is taken for 1.7 times that of a gamma of the same mean and
    variance, as simulated for normal, lognormal and t; for uniform values it is 1.5 times.

    Args:
        grid: values, ascending, shape (k + 1,).
        at: the distribution function between each two of them, shape (k,) [ratio].
        power: 1 or 2.

    Returns:
        Mean and standard deviation [unit of the values], and skewness.
    """
    widths = np.diff(grid)
    at = np.clip(at, 1e-12, 1 - 1e-12)
    spread = at * (1 - at)
    together = np.minimum.outer(at, at) * (1 - np.maximum.outer(at, at))
    if power == 2:  # noqa: PLR2004 - the square
        roots = np.sqrt(widths)
        kernel = roots[:, None] * together * roots
        squared = kernel @ kernel
        deviation = math.sqrt(2 * float(np.trace(squared)))
        third = 8 * float(np.sum(squared * kernel))
        return float(np.trace(kernel)), deviation, third / (deviation**3 or 1.0)
    sizes = np.sqrt(np.outer(spread, spread))
    ratio = np.clip(together / sizes, -1, 1)
    product = 2 / math.pi * sizes * (np.sqrt(1 - ratio**2) + ratio * np.arcsin(ratio))
    covariance = product - 2 / math.pi * sizes
    mean = math.sqrt(2 / math.pi) * float(np.dot(widths, np.sqrt(spread)))
    deviation = math.sqrt(max(0.0, float(widths @ covariance @ widths)))
    return mean, deviation, SKEWNESS * 2 * deviation / (mean or 1.0)


def grid_of(reference: Any) -> tuple[Floats, Floats]:
    """Take some 200 values of the reference, more in its tails, and the function between them."""
    if isinstance(reference, NumberColumn):
        grid = reference.grid
        reached = np.cumsum(reference.window.counts)[:-1] / max(1, reference.window.n)
    else:
        grid = finite_part(numbers(reference).ordered)
        reached = np.arange(1, len(grid) + 1) / max(1, len(grid))
    if not len(grid):
        return grid, grid
    inner = np.linspace(0, len(grid) - 1, N_GRID + 1).astype(np.int64)
    outer = len(grid) // N_GRID >> np.arange(30)
    ranks = np.unique(np.concatenate([inner, outer, len(grid) - 1 - outer]))
    reached = reached[ranks]
    return grid[ranks], (reached[:-1] + reached[1:]) / 2
