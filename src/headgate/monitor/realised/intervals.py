"""Intervals of confidence: Wilson for shares, the normal one for means, and what uses them."""

from __future__ import annotations

import math
from statistics import NormalDist

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats

LEVEL = 0.95


class Measured(msgspec.Struct, frozen=True):
    """A realised metric with its interval.

    Args:
        value: as scikit-learn computes it; 0 where nothing was to divide by.
        low: lower end of the interval of confidence.
        high: upper end.
        n: what it rests on: rows, or of precision and recall those divided by [count].
        interval: how it was found: `wilson`, `wilson on jaccard`, `delong`, `normal`, `bootstrap`.
    """

    value: float
    low: float
    high: float
    n: int
    interval: str


def wilson(value: float, n: int, *, level: float = LEVEL, name: str = "wilson") -> Measured:
    """Put a share of n rows between the ends of Wilson's score interval (1927).

    Args:
        value: the share [ratio].
        n: rows it is a share of [count]; of none nothing is known, so the interval is 0 to 1.
        level: of confidence [ratio].
        name: how the interval is called.

    >>> found = wilson(0.5, 10)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2366, 0.7634)
    """
    if not n:
        return Measured(0.0, 0.0, 1.0, 0, name)
    z = quantile(level)
    middle = (value + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(value * (1 - value) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    low, high = min(value, max(0.0, middle - half)), max(value, min(1.0, middle + half))
    return Measured(value, low, high, n, name)


def mean_of(losses: Floats, *, level: float = LEVEL) -> Measured:
    """Put a mean of rows between the ends of the normal interval.

    Args:
        losses: of each row, shape (n,).
        level: of confidence [ratio].
    """
    value = float(np.mean(losses))
    error = float(np.std(losses)) / math.sqrt(max(1, len(losses) - 1))
    return around(value, error, len(losses), level=level)


def around(
    value: float, error: float, n: int, *, level: float = LEVEL, name: str = "normal"
) -> Measured:
    """Put a value between the ends of the normal interval.

    Args:
        value: a mean, or what behaves like one.
        error: its standard error.
        n: rows [count].
        level: of confidence [ratio].
        name: how the interval is called.
    """
    half = quantile(level) * error
    return Measured(value, value - half, value + half, n, name)


def quantile(level: float) -> float:
    """Return how many standard deviations an interval of this level has on either side.

    Raises:
        Invalid: the level is no share.

    >>> round(quantile(0.95), 4)
    1.96
    """
    if not 0 < level < 1:
        raise Invalid(f"{level} is no level of confidence", mend="give one between 0 and 1")
    return NormalDist().inv_cdf((1 + level) / 2)
