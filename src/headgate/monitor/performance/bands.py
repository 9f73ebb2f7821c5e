"""Where a metric of performance lies usually: what the reference had, and how its parts differ."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import msgspec
import numpy as np

N_ROWS, N_LEAST, N_MOST = 200, 10, 50
"""Rows of a chunk that are aimed at, and chunks there are at least and at most [count]."""

N_SPREADS = 3.0
SMALLER_IS_BETTER = frozenset({"mae", "mse", "rmse", "mape", "msle", "rmsle", "log_loss", "brier"})
DECISIVE = frozenset({"accuracy", "roc_auc", "mae", "rmse"})
"""What raises an alert unless others are named: the rest moves with the mix of the classes too."""

FLOOR_OF_SHARES, FLOOR_OF_ERRORS = 0.01, 0.05
"""What is too small to matter: of shares as it is [ratio], of errors by the reference's [ratio]."""


class Usual(msgspec.Struct, frozen=True):
    """A metric as realised on the reference.

    Args:
        value: over all its rows.
        spread: standard deviation that a single row would have, from the chunks of the reference,
            so that windows of n rows have that by the root of n.
        n: rows of the reference [count].
    """

    value: float
    spread: float
    n: int


class Band(msgspec.Struct, frozen=True):
    """Between what a metric of a window lies usually.

    Args:
        low: its lower end.
        high: its upper end.
    """

    low: float
    high: float


def usual(of: Callable[[slice], dict[str, float]], n: int) -> dict[str, Usual]:
    """Measure the reference as a whole and in chunks, in its order.

    Args:
        of: computes metrics over some of its rows; one that is not defined is NaN or left out.
        n: its rows [count].

    Returns:
        What is usual by metric; one that too few chunks have is left out.
    """
    bounds = np.linspace(0, n, min(max(N_LEAST, min(N_MOST, n // N_ROWS)), n) + 1).astype(int)
    chunks = [(b - a, of(slice(a, b))) for a, b in pairwise(bounds.tolist())]
    found: dict[str, Usual] = {}
    for metric, value in of(slice(0, n)).items():
        known = [
            (size, each[metric])
            for size, each in chunks
            if not math.isnan(each.get(metric, math.nan))
        ]
        if math.isnan(value) or len(known) <= 1:
            continue
        size = float(np.mean([size for size, _ in known]))
        spread = float(np.std([each for _, each in known], ddof=1)) * math.sqrt(size)
        found[metric] = Usual(value, spread, n)
    return found


def band(metric: str, known: Usual, n: int | None, *, floor: float | None = None) -> Band:
    """Return the band of windows of n rows, or the band of the reference's own uncertainty.

    Three standard deviations either way, and never less than what matters at all.

    Args:
        metric: its name.
        known: of the reference.
        n: rows of the window [count]; None leaves out the chance of the window itself, which an
            interval says already.
        floor: half the band at least; of errors a share of the reference's [unit of the metric].
    """
    chance = 1 / max(1, known.n) + (1 / max(1, n) if n is not None else 0.0)
    least = floor if floor is not None else floor_of(metric, known.value)
    half = max(least, N_SPREADS * known.spread * math.sqrt(chance))
    return Band(known.value - half, known.value + half)


def floor_of(metric: str, value: float) -> float:
    """Return the smallest change of a metric that matters [unit of the metric]."""
    if metric in SMALLER_IS_BETTER:
        return FLOOR_OF_ERRORS * abs(value)
    return FLOOR_OF_SHARES


def worse_than(metric: str, low: float, high: float, limits: Band) -> bool:
    """Tell whether an interval lies beyond a band on the side that is worse.

    >>> worse_than("accuracy", 0.7, 0.8, Band(0.85, 0.95)), worse_than("mae", 1, 2, Band(3, 5))
    (True, False)
    """
    return low > limits.high if metric in SMALLER_IS_BETTER else high < limits.low


def worse_end(metric: str, limits: Band) -> float:
    """Return the end of a band beyond which a metric is worse."""
    return limits.high if metric in SMALLER_IS_BETTER else limits.low
