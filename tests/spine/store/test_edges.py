"""Edge segments: who came from whom, sorted by parent."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from headgate.spine.store import edges as store
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.edges import ANY_REV, read_edges, write_edges

if TYPE_CHECKING:
    import pytest


def put(blobs: LocalBlobs, edges: list[tuple[int, int, int]]) -> str:
    """Write edges (parent, batch of the parent, child)."""
    columns = np.array(edges, np.int64).reshape(-1, 3).T
    return write_edges(blobs, columns[0], columns[1], columns[2])


def got(
    blobs: LocalBlobs, key: str, between: tuple[int, int] | None = None
) -> list[tuple[int, ...]]:
    """Read edges as tuples."""
    return list(
        zip(*(column.tolist() for column in read_edges(blobs, key, between=between)), strict=True)
    )


def test_edges_are_read_sorted_by_parent(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    key = put(blobs, [(9, 1, 20), (3, 2, 21), (3, ANY_REV, 20)])

    assert got(blobs, key) == [(3, ANY_REV, 20), (3, 2, 21), (9, 1, 20)]


def test_the_same_edges_in_another_order_are_the_same_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    keys = {put(blobs, [(1, 1, 5), (2, 1, 6)]), put(blobs, [(2, 1, 6), (1, 1, 5)])}

    assert len(keys) == 1


def test_no_edges_are_an_empty_file(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    assert got(blobs, put(blobs, [])) == []
    assert got(blobs, put(blobs, []), between=(1, 2)) == []


def test_a_range_of_parents_opens_only_the_groups_that_may_hold_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "GROUP_ROWS", 10)
    blobs = LocalBlobs(tmp_path, "acme")
    key = put(blobs, [(parent, 1, parent + 1000) for parent in range(100)])

    found = got(blobs, key, between=(25, 31))

    assert [parent for parent, _, _ in found] == list(range(20, 40))
    assert pq.ParquetFile(blobs.locate(key)).num_row_groups == 10


EDGES = st.lists(st.tuples(st.integers(1, 30), st.integers(-1, 3), st.integers(1, 30)), max_size=20)


@given(EDGES, st.integers(1, 30), st.integers(1, 30))
def test_a_range_never_misses_an_edge(
    edges: list[tuple[int, int, int]], low: int, high: int
) -> None:
    with TemporaryDirectory() as folder:
        blobs = LocalBlobs(Path(folder), "acme")
        found = got(blobs, put(blobs, edges), between=(min(low, high), max(low, high)))

        wanted = [edge for edge in sorted(edges) if min(low, high) <= edge[0] <= max(low, high)]
        assert [edge for edge in found if edge in set(wanted)] == wanted
