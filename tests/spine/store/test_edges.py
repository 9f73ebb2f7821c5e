"""Edge segments: who came from whom, sorted by the parent's batch and then by its id."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.edges import (
    ANY_REV,
    EdgeRun,
    edge_runs,
    joined,
    read_children,
    read_edges,
    read_parents,
    write_edges,
)

EDGES = st.lists(st.tuples(st.integers(1, 30), st.integers(-1, 3), st.integers(1, 30)), max_size=20)


def put(blobs: LocalBlobs, edges: list[tuple[int, int, int]]) -> str:
    """Write edges (parent, batch of the parent, child)."""
    columns = np.array(edges, np.int64).reshape(-1, 3).T
    return write_edges(blobs, columns[0], columns[1], columns[2])


def got(blobs: LocalBlobs, key: str) -> list[tuple[int, ...]]:
    """Read edges as tuples."""
    return list(zip(*(column.tolist() for column in read_edges(blobs, key)), strict=True))


def test_edges_are_read_sorted_by_batch_and_parent(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    key = put(blobs, [(9, 1, 20), (3, 2, 21), (3, ANY_REV, 20), (2, 1, 22)])

    assert got(blobs, key) == [(3, ANY_REV, 20), (2, 1, 22), (9, 1, 20), (3, 2, 21)]


def test_the_file_says_where_each_batch_begins(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    key = put(blobs, [(9, 1, 20), (3, 2, 21), (2, 1, 22)])

    assert edge_runs(blobs, key) == [
        EdgeRun(rev=1, start=0, n_edges=2, rid_lo=2, rid_hi=9),
        EdgeRun(rev=2, start=2, n_edges=1, rid_lo=3, rid_hi=3),
    ]


def test_the_same_edges_in_another_order_are_the_same_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    keys = {put(blobs, [(1, 1, 5), (2, 1, 6)]), put(blobs, [(2, 1, 6), (1, 1, 5)])}

    assert len(keys) == 1


def test_no_edges_are_an_empty_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    key = put(blobs, [])

    assert (got(blobs, key), edge_runs(blobs, key)) == ([], [])


def test_children_are_kept_small_where_they_are_and_whole_where_not(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    small, large = put(blobs, [(1, 1, 7)]), put(blobs, [(1, 1, 2**40)])

    kinds = [str(pq.read_schema(blobs.locate(key)).field("child").type) for key in (small, large)]
    assert kinds == ["int32", "int64"]
    assert got(blobs, large) == [(1, 1, 2**40)]


def test_anything_that_reads_parquet_reads_edges(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    table = pq.read_table(blobs.locate(put(blobs, [(4, 2, 8)])))

    assert table.to_pylist() == [{"parent_rid": 4, "parent_rev": 2, "child": 8}]


@given(EDGES)
def test_reading_some_runs_gives_their_edges_and_no_others(
    edges: list[tuple[int, int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        blobs = LocalBlobs(Path(folder), "acme")
        key = put(blobs, edges)
        runs = [run for run in edge_runs(blobs, key) if run.rev % 2]

        parents = [column.tolist() for column in read_parents(blobs, key, runs)]
        children = read_children(blobs, key, runs).tolist()

        wanted = sorted((rev, rid, child) for rid, rev, child in edges if rev % 2)
        assert list(zip(parents[1], parents[0], parents[2], strict=True)) == wanted
        assert children == [child for _, _, child in wanted]


@given(st.lists(st.integers(0, 5), max_size=12))
def test_joined_ranges_hold_the_same_places_and_never_touch(lengths: list[int]) -> None:
    ends = np.cumsum(lengths).tolist()
    spans = [(end - length, end) for end, length in zip(ends, lengths, strict=True) if length % 2]

    found = joined(spans)

    assert [at for low, high in found for at in range(low, high)] == [
        at for low, high in spans for at in range(low, high)
    ]
    assert all(one[1] < two[0] for one, two in itertools.pairwise(found))
