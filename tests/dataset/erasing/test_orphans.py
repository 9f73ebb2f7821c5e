"""Files that nothing names: which hold a subject, and which nobody can read any more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyroaring import BitMap64

from headgate.core.errors import NotFound
from headgate.core.refs import RID
from headgate.dataset.erasing.orphans import (
    half_written,
    loose_digests,
    orphans_holding,
    remove_late,
)
from headgate.spine.store.erasing.blanking import erased_positions
from headgate.spine.store.packs.index import hex_of
from headgate.spine.store.segments import (
    is_whole,
    read_segment,
    read_standing,
    with_deleted,
    with_identity,
    write_segments,
)
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from tests.asking import commit

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

import numpy as np

ANN = "ann@example.org"
WHERE = f"email = '{ANN}'"
DEAD = 4_194_305
"""One more than the largest process there may be."""


def stray(context: Context, rows: dict[str, list[object]], *, blank: tuple[int, ...] = ()) -> str:
    """Write a segment that nothing names; some of its rows without a hash."""
    table = pa.table(rows)
    n_rows = table.num_rows
    hashes = np.arange(2, 2 + 2 * n_rows, dtype=np.uint64).reshape(-1, 2)
    hashes[list(blank)] = 0
    rids = np.arange(900, 900 + n_rows)
    (segment,) = write_segments(
        context.blobs, with_identity(table, rids=rids, revs=rids, hashes=hashes)
    )
    return segment.key


def leave(context: Context, process: int) -> str:
    """Leave a half-written file of a process beside a segment; return its key."""
    key = stray(context, {"id": [1]})
    path = Path(context.blobs.locate(key))
    left = f".{path.name}.{process}.7"
    path.with_name(left).write_bytes(b"half")
    return f"{key.rpartition('/')[0]}/{left}"


def test_an_unnamed_file_is_found_by_the_condition_and_by_words(context: Context) -> None:
    own = stray(context, {"email": [ANN, "bo@example.org"]})
    noted = stray(context, {"note": [f"ask {ANN.upper()}"], "email": ["desk@example.org"]})
    stray(context, {"email": [f"jo{ANN}"]})
    commit(context, "people", {"email": [ANN]})

    by_condition = orphans_holding(context, WHERE, ())
    by_words = orphans_holding(context, WHERE, (ANN,))

    assert by_condition == (own,)
    assert set(by_words) == {own, noted}


def test_an_unnamed_file_in_the_trash_is_found_there(context: Context) -> None:
    key = stray(context, {"email": [ANN]})
    context.blobs.trash(key)

    assert orphans_holding(context, WHERE, ()) == (f"trash/{key}",)


def test_an_unnamed_file_that_cannot_be_read_is_passed_over(context: Context) -> None:
    context.blobs.put("segments/ab/abc.parquet", b"no parquet at all")

    assert orphans_holding(context, WHERE, (ANN,)) == ()
    assert len(loose_digests(context, BitMap64([1]), (ANN,))) == 0


@pytest.mark.parametrize(
    ("process", "is_left"),
    [(DEAD, True), (os.getpid(), False), (1, False)],
    ids=["dead", "own", "first"],
)
def test_half_written_files_of_dead_processes_alone_are_named(
    context: Context, process: int, is_left: bool
) -> None:
    key = leave(context, process)

    assert half_written(context) == ((key,) if is_left else ())


def test_an_erasure_removes_what_dead_processes_left(project: Project, context: Context) -> None:
    project.dataset.commit("people", [{"email": ANN}, {"email": "bo@example.org"}])
    leave(context, DEAD)
    leave(context, os.getpid())

    project.dataset.erase("people", where=WHERE, apply=True)

    names = [path.name for path in (context.root / ".headgate" / "segments").rglob(".*")]
    assert not any(f".{DEAD}." in name for name in names)
    assert any(f".{os.getpid()}." in name for name in names)


def test_half_written_files_alone_are_no_subject(project: Project, context: Context) -> None:
    project.dataset.commit("people", [{"email": "bo@example.org"}])
    key = leave(context, DEAD)

    with pytest.raises(NotFound, match="in any snapshot"):
        project.dataset.erase("people", where=WHERE, apply=True)

    assert context.blobs.has(key)


def test_what_was_staged_late_is_removed_unless_it_is_named(context: Context) -> None:
    late = stray(context, {"email": [ANN]})
    commit(context, "people", {"email": [ANN]})

    remove_late(context, WHERE, (ANN,))

    assert not context.blobs.has(late)
    segment = manifest_of(context, find_snapshot(context, "people")).segments[0]
    assert context.blobs.has(segment.key)


def test_digests_are_taken_by_id_and_by_word_in_a_path(context: Context) -> None:
    digests = [letter * 64 for letter in "abc"]
    stray(context, {"path": ["x", f"of/{ANN}/y", "z"], "digest": [*digests]})
    stray(context, {"path": ["no", "digest"]})

    by_id = loose_digests(context, BitMap64([902]), ())
    by_word = loose_digests(context, BitMap64(), (ANN,))

    assert hex_of(by_id) == [digests[2]]
    assert hex_of(by_word) == [digests[1]]


def test_rows_without_a_hash_are_marked_as_erased_when_written(context: Context) -> None:
    key = stray(context, {"email": ["a", "b", "c"]}, blank=(1,))

    schema = pq.read_schema(context.blobs.locate(key))

    assert list(erased_positions(schema)) == [1]


def test_who_reads_to_write_gets_blank_rows_and_who_reads_does_not(context: Context) -> None:
    table = pa.table({"email": ["a", None, "c"]})
    hashes = np.array([[1, 1], [0, 0], [3, 3]], np.uint64)
    rids = np.array([7, 8, 9])
    (segment,) = write_segments(
        context.blobs, with_identity(table, rids=rids, revs=rids, hashes=hashes)
    )
    thinned = with_deleted(context.blobs, segment, np.array([0]))

    assert read_standing(context.blobs, thinned, [RID])[RID].to_pylist() == [8, 9]
    assert read_segment(context.blobs, thinned, [RID])[RID].to_pylist() == [9]
    assert not is_whole(context.blobs, segment)
