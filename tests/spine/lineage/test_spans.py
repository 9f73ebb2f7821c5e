"""Ranges and matches that are quick on sorted edges find what a plain look at each edge finds."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from headgate.spine.lineage.affected import Affected

ROWS = st.sets(st.integers(1, 40), min_size=1)
EDGES = st.lists(st.tuples(st.integers(0, 45), st.integers(-1, 6)))


NOTHING: Any = SimpleNamespace(blobs=None)
"""A context of which only the blobs are asked, and those never."""


@given(st.dictionaries(st.integers(0, 5), ROWS), EDGES, st.booleans())
def test_matches_are_those_of_a_look_at_each_edge(
    batches: dict[int, set[int]], edges: list[tuple[int, int]], is_sorted: bool
) -> None:
    affected = Affected(NOTHING)
    for rev, rows in batches.items():
        affected.add(rev, BitMap64(rows))
    chosen = sorted(edges) if is_sorted else edges

    hits = affected.matches(
        np.array([rid for rid, _ in chosen], np.int64),
        np.array([rev for _, rev in chosen], np.int64),
    )

    anywhere = set().union(*batches.values())
    assert hits.tolist() == [
        rid in (anywhere if rev == -1 else batches.get(rev, set())) for rid, rev in chosen
    ]


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**6)), min_size=1))
def test_spans_are_few_and_hold_every_row(ranges: list[tuple[int, int]]) -> None:
    affected = Affected(NOTHING)
    for rev, (low, length) in enumerate(ranges):
        affected.add(rev, BitMap64([low, low + length]))

    spans = affected.rid_spans

    assert 1 <= len(spans) <= 4
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    for low, length in ranges:
        assert any(first <= low and low + length <= last for first, last in spans)
