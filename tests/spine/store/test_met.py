"""Keys that came in chunks are met again, however the chunks are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.spine.store.canonical import U64
from headgate.spine.store.met import Met


def keys(*values: int) -> U64:
    """Hashes that lie far apart, as those of rows do; two neighbours share their first lane."""
    first = np.array([one // 2 * 2**61 for one in values], np.uint64)
    return np.column_stack([first, np.array(values, np.uint64)])


@given(st.lists(st.lists(st.integers(0, 7).map(lambda one: 2 * one), max_size=9), max_size=12))
def test_a_key_is_met_if_a_chunk_before_had_it(chunks: list[list[int]]) -> None:
    met = Met()
    before: set[int] = set()

    for chunk in chunks:
        found = met.meet(keys(*chunk))

        assert found.tolist() == [one in before for one in chunk]
        before |= set(chunk)
    assert met.n_kept == sum(map(len, chunks))
    assert not met.is_full


def test_keys_that_share_a_lane_are_different_keys() -> None:
    met = Met()
    met.meet(keys(2))

    assert met.meet(keys(3, 2)).tolist() == [False, True]


def test_what_is_more_than_it_keeps_is_still_held_to_what_it_keeps() -> None:
    met = Met(most=3)
    met.meet(keys(0, 2))
    is_full_before = met.is_full

    found = met.meet(keys(4, 6, 0))
    later = met.meet(keys(2, 4, 6))

    assert (is_full_before, met.is_full, met.n_kept) == (False, True, 3)
    assert found.tolist() == [False, False, True]
    assert later.tolist() == [True, True, False]


@pytest.mark.parametrize("n_chunks", [1, 7, 64])
def test_many_chunks_of_many_keys_are_told_as_a_set_tells_them(n_chunks: int) -> None:
    rng = np.random.default_rng(n_chunks)
    met, before = Met(), set[int]()

    for _ in range(n_chunks):
        values = rng.integers(0, 50_000, 1_000)
        lanes = np.column_stack([values.astype(np.uint64) * np.uint64(2**40), values])
        found = met.meet(lanes.astype(np.uint64))

        assert found.tolist() == [one in before for one in values.tolist()]
        before |= set(values.tolist())
