"""Tests of quantiles that merge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.profiling.quantiles import N_POINTS, Quantiles, merged

RATIOS = np.linspace(0.01, 0.99, 33)


def rank_error(held: Quantiles, ordered: Any) -> float:
    """Measure by how much the rank of a quantile is off at worst, ties to our favour."""
    worst = 0.0
    for ratio in RATIOS:
        value = held.at(float(ratio)) or 0.0
        low = np.searchsorted(ordered, value, side="left") / len(ordered)
        high = np.searchsorted(ordered, value, side="right") / len(ordered)
        worst = max(worst, float(low - ratio), float(ratio - high))
    return worst


def test_a_short_column_is_kept_whole() -> None:
    held = Quantiles.of(np.array([1.0, 2.0, 4.0, 8.0]))

    assert held.grid.tolist() == [1.0, 2.0, 4.0, 8.0]
    assert held.error == 0
    assert held.at(0.5) == 4.0
    assert held.rank(2.0) == 0.5


def test_nothing_has_no_quantiles() -> None:
    held = merged([Quantiles(), Quantiles()])

    assert (held.n, held.at(0.5), held.rank(1.0)) == (0, None, 0.0)


@pytest.mark.parametrize("shape", ["normal", "lognormal", "integers", "constant"])
def test_a_rank_is_off_by_no_more_than_is_told(shape: str) -> None:
    rng = np.random.default_rng(0)
    values = {
        "normal": rng.normal(size=50_000),
        "lognormal": rng.lognormal(0, 2, size=50_000),
        "integers": rng.integers(0, 30, size=50_000).astype(float),
        "constant": np.ones(50_000),
    }[shape]
    ordered = np.sort(values)

    held = Quantiles.of(ordered)

    assert held.error < 0.002
    assert rank_error(held, ordered) <= held.error + 1 / N_POINTS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_merging_batches_is_as_good_as_told_against_taking_them_at_once(
    sizes: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    batches = [np.sort(rng.normal(i, 1 + i, size=n)) for i, n in enumerate(sizes)]
    whole = np.sort(np.concatenate(batches))

    held = merged([Quantiles.of(one) for one in batches])

    assert held.n == len(whole)
    assert rank_error(held, whole) <= held.error + 1 / N_POINTS + 1 / len(whole)


def test_the_order_of_batches_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    parts = [Quantiles.of(np.sort(rng.normal(i, 1, 5000))) for i in range(4)]

    forward, backward = merged(parts), merged(parts[::-1])

    assert forward.points == backward.points
    assert forward.n == backward.n


def test_a_hundred_batches_stay_small_and_near() -> None:
    rng = np.random.default_rng(2)
    batches = [np.sort(rng.normal(size=2000)) for _ in range(100)]

    held = merged([Quantiles.of(one) for one in batches])

    assert len(held.points) == 8 * N_POINTS
    assert held.error < 0.01
    assert rank_error(held, np.sort(np.concatenate(batches))) < 0.005
