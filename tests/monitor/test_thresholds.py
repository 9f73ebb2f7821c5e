"""Thresholds that neither page on nothing nor sleep through a shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.metrics.ks_statistic import ks_pvalue, ks_statistic
from headgate.monitor.metrics.psi import psi
from headgate.monitor.metrics.wasserstein import wasserstein
from headgate.monitor.reference import fit_column
from headgate.monitor.thresholds import (
    adjusted,
    discoveries,
    persists,
    smallest_share,
    smallest_shift,
    threshold,
)

METRICS: dict[str, Any] = {
    "psi": psi,
    "ks_statistic": ks_statistic,
    "wasserstein": lambda a, b: wasserstein(a, b, scale="std"),
}


def test_a_threshold_is_the_larger_of_what_matters_and_what_is_noise() -> None:
    short, long = threshold("psi", 200, 200), threshold("psi", 100_000, 100_000)

    assert short.value == short.null > short.floor == 0.1
    assert long.value == long.floor == 0.1 > long.null
    assert threshold("psi", 100_000, 100_000, level="large").value == 0.25


def test_the_null_of_wasserstein_is_in_std_whatever_the_unit_and_from_a_profile() -> None:
    values = np.random.default_rng(9).normal(1000, 50, size=20_000)

    of_values, scaled, fitted = (
        threshold("wasserstein", 600, 600, over=over).null
        for over in (values, values / 50, fit_column(values))
    )

    assert 0.1 < of_values < 0.2
    assert scaled == pytest.approx(of_values, rel=1e-9)
    assert fitted == pytest.approx(of_values, rel=0.03)


def test_a_short_window_raises_no_alert() -> None:
    assert not threshold("psi", 499, 10_000).is_exceeded(9.0)
    assert threshold("psi", 500, 10_000).is_exceeded(9.0)


def test_a_shift_too_small_to_matter_is_significant_and_raises_no_alert() -> None:
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=100_000), rng.normal(0.03, 1, size=100_000)

    limit = threshold("ks_statistic", 100_000, 100_000)

    assert ks_pvalue(reference, current) < 0.001
    assert not limit.is_exceeded(ks_statistic(reference, current))


@pytest.mark.parametrize("metric", METRICS)
def test_stationary_windows_raise_no_alert(metric: str) -> None:
    rng = np.random.default_rng(1)
    normal = rng.normal(size=5000)
    limit = threshold(metric, 1000, 600, over=normal if metric == "wasserstein" else 10)

    alerts = [
        limit.is_exceeded(METRICS[metric](rng.normal(size=1000), rng.normal(size=600)))
        for _ in range(300)
    ]

    assert sum(alerts) <= 2


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_discoveries_are_those_of_scipy(p_values: list[float]) -> None:
    theirs = scipy.stats.false_discovery_control(p_values)

    assert adjusted(p_values) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_of_fifty_columns_without_drift_hardly_one_is_discovered() -> None:
    rng = np.random.default_rng(2)
    p_values = rng.random((200, 50))

    alone = np.mean([(row < 0.05).any() for row in p_values])
    controlled = np.mean([any(discoveries(row)) for row in p_values])

    assert alone > 0.9
    assert controlled <= 0.09


def test_a_p_value_outside_of_0_to_1_is_refused() -> None:
    with pytest.raises(Invalid, match="a p-value is not between 0 and 1"):
        discoveries([0.5, float("nan")])


def test_two_of_the_newest_three_windows_have_to_agree() -> None:
    assert not persists([True])
    assert not persists([True, True, False, False, True])
    assert persists([False, True, True])
    assert persists([True, True], needed=2, of=2)


@pytest.mark.row("S2-31", part="smallest detectable shift")
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("n", "m"), [(50_000, 5_000), (2_000, 700)])
def test_the_smallest_shift_is_seen_eight_times_in_ten(metric: str, n: int, m: int) -> None:
    rng = np.random.default_rng(3)
    shift = smallest_shift(metric, n, m)
    normal = rng.normal(size=5000)
    limit = threshold(metric, n, m, over=normal if metric == "wasserstein" else 10)

    seen = [
        limit.is_exceeded(METRICS[metric](rng.normal(size=n), rng.normal(shift, 1, size=m)))
        for _ in range(100)
    ]

    assert 0.65 <= np.mean(seen) <= 0.97


@pytest.mark.parametrize("before", [0.0, 0.1])
def test_the_smallest_share_is_seen_eight_times_in_ten(before: float) -> None:
    rng = np.random.default_rng(4)
    n, m = 10_000, 2_000
    growth = smallest_share(n, m, before=before)

    first, second = rng.binomial(n, before, 2000) / n, rng.binomial(m, before + growth, 2000) / m

    spread = np.sqrt(first * (1 - first) / n + second * (1 - second) / m)
    seen = second - first > scipy.stats.norm.ppf(0.999) * spread
    assert 0.75 <= np.mean(seen) <= 0.96


def test_the_smallest_shift_is_not_known_of_every_metric() -> None:
    with pytest.raises(Invalid, match="not known for hellinger"):
        smallest_shift("hellinger", 1000, 1000)
