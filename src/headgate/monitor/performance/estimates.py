"""What an estimate of performance says: a number, that it is estimated, and the usual band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from headgate.core.errors import NotFound

N_CHUNKS = 10
"""Chunks that the reference is cut into, in its order, to see how a metric varies [count]."""

N_SPREADS = 3.0
"""Half the band's width [standard deviations of a window's realised metric]."""


class Estimate(msgspec.Struct, frozen=True):
    """One metric, estimated without labels.

    Args:
        metric: its name.
        value: as estimated for the current window.
        reference: as realised on the reference, where labels are known.
        low: lower end of the band in which windows of this size lie usually.
        high: upper end of the band.
        is_estimated: always true: no label of the window was seen.
    """

    metric: str
    value: float
    reference: float | None = None
    low: float | None = None
    high: float | None = None
    is_estimated: bool = True

    @property
    def is_outside(self) -> bool:
        """Whether the estimate lies outside of the band; never without a band."""
        return bool(
            self.low is not None
            and self.high is not None
            and not self.low <= self.value <= self.high
        )


class Estimates(msgspec.Struct, frozen=True):
    """Every metric of a window, estimated without labels.

    Args:
        method: `cbpe` or `dle`.
        n: rows of the window [count].
        metrics: each estimate by its name; one that is not defined on the window is left out.
        classes: the classes, in the order of the confusion matrix.
        confusion: rows expected of each true class (down) and predicted class (across) [count].
        is_estimated: always true.
    """

    method: str
    n: int
    metrics: dict[str, Estimate]
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[float, ...], ...] = ()
    is_estimated: bool = True

    def __getitem__(self, metric: str) -> Estimate:
        """Return one metric.

        Raises:
            NotFound: it was not estimated.
        """
        if metric not in self.metrics:
            raise NotFound.among("estimated metric", metric, self.metrics)
        return self.metrics[metric]


def banded(
    values: dict[str, float],
    n: int,
    *,
    reference: dict[str, float],
    chunks: Sequence[tuple[int, dict[str, float]]],
) -> dict[str, Estimate]:
    """Put estimates beside what is usual for windows of their size.

    The band is the reference's realised metric, three standard deviations up and down. The
    deviation is that of the reference's chunks, scaled from their size to the window's.

    Args:
        values: as estimated, by metric; those that are NaN are left out.
        n: rows of the window [count].
        reference: as realised on the whole reference; empty if its labels are not known.
        chunks: rows of each chunk of the reference, and what was realised on it.
    """
    found: dict[str, Estimate] = {}
    for metric, value in values.items():
        if math.isnan(value):
            continue
        known = reference.get(metric, math.nan)
        spread = _spread([(size, realised[metric]) for size, realised in chunks], n)
        if math.isnan(known) or spread is None:
            found[metric] = Estimate(metric, value)
            continue
        half = N_SPREADS * spread
        found[metric] = Estimate(metric, value, known, known - half, known + half)
    return found


def chunk_bounds(n: int) -> list[slice]:
    """Cut rows into ten chunks of about equal size, in their order; fewer if there are few rows."""
    ends = np.linspace(0, n, min(N_CHUNKS, n) + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


def _spread(realised: Sequence[tuple[int, float]], n: int) -> float | None:
    """Return a metric's standard deviation over windows of n rows, or none if it is not known."""
    known = [(size, value) for size, value in realised if not math.isnan(value)]
    if len(known) < 2:  # noqa: PLR2004 - one chunk has no spread
        return None
    size = float(np.mean([each for each, _ in known]))
    return float(np.std([value for _, value in known], ddof=1)) * math.sqrt(size / n)
