"""Tests of counting different values by their smallest hashes."""

from __future__ import annotations

import numpy as np

from headgate.monitor.profiling.distinct import N_HASHES, Distinct, merged


def hashes(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, size=n, dtype=np.uint64)


def test_few_different_values_are_counted_exactly() -> None:
    held = Distinct.of(np.repeat(hashes(300), 7))

    assert (held.n, held.is_exact) == (300, True)


def test_nothing_has_no_different_values() -> None:
    assert Distinct.of(hashes(0)).n == 0
    assert merged([]).n == 0


def test_many_are_estimated_as_well_as_is_said() -> None:
    errors = [Distinct.of(hashes(20_000, seed)).n / 20_000 - 1 for seed in range(60)]

    assert abs(float(np.mean(errors))) < 0.02
    assert 0.03 < float(np.std(errors)) < 0.06


def test_a_value_of_two_batches_counts_once_whatever_their_order() -> None:
    every = hashes(5000, 3)
    one, other = Distinct.of(every[:3000]), Distinct.of(every[2000:])

    both = merged([one, other])

    assert both == Distinct.of(every)
    assert both == merged([other, one])
    assert merged([both, both]) == both
    assert len(both.hashes) == 8 * N_HASHES
