"""Quantiles of a column in a few hundred points, which merge with those of other batches.

Of n sorted values every point stands for n/k neighbours and is the middle one of them, so a rank
read off is wrong by half of that at most. Merging sorts the points of both sides by value, each
with its weight, and cuts them into k again: the errors of the sides keep their share, and half a
step is added. It is deterministic, unlike KLL (Karnin, Lang, Liberty 2016), and has its bound with
it; a snapshot of a hundred segments is merged at once, and so pays that half step once.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from headgate.monitor.metrics._numbers import Floats

N_POINTS = 400


class Quantiles(msgspec.Struct, frozen=True):
    """The distribution of finite values.

    Args:
        n: values it stands for [count].
        points: ascending, of equal weight, as 64-bit floats, little-endian, shape (k,).
        error: a rank read off is wrong by at most this [ratio of n].
    """

    n: int = 0
    points: bytes = b""
    error: float = 0.0

    @classmethod
    def of(cls, ordered: Floats) -> Quantiles:
        """Take the quantiles of sorted finite values, shape (n,)."""
        n = len(ordered)
        if n <= N_POINTS:
            return cls(n, ordered.astype("<f8").tobytes())
        places = ((np.arange(N_POINTS) + 0.5) * n / N_POINTS).astype(np.int64)
        return cls(n, ordered[places].astype("<f8").tobytes(), 0.5 / N_POINTS + 1 / n)

    @property
    def grid(self) -> Floats:
        """The points, ascending, shape (k,)."""
        return np.frombuffer(self.points, "<f8")

    def at(self, ratio: float) -> float | None:
        """Return the value below which a share of the values lies; nothing if there is none.

        Args:
            ratio: the share [ratio].
        """
        grid = self.grid
        if not len(grid):
            return None
        return float(grid[min(int(ratio * len(grid)), len(grid) - 1)])

    def rank(self, value: float) -> float:
        """Return the share of values at or below one [ratio]; 0 if there is none."""
        grid = self.grid
        return float(np.searchsorted(grid, value, side="right") / len(grid)) if len(grid) else 0.0


def merged(parts: Sequence[Quantiles]) -> Quantiles:
    """Put the quantiles of several batches together.

    Args:
        parts: in any order.
    """
    held = [one for one in parts if one.n]
    if len(held) <= 1:
        return held[0] if held else Quantiles()
    n = sum(one.n for one in held)
    values = np.concatenate([one.grid for one in held])
    weights = np.concatenate([np.full(len(one.grid), one.n / len(one.grid)) for one in held])
    order = np.argsort(values, kind="stable")
    values, ends = values[order], np.cumsum(weights[order])
    error = sum(one.error * one.n for one in held) / n
    if len(values) <= N_POINTS and all(len(one.grid) == one.n for one in held):
        return Quantiles(n, values.astype("<f8").tobytes(), error)
    wanted = (np.arange(N_POINTS) + 0.5) * n / N_POINTS
    places = np.minimum(np.searchsorted(ends, wanted), len(values) - 1)
    step = float(weights.max()) / n
    return Quantiles(n, values[places].astype("<f8").tobytes(), error + 0.5 / N_POINTS + step)
