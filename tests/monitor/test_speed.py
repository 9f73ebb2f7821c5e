"""Speed beside plain scipy, as a ratio on one machine at one time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats

from headgate.monitor import sketches
from headgate.monitor.metrics.ks_statistic import ks_statistic
from headgate.monitor.metrics.wasserstein import wasserstein
from headgate.monitor.reference import count, fit, prepared

if TYPE_CHECKING:
    from collections.abc import Callable

N = 1_000_000
NAMES = ("a", "b", "c")


def seconds(work: Callable[[], Any]) -> float:
    """Return the time of the quicker of two runs [s]."""
    took: list[float] = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


@pytest.mark.full
def test_a_million_rows_take_a_fraction_of_scipys_time() -> None:
    rng = np.random.default_rng(0)
    reference = {name: rng.normal(size=N) for name in NAMES}
    current = {name: rng.normal(0.1, 1, size=N) for name in NAMES}
    profile: Any = fit(reference)

    def exactly() -> None:
        for name in NAMES:
            before, after = prepared(reference[name]), prepared(current[name])
            ks_statistic(before, after)
            wasserstein(before, after)

    def from_counts() -> None:
        window: Any = count(profile, current)
        for name in NAMES:
            sketches.ks_statistic(profile.columns[name], window.columns[name])
            sketches.wasserstein(profile.columns[name], window.columns[name])

    def by_scipy() -> None:
        for name in NAMES:
            scipy.stats.ks_2samp(reference[name], current[name])
            scipy.stats.wasserstein_distance(reference[name], current[name])

    theirs = seconds(by_scipy)
    assert theirs / seconds(exactly) > 3
    assert theirs / seconds(from_counts) > 20
