"""fsck names every fault: bytes flipped, files cut short or gone, names that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, update

from headgate.core.errors import NotFound
from headgate.spine.store import queries
from headgate.spine.store.manifest import Manifest, save_manifest
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.store.tables import events, refs, versions
from tests.asking import commit, fsck, gc, kinds
from tests.spine.store.upkeep.test_gc import live_through, stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.dataset.upkeep.reports import FsckReport
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

AREAS = (
    "deletions",
    "edges",
    "manifests",
    "models",
    "packs",
    "prediction_ids",
    "predictions",
    "quarantine",
    "rowsets",
    "segments",
)


def flip(path: Path) -> None:
    """Flip one bit of a file's content; of Parquet in its largest column, after the header."""
    data = bytearray(path.read_bytes())
    place = len(data) // 2
    if data[-4:] == b"PAR1":
        group = pq.ParquetFile(path).metadata.row_group(0)
        columns = [group.column(index) for index in range(group.num_columns)]
        largest = max(columns, key=lambda one: one.total_compressed_size)
        start = largest.dictionary_page_offset or largest.data_page_offset
        place = start + largest.total_compressed_size - 4
    data[place] ^= 1
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    """Cut the last bytes off a file."""
    data = path.read_bytes()
    path.write_bytes(data[: -max(1, len(data) // 4)])


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def found(report: FsckReport) -> list[tuple[str, str]]:
    """List kinds and subjects of problems."""
    return [(one.kind, one.subject) for one in report.problems]


@pytest.mark.parametrize(
    ("fault", "kind"), [(flip, "damaged"), (cut, "damaged"), (remove, "missing")]
)
def test_a_fault_in_any_kind_of_blob_is_named(
    project: Project, context: Context, fault: Callable[[Path], None], kind: str
) -> None:
    live_through(project)
    keys = {area: next(k for k in sorted(stored(context)) if k.startswith(area)) for area in AREAS}

    for key in keys.values():
        path = Path(context.blobs.locate(key))
        whole = path.read_bytes()
        fault(path)
        report = fsck(context, deep=True)
        path.write_bytes(whole)

        assert (kind, key) in found(report)
        assert {one.subject for one in report.problems} <= {key, key.replace("parquet", "pack")}
        assert all(one.mend for one in report.problems)


def test_a_sound_project_has_no_problem(project: Project, context: Context) -> None:
    live_through(project)

    report = fsck(context)

    assert (report.problems, report.repairs, report.has_findings) == ((), (), False)
    assert report.is_deep
    assert (report.n_snapshots, report.n_orphans, report.n_leftovers) == (4, 0, 0)
    assert report.n_files == len(stored(context))


def test_without_deep_counts_and_ids_are_checked_and_content_is_not(context: Context) -> None:
    commit(context, "orders", {"id": [1], "name": ["a" * 4_000]})
    key = next(key for key in stored(context) if key.startswith("segments"))
    path = Path(context.blobs.locate(key))
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])

    assert fsck(context, deep=False).problems == ()
    assert found(fsck(context, deep=True)) == [("damaged", key)]


def test_a_problem_names_the_snapshots_that_need_the_file(context: Context) -> None:
    for n in range(3):
        commit(context, "orders", {"id": [n]}, mode="append")
    key = manifest_of(context, find_snapshot(context, "orders", "2")).segments[1].key
    remove(Path(context.blobs.locate(key)))

    problems = fsck(context).problems

    assert [one.needed_by for one in problems] == [("orders@2", "orders@3")]


def rewritten(context: Context, change: Callable[[Manifest], Manifest]) -> str:
    """Give the newest snapshot of orders another manifest; return its name."""
    head = find_snapshot(context, "orders")
    manifest = change(manifest_of(context, head))
    version_id = save_manifest(context.blobs, manifest)
    with context.catalog.write() as connection:
        told = {"content_root": manifest.content_root, "n_rows": manifest.n_rows}
        connection.execute(
            update(versions)
            .where(versions.c.number == head.number)
            .values(version_id=version_id, **told)
        )
    return f"orders@{head.number}"


def test_row_ids_that_stand_twice_in_a_snapshot_are_found(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "orders", {"id": [1, 2]}, mode="replace")
    first = manifest_of(context, find_snapshot(context, "orders", "1")).segments

    name = rewritten(
        context,
        lambda old: msgspec.structs.replace(
            old, segments=(*old.segments, *first), n_rows=old.n_rows + 1
        ),
    )

    assert ("row_ids", name) in found(fsck(context))


def test_row_hashes_that_do_not_add_up_are_found(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    name = rewritten(context, lambda old: msgspec.structs.replace(old, lanes=(1, 2)))

    assert found(fsck(context, deep=True)) == [("content_root", name)]
    assert fsck(context, deep=False).problems == ()


def test_runs_that_lie_are_found(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]})

    def lying(old: Manifest) -> Manifest:
        segment = old.segments[0]
        run = segment.runs[0] if segment.runs else None
        assert run is not None
        shifted = msgspec.structs.replace(run, rid=run.rid + 7)
        bounds = {"rid_lo": segment.rid_lo + 7, "rid_hi": segment.rid_hi + 7}
        moved = msgspec.structs.replace(segment, runs=(shifted,), **bounds)
        return msgspec.structs.replace(old, segments=(moved,))

    rewritten(context, lying)

    (problem,) = fsck(context, deep=True).problems
    assert problem.kind == "damaged"
    assert "outside the manifest's bounds" in problem.message


