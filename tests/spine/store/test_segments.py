"""Segments: plain Parquet with row ids, named by content, with deleted positions beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.refs import RID
from headgate.spine.store import segments as store
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.layout import ROW_HASH
from headgate.spine.store.manifest import Run
from headgate.spine.store.reading import segment_ids
from headgate.spine.store.segments import (
    MAX_RUNS,
    REV,
    SEGMENT_ROWS,
    deleted,
    live_mask,
    read_segment,
    with_deleted,
    with_identity,
    write_segments,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    """An empty store."""
    return LocalBlobs(tmp_path, "acme")


def identified(rows: Any, rids: Any, revs: Any = 1) -> pa.Table:
    """Give rows ids and batches."""
    table = canonical(pa.table(rows))
    batches = np.broadcast_to(np.asarray(revs, np.int64), table.num_rows)
    return with_identity(
        table,
        rids=np.asarray(rids, np.int64),
        revs=np.ascontiguousarray(batches),
        hashes=row_hashes(table),
    )


def test_anybody_can_read_a_segment_as_parquet(blobs: LocalBlobs) -> None:
    (segment,) = write_segments(blobs, identified({"a": ["x", "y"]}, [7, 8]))

    plain = pq.read_table(blobs.locate(segment.key))

    assert plain.column_names == [RID, REV, ROW_HASH, "a"]
    assert plain["a"].to_pylist() == ["x", "y"]
    assert plain[RID].to_pylist() == [7, 8]


def test_equal_content_is_one_file(blobs: LocalBlobs, tmp_path: Path) -> None:
    first = write_segments(blobs, identified({"a": ["x", "y"]}, [7, 8]))

    second = write_segments(blobs, identified({"a": ["x", "y"]}, [7, 8]))

    assert first == second
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_neighbouring_ids_of_one_batch_are_one_run(blobs: LocalBlobs) -> None:
    (segment,) = write_segments(blobs, identified({"a": [0] * 5}, [1, 2, 3, 8, 9], [1, 1, 2, 2, 2]))

    assert segment.runs == (Run(1, 1, 0, 2), Run(2, 3, 2, 1), Run(2, 8, 3, 2))
    assert (segment.rid_lo, segment.rid_hi, segment.rev_lo, segment.rev_hi) == (1, 9, 1, 2)


def test_ids_too_scattered_to_list_are_read_from_the_file(blobs: LocalBlobs) -> None:
    rids = np.arange(0, 2 * (MAX_RUNS + 1), 2)
    (segment,) = write_segments(blobs, identified({"a": [0] * len(rids)}, rids))

    found, _ = segment_ids(blobs, segment)

    assert segment.runs is None
    assert found.tolist() == rids.tolist()


def test_a_big_table_becomes_several_segments(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SEGMENT_ROWS", 3)

    written = write_segments(blobs, identified({"a": list(range(8))}, range(8)))

    assert SEGMENT_ROWS == 131_072
    assert [segment.n_rows for segment in written] == [3, 3, 2]


def test_no_rows_make_no_segment(blobs: LocalBlobs) -> None:
    assert write_segments(blobs, identified({"a": pa.array([], pa.int64())}, [])) == ()


def test_deleted_rows_are_not_read_and_the_file_stays(blobs: LocalBlobs) -> None:
    (segment,) = write_segments(blobs, identified({"a": ["x", "y", "z"]}, [1, 2, 3]))

    once = with_deleted(blobs, segment, np.array([1]))
    twice = with_deleted(blobs, once, np.array([0]))

    assert read_segment(blobs, twice, ["a"])["a"].to_pylist() == ["z"]
    assert read_segment(blobs, once, ["a"])["a"].to_pylist() == ["x", "z"]
    assert read_segment(blobs, segment, ["a"])["a"].to_pylist() == ["x", "y", "z"]
    assert (twice.n_deleted, twice.n_live, twice.digest) == (2, 1, segment.digest)


def test_a_position_deleted_twice_counts_once(blobs: LocalBlobs) -> None:
    (segment,) = write_segments(blobs, identified({"a": ["x", "y"]}, [1, 2]))

    found = with_deleted(blobs, with_deleted(blobs, segment, np.array([1])), np.array([1]))

    assert found.n_deleted == 1
    assert deleted(blobs, found).to_array().tolist() == [1]


def test_ids_of_live_rows_are_told_without_the_file(blobs: LocalBlobs, tmp_path: Path) -> None:
    (segment,) = write_segments(blobs, identified({"a": ["x", "y", "z"]}, [4, 5, 9]))
    some = with_deleted(blobs, segment, np.array([0]))
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()

    rids, revs = segment_ids(blobs, some)

    assert rids.tolist() == [5, 9]
    assert revs.tolist() == [1, 1]
    assert live_mask(blobs, some).tolist() == [False, True, True]


def test_a_column_that_a_segment_has_not_is_left_out(blobs: LocalBlobs) -> None:
    (segment,) = write_segments(blobs, identified({"a": ["x"]}, [1]))

    assert read_segment(blobs, segment, [RID, "a", "b"]).column_names == [RID, "a"]
