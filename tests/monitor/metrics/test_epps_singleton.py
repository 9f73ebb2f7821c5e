"""Epps-Singleton against scipy.stats.epps_singleton_2samp."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from headgate.core.errors import Invalid
from headgate.monitor.metrics.epps_singleton import epps_singleton, epps_singleton_pvalue


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["normal", "counts"])
def test_it_is_what_scipy_computes(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference = rng.normal(size=90) if kind == "normal" else rng.poisson(4, size=90)
    current = rng.normal(0.3, 1, 70) if kind == "normal" else rng.poisson(5, size=70)

    theirs = scipy.stats.epps_singleton_2samp(reference, current)

    assert epps_singleton(reference, current) == pytest.approx(theirs.statistic, rel=1e-9)
    assert epps_singleton_pvalue(reference, current) == pytest.approx(theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ([1.0] * 9, "the middle half of both windows is one value"),
        ([1.0, 2.0], "fewer than five values"),
        ([1.0, 2.0, 3.0, 4.0, float("inf")], "infinite"),
    ],
)
def test_windows_without_a_spread_are_refused(reference: list[float], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        epps_singleton(reference, [1.0] * 9)
