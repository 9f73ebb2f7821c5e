"""Tests of the most frequent values of batches."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.profiles.categorical import kept_name
from headgate.monitor.profiling.frequent import N_KEPT, Frequent, merged


def test_the_most_frequent_stand_first() -> None:
    held = Frequent.of([("b", 2), ("a", 5), ("c", 2)])

    assert held.names == ("a", "b", "c")
    assert held.counts == (5, 2, 2)
    assert held.most_missed == 0


def test_what_is_left_out_is_told_by_its_largest_count() -> None:
    held = Frequent.of([(f"v{i}", N_KEPT + 10 - i) for i in range(N_KEPT + 5)])

    assert len(held.names) == N_KEPT
    assert held.most_missed == 10


def test_a_long_name_is_kept_by_its_digest() -> None:
    secret = "a sentence that somebody wrote and that nobody else needs to read here"

    held = Frequent.of([(secret, 3)])

    assert held.names == (kept_name(secret, hidden=True),)
    assert secret not in str(held)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_a_merged_count_lies_within_what_is_told(n_batches: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    batches = [[f"v{x}" for x in rng.zipf(1.3, 2000) % 400] for _ in range(n_batches)]
    true = Counter(value for batch in batches for value in batch)

    held = merged([Frequent.of(list(Counter(batch).items())) for batch in batches])

    for name, n in zip(held.names, held.counts, strict=True):
        assert n <= true[name] <= n + held.most_missed
    missing = max((n for name, n in true.items() if name not in held.names), default=0)
    assert missing <= held.most_missed