def test_a_catalog_line_that_does_not_fit_its_manifest_is_found(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    with context.catalog.write() as connection:
        connection.execute(update(versions).values(n_rows=5))

    assert found(fsck(context)) == [("mismatch", "orders@1")]


def test_a_tag_that_points_nowhere_is_found_and_dropped(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    with context.catalog.write() as connection:
        queries.put_ref(connection, context.tenant, queries.Pointer("orders", "bad", "tag", 9))

    before = fsck(context)
    report = fsck(context, repair=True)

    assert found(before) == [("ref", "orders@bad")]
    assert report.repairs == ("dropped tag orders@bad",)
    assert report.problems == ()
    assert kinds(context)[-1] == "tag_dropped"


def test_a_branch_that_points_nowhere_is_found_and_left(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    with context.catalog.write() as connection:
        connection.execute(update(refs).values(number=9))

    assert found(fsck(context, repair=True)) == [("ref", "orders@main")]


def test_a_missing_event_is_found(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "orders", {"id": [2]})
    with context.catalog.write() as connection:
        connection.execute(delete(events).where(events.c.seq == 1))

    (problem,) = fsck(context).problems
    assert (problem.kind, problem.message) == ("events", "the chain is broken at event 1")


def test_what_lies_in_the_trash_and_is_needed_is_brought_back(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    key = manifest_of(context, find_snapshot(context, "orders")).segments[0].key
    context.blobs.trash(key)

    before = fsck(context)
    report = fsck(context, repair=True)

    assert found(before) == [("trashed", key)]
    assert report.repairs == (f"brought {key} back from the trash",)
    assert report.problems == ()


def test_orphans_and_leftovers_are_counted_and_are_no_problem(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    context.blobs.put("segments/ab/abc.parquet", b"orphan")
    context.blobs.put("segments/cd/cde.parquet", b"trashed")
    context.blobs.trash("segments/cd/cde.parquet")

    report = fsck(context)

    assert report.problems == ()
    assert (report.n_orphans, report.n_orphan_bytes, report.n_trash) == (1, 6, 1)


def test_an_expired_snapshot_is_no_problem(context: Context) -> None:
    for n in range(3):
        commit(context, "orders", {"id": [n]}, mode="replace")
    gc(context, keep_last=1, purge=True)

    report = fsck(context, deep=True)

    assert report.problems == ()
    assert report.n_snapshots == 3


def test_lists_and_structs_keep_their_digest_through_parquet(context: Context) -> None:
    rows = pa.table(
        {
            "many": pa.array([[1, 2], None, []]),
            "deep": pa.array([[["a"]], [], None]),
            "one": pa.array([{"at": [0.5]}, None, {"at": None}]),
        }
    )
    commit(context, "orders", rows)

    assert fsck(context, deep=True).problems == ()


def test_one_dataset_is_checked_alone(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "broken", {"id": [2]})
    remove(Path(context.blobs.locate(manifest_key(context, "broken"))))

    assert fsck(context, "orders").problems == ()
    assert len(fsck(context, "broken").problems) == 1
    with pytest.raises(NotFound, match="no dataset named 'nope'"):
        fsck(context, "nope")


def manifest_key(context: Context, name: str) -> str:
    """Say where the manifest of a dataset's newest snapshot lies."""
    version_id = find_snapshot(context, name).version_id
    return f"manifests/{version_id[:2]}/{version_id}.json"


def test_the_files_of_a_lost_manifest_are_not_taken_for_orphans(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    remove(Path(context.blobs.locate(manifest_key(context, "orders"))))

    report = fsck(context)

    assert report.n_orphans == 0
    assert report.problems[0].kind == "missing"
