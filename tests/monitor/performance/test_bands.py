"""Bands: as wide as chance and as what matters, and told on the side that is worse."""

from __future__ import annotations

import math

import numpy as np
import pytest

from headgate.monitor.performance.bands import (
    Band,
    Usual,
    band,
    floor_of,
    usual,
    worse_end,
    worse_than,
)


def test_the_spread_of_a_mean_is_that_of_its_rows() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(5, 2, size=20_000)

    found = usual(lambda part: {"mae": float(np.mean(rows[part]))}, len(rows))["mae"]

    assert found.value == pytest.approx(np.mean(rows))
    assert found.n == 20_000
    assert found.spread == pytest.approx(2.0, rel=0.3)


def test_of_a_thousand_windows_without_change_nearly_all_lie_in_the_band() -> None:
    rng = np.random.default_rng(2)
    rows = rng.random(10_000) < 0.8

    known = usual(lambda part: {"accuracy": float(np.mean(rows[part]))}, len(rows))["accuracy"]

    limits = band("accuracy", known, 500, floor=0.0)
    values = rng.binomial(500, 0.8, size=1000) / 500
    assert np.mean((values < limits.low) | (values > limits.high)) <= 0.02
    assert limits.high - limits.low < 0.15


def test_a_band_is_narrower_for_more_rows_and_never_narrower_than_what_matters() -> None:
    known = Usual(value=0.8, spread=0.4, n=100_000)

    small, large = (band("accuracy", known, n) for n in (400, 10_000_000))
    own = band("accuracy", known, None)

    assert small.high - small.low == pytest.approx(6 * 0.4 * math.sqrt(1 / 400 + 1 / 100_000))
    assert large == own == Band(0.79, 0.81)
    assert band("accuracy", known, None, floor=0.25).low == pytest.approx(0.55)


def test_what_matters_of_an_error_is_in_proportion_to_it() -> None:
    assert floor_of("mae", 200.0) == pytest.approx(10.0)
    assert floor_of("roc_auc", 0.9) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("metric", "low", "high", "is_worse"),
    [
        ("accuracy", 0.5, 0.6, True),
        ("accuracy", 0.5, 0.75, False),
        ("accuracy", 0.95, 0.99, False),
        ("mae", 0.95, 0.99, True),
        ("mae", 0.85, 0.99, False),
        ("brier", 0.1, 0.2, False),
    ],
)
def test_only_a_whole_interval_on_the_worse_side_counts(
    metric: str, low: float, high: float, is_worse: bool
) -> None:
    limits = Band(0.7, 0.9)

    assert worse_than(metric, low, high, limits) is is_worse
    assert worse_end(metric, limits) == (0.9 if metric in {"mae", "brier"} else 0.7)


def test_a_metric_that_is_seldom_defined_has_no_band() -> None:
    found = usual(
        lambda part: {"roc_auc": 0.7 if part.start == 0 else math.nan, "f1": math.nan}, 1000
    )

    assert found == {}
