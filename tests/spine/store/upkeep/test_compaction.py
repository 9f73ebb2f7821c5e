"""Compaction: which segments are written anew, and that no answer changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from headgate.spine.store.manifest import Manifest, Segment
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import OWN, SEGMENT_ROWS
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.store.upkeep.compaction import MANY, Group, plan
from tests.asking import commit, compact, diff, fresh, fsck, read, root_of
from tests.laws.histories import STEPS, Step, play

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from headgate.spine.context import Context


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """One project for all examples; each has a dataset of its own."""
    with fresh() as context:
        yield context


def segment(n_rows: int, n_deleted: int = 0) -> Segment:
    """Describe a segment without writing it."""
    return Segment(
        digest="0",
        n_rows=n_rows,
        n_bytes=0,
        rid_lo=1,
        rid_hi=n_rows,
        rev_lo=1,
        rev_hi=1,
        runs=None,
        n_deleted=n_deleted,
    )


def manifest(context: Context, name: str, at: str | None = None) -> Manifest:
    """Read a snapshot's manifest."""
    return manifest_of(context, find_snapshot(context, name, at))


def everything(context: Context, name: str, at: str | None = None) -> pa.Table:
    """Read all rows in their order, with ids, batches and hashes."""
    return read_rows(context.blobs, manifest(context, name, at), own=OWN)


def test_full_segments_with_few_deleted_rows_are_left_alone() -> None:
    full = segment(SEGMENT_ROWS, n_deleted=SEGMENT_ROWS // 5)

    groups = plan([full, full])

    assert groups == []


def test_a_segment_with_more_than_a_fifth_deleted_is_written_anew() -> None:
    full, thin = segment(SEGMENT_ROWS), segment(SEGMENT_ROWS, n_deleted=SEGMENT_ROWS // 4)

    groups = plan([full, thin, full])

    assert groups == [Group(1, 2)]


def test_small_neighbours_are_joined_while_they_fit_one_segment() -> None:
    small, full = segment(50_000), segment(SEGMENT_ROWS)

    groups = plan([small, small, small, full, small])

    assert groups == [Group(0, 2)]


def test_a_thin_segment_is_joined_with_small_neighbours() -> None:
    thin = segment(SEGMENT_ROWS, n_deleted=100_000)

    groups = plan([segment(10), thin, segment(20)])

    assert groups == [Group(0, 3)]


def test_compacted_rows_keep_order_ids_batches_and_hashes(context: Context) -> None:
    for n in range(5):
        commit(context, "orders", {"id": [n, n + 10], "n": [n, n]}, mode="upsert", key=("id",))
    commit(context, "orders", {"id": [3], "n": [99]}, mode="upsert")
    before = everything(context, "orders")

    report = compact(context, "orders")

    assert report.snapshot.kind == "compact"
    assert report.before.n_segments == 6
    assert report.after is not None
    assert (report.after.n_segments, report.after.n_deleted) == (1, 0)
    assert everything(context, "orders").equals(before)
    assert report.snapshot.content_root == root_of(read(context, "orders"))
    assert diff(context, "orders", 6, 7).n_same == 10


def test_columns_that_came_later_are_null_in_older_rows(context: Context) -> None:
    commit(context, "orders", {"id": [1], "n": [1]})
    commit(context, "orders", {"id": [2], "n": [0.5], "note": ["b"]}, mode="append")

    compact(context, "orders")

    assert read(context, "orders").to_pylist() == [
        {"id": 1, "n": 1.0, "note": None},
        {"id": 2, "n": 0.5, "note": "b"},
    ]
    assert fsck(context, deep=True).problems == ()


def test_a_segment_whose_rows_are_all_deleted_leaves_no_file(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2, 3]}, key=("id",))
    commit(context, "orders", {"id": [4]}, mode="append")
    commit(context, "orders", {"id": [1, 2]}, mode="replace")

    report = compact(context, "orders")

    assert read(context, "orders")["id"].to_pylist() == [1, 2]
    assert report.after is not None
    assert report.after.n_segments == 1


def test_many_small_commits_keep_the_manifest_small(context: Context) -> None:
    for n in range(2 * MANY + 10):
        commit(context, "orders", {"id": [n]}, mode="append")

    snapshot = find_snapshot(context, "orders")

    assert len(manifest(context, "orders").segments) <= MANY + 1
    assert read(context, "orders")["id"].to_pylist() == list(range(2 * MANY + 10))
    assert snapshot.n_added == 1
    assert snapshot.content_root == root_of({"id": list(range(2 * MANY + 10))})
    assert fsck(context).problems == ()


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_compaction_changes_no_answer(shared: Context, steps: list[Step]) -> None:
    history = play(shared, steps)
    before = everything(shared, history.name)
    old = find_snapshot(shared, history.name)

    compact(shared, history.name)

    history.check()
    new = find_snapshot(shared, history.name)
    assert everything(shared, history.name).equals(before)
    assert (new.content_root, new.n_rows) == (old.content_root, old.n_rows)
    assert new.number == old.number or (new.n_added, new.n_removed, new.n_changed) == (0, 0, 0)
    assert plan(manifest(shared, history.name).segments) == []
