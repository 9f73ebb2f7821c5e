"""Null quantiles against simulations of windows without drift, and against published tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.metrics.chi_square import chi_square
from headgate.monitor.metrics.cramer_von_mises import cramer_von_mises
from headgate.monitor.metrics.energy_distance import energy_distance
from headgate.monitor.metrics.epps_singleton import epps_singleton
from headgate.monitor.metrics.hellinger import hellinger
from headgate.monitor.metrics.jensen_shannon import jensen_shannon
from headgate.monitor.metrics.kl_divergence import kl_divergence
from headgate.monitor.metrics.ks_statistic import ks_statistic
from headgate.monitor.metrics.mann_whitney import mann_whitney
from headgate.monitor.metrics.psi import psi
from headgate.monitor.metrics.wasserstein import wasserstein
from headgate.monitor.nulls import bridge_moments, null_quantile
from headgate.monitor.reference import fit_column

N, M = 1200, 800
SIMULATED: dict[str, Any] = {
    "psi": psi,
    "kl_divergence": kl_divergence,
    "chi_square": lambda a, b: chi_square(a, b, bins=10),
    "jensen_shannon": jensen_shannon,
    "hellinger": hellinger,
    "ks_statistic": ks_statistic,
    "mann_whitney": lambda a, b: abs(mann_whitney(a, b, scale="ratio") - 0.5),
    "cramer_von_mises": cramer_von_mises,
    "epps_singleton": epps_singleton,
    "wasserstein": wasserstein,
    "energy_distance": energy_distance,
}
SHAPES: dict[str, Any] = {
    "normal": lambda rng, n: rng.normal(3, 2, size=n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "counts": lambda rng, n: rng.poisson(20, size=n).astype(float),
}


@pytest.mark.parametrize("metric", SIMULATED)
def test_nine_in_ten_windows_without_drift_lie_below_the_quantile(metric: str) -> None:
    rng = np.random.default_rng(11)
    over = rng.normal(size=20_000) if metric in {"wasserstein", "energy_distance"} else 10
    limit = null_quantile(metric, N, M, share=0.9, over=over)

    found = [SIMULATED[metric](rng.normal(size=N), rng.normal(size=M)) for _ in range(600)]

    assert np.mean(np.array(found) < limit) == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("metric", ["wasserstein", "energy_distance"])
def test_the_null_of_a_distance_follows_the_shape_of_the_column(metric: str, shape: str) -> None:
    rng = np.random.default_rng(12)
    limit = null_quantile(metric, N, M, share=0.99, over=SHAPES[shape](rng, 20_000))

    found = [SIMULATED[metric](SHAPES[shape](rng, N), SHAPES[shape](rng, M)) for _ in range(1500)]

    assert limit == pytest.approx(np.quantile(found, 0.99), rel=0.12)


def test_the_moments_of_the_bridge_are_those_of_simulated_bridges() -> None:
    rng = np.random.default_rng(13)
    ordered = np.sort(rng.normal(size=1000))
    walks = np.cumsum(rng.normal(size=(3000, 1000)) / np.sqrt(1000), axis=1)
    at = np.arange(1, 1001) / 1000
    bridges = walks - at * walks[:, -1:]

    mean, deviation, skew = bridge_moments(ordered, at[:-1], power=1)

    areas = np.abs(bridges[:, :-1]) @ np.diff(ordered)
    assert mean == pytest.approx(np.mean(areas), rel=0.05)
    assert deviation == pytest.approx(np.std(areas), rel=0.05)
    assert skew == pytest.approx(scipy.stats.skew(areas), rel=0.15)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("metric", ["wasserstein", "energy_distance"])
def test_a_fitted_column_serves_as_well_as_its_values(metric: str, shape: str) -> None:
    values = SHAPES[shape](np.random.default_rng(15), 30_000)

    of_values = null_quantile(metric, N, M, over=values)

    assert null_quantile(metric, N, M, over=fit_column(values)) == pytest.approx(
        of_values, rel=0.05
    )


@pytest.mark.parametrize("metric", ["wasserstein", "energy_distance"])
def test_far_out_the_null_of_a_distance_is_that_of_simulated_bridges(metric: str) -> None:
    rng = np.random.default_rng(16)
    values = np.sort(rng.normal(size=400))
    walks = np.cumsum(rng.normal(size=(20_000, 400)) / 20, axis=1)
    bridges = (walks - np.arange(1, 401) / 400 * walks[:, -1:])[:, :-1]

    limit = null_quantile(metric, 2, 2, share=0.999, over=values)

    if metric == "wasserstein":
        found = np.abs(bridges) @ np.diff(values)
    else:
        found = np.sqrt(2 * bridges**2 @ np.diff(values))
    assert limit == pytest.approx(np.quantile(found, 0.999), rel=0.05)


def test_psi_has_the_noise_floor_of_its_formula() -> None:
    limit = null_quantile("psi", 500, 500, share=0.99)

    assert limit == pytest.approx((2 / 500) * scipy.stats.chi2.ppf(0.99, 9), rel=1e-9)
    assert limit == pytest.approx(0.0867, abs=1e-3)


def test_ks_is_kolmogorovs() -> None:
    limit = null_quantile("ks_statistic", 1000, 4000, share=0.95)

    theirs = scipy.stats.kstwobign.ppf(0.95) * np.sqrt(1 / 1000 + 1 / 4000)
    assert limit == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("share", [0.75, 0.9, 0.95, 0.975, 0.99, 0.999])
def test_anderson_darling_is_the_published_table(share: float) -> None:
    published = {0.75: 0.325, 0.9: 1.226, 0.95: 1.961, 0.975: 2.718, 0.99: 3.752, 0.999: 6.546}

    limit = null_quantile("anderson_darling", 100, 100, share=share)

    assert limit == pytest.approx(published[share], rel=1e-9)


def test_l_infinity_stays_below_its_quantile_nearly_always() -> None:
    rng = np.random.default_rng(14)
    limit = null_quantile("l_infinity", N, M, share=0.9, over=3)

    gaps = [
        np.abs(rng.multinomial(N, [0.5, 0.3, 0.2]) / N - rng.multinomial(M, [0.5, 0.3, 0.2]) / M)
        for _ in range(2000)
    ]

    assert np.mean([np.max(each) < limit for each in gaps]) >= 0.9


def test_larger_windows_have_less_noise_and_one_cell_has_none() -> None:
    small, large = (null_quantile("psi", n, n) for n in (1000, 100_000))

    assert small == pytest.approx(100 * large)
    assert null_quantile("psi", 100, 100, over=1) == 0.0


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(NotFound, match="no metric named 'psj'"):
        null_quantile("psj", 10, 10)
    with pytest.raises(Invalid, match="no quantile"):
        null_quantile("psi", 0, 10)
    with pytest.raises(Invalid, match="of cramer_von_mises has no 0"):
        null_quantile("cramer_von_mises", 10, 10, share=0.9999)
    with pytest.raises(Invalid, match="depends on the reference"):
        null_quantile("wasserstein", 10, 10, over=[1.0])
