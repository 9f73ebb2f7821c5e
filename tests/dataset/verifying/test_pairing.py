"""Pairing equal hashes: each of many once, as counting by hand does."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headgate.dataset.verifying.pairing import n_repeated, paired

NUMBERS = st.lists(st.integers(0, 4), max_size=12)


def lanes(values: list[int]) -> np.ndarray:
    return np.array([[value // 2, value] for value in values], np.uint64).reshape(-1, 2)


@given(NUMBERS, NUMBERS)
def test_pairs_are_equal_and_what_is_left_is_the_difference_of_the_counts(
    a: list[int], b: list[int]
) -> None:
    pairs = paired(lanes(a), lanes(b))

    assert [a[i] for i in pairs.a] == [b[i] for i in pairs.b]
    assert Counter(a[i] for i in pairs.only_a) == Counter(a) - Counter(b)
    assert Counter(b[i] for i in pairs.only_b) == Counter(b) - Counter(a)
    assert sorted([*pairs.a, *pairs.only_a]) == list(range(len(a)))
    assert sorted([*pairs.b, *pairs.only_b]) == list(range(len(b)))


@given(NUMBERS)
def test_what_stands_more_than_once_is_counted_each_time(a: list[int]) -> None:
    counts = Counter(a).values()

    assert n_repeated(lanes(a)) == sum(count for count in counts if count > 1)
