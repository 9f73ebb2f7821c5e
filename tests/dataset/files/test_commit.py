"""Committing folders: a row a file, bytes once, nothing read twice, and everything comes back."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3
from hypothesis import given, settings

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.spine.store import quarantine
from headgate.spine.store.packs import pack as packs
from headgate.spine.store.packs.queries import pack_rows
from tests.asking import commit as commit_rows
from tests.asking import diff, fresh, ids, kinds, log, read, restore, values
from tests.dataset.trees import TREES, commit, exported, tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

COUNT = itertools.count()
FILES = {"a/p.jpg": b"picture", "a/p.json": b"{}", "b/s.wav": b"sound"}


def stored(context: Context) -> list[tuple[int, int]]:
    """List files and bytes of each pack."""
    with context.catalog.read() as connection:
        return [(one.n_files, one.n_bytes) for one in pack_rows(connection, context.tenant)]


def waiting(context: Context, name: str = "photos") -> list[tuple[str, str]]:
    """List what waits in quarantine as (path, reason)."""
    return [(row["raw"], row["reason"]) for row in quarantine.read(context, name).to_pylist()]


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """A project for laws over many examples, each with a dataset of its own."""
    with fresh() as context:
        yield context


# ---- rows


@pytest.mark.row("S3-75")
def test_a_folder_becomes_a_row_a_file(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)

    snapshot = commit(context, folder, message="first")

    assert (snapshot.number, snapshot.n_added, snapshot.message) == (1, 3, "first")
    assert values(context, "photos") == {
        "path": ["a/p.jpg", "a/p.json", "b/s.wav"],
        "size_bytes": [7, 2, 5],
        "digest": [blake3(data).hexdigest() for data in FILES.values()],
        "media_type": ["image/jpeg", "application/json", "audio/wav"],
        "asset": ["a/p", "a/p", "b/s"],
    }


@pytest.mark.row("S3-52")
def test_files_of_one_name_are_one_asset_whatever_they_hold(
    context: Context, tmp_path: Path
) -> None:
    names = ["scan.jpg", "scan.json", "scan.wav", "scan.en.txt", "scan 2.jpg", "2026.01.05.jpg"]
    folder = write(tmp_path / "in", {name: name.encode() for name in names})

    commit(context, folder)

    rows: list[Any] = read(context, "photos").to_pylist()
    found = {row["path"]: row["asset"] for row in rows}
    assert {name for name in names if found[name] == "scan"} == set(names[:4])
    assert (found["scan 2.jpg"], found["2026.01.05.jpg"]) == ("scan 2", "2026.01.05")


def test_a_changed_file_keeps_its_row(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    commit(context, folder)
    before = ids(context, "photos", "path")

    write(folder, {"a/p.jpg": b"another", "b/new.wav": b"new"}, age_s=0)
    (folder / "b/s.wav").unlink()
    snapshot = commit(context, folder)

    assert (snapshot.n_added, snapshot.n_changed, snapshot.n_removed) == (1, 1, 1)
    after = ids(context, "photos", "path")
    assert {path: after[path] for path in ("a/p.jpg", "a/p.json")} == {
        path: before[path] for path in ("a/p.jpg", "a/p.json")
    }
    assert diff(context, "photos", 1, 2).changed_columns == {"digest": 1}


def test_an_upsert_takes_files_and_keeps_the_others(context: Context, tmp_path: Path) -> None:
    commit(context, write(tmp_path / "monday", {"a": b"1", "b": b"2"}))

    snapshot = commit(context, write(tmp_path / "tuesday", {"b": b"3", "c": b"4"}), mode="upsert")

    assert (snapshot.n_rows, snapshot.n_added, snapshot.n_changed) == (3, 1, 1)
    assert exported(context, tmp_path / "out") == {"a": b"1", "b": b"3", "c": b"4"}


def test_restore_brings_files_back(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    commit(context, folder)
    (folder / "a/p.jpg").unlink()
    commit(context, folder)

    restore(context, "photos", 1)

    assert exported(context, tmp_path / "out") == FILES


# ---- laws


@settings(max_examples=10)
@given(first=TREES, second=TREES)
def test_what_is_exported_is_what_was_committed(
    shared: Context, first: dict[str, bytes], second: dict[str, bytes]
) -> None:
    name = f"photos{next(COUNT)}"
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        commit(shared, write(place / "1", first), name)

        newest = commit(shared, write(place / "2", second), name).number
        found = [exported(shared, place / f"out {n}", name, at) for n, at in enumerate((1, newest))]

    assert found == [first, second]


@settings(max_examples=10)
@given(files=TREES)
def test_the_content_root_does_not_depend_on_how_packs_are_filled(
    shared: Context, files: dict[str, bytes]
) -> None:
    roots: set[str] = set()
    for size in (1, 50, packs.PACK_BYTES):
        drop_all_packs(shared)
        with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
            patch.setattr(packs, "PACK_BYTES", size)
            folder = write(Path(scratch) / "in", files)
            roots.add(commit(shared, folder, f"photos{next(COUNT)}").content_root)

    assert len(roots) == 1


def test_an_unchanged_folder_makes_no_snapshot_and_is_not_read(
    context: Context, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", FILES)
    first = commit(context, folder)
    (folder / "a/p.jpg").chmod(0)

    second = commit(context, folder) if os.getuid() == 0 else first

    assert (second.number, second.content_root) == (1, first.content_root)
    assert len(log(context, "photos")) == 1
    assert kinds(context) == ["snapshot_committed", "files_packed"]


def test_without_the_cache_an_unchanged_folder_makes_no_snapshot_either(
    context: Context, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", FILES)
    commit(context, folder)
    for path in (context.opened.home / "cache" / "files").iterdir():
        path.unlink()

    again = commit(context, folder)

    assert (again.number, again.is_new) == (1, False)
    assert len(stored(context)) == 1


def test_a_touched_file_is_no_changed_row(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    commit(context, folder)
    os.utime(folder / "a/p.jpg")

    again = commit(context, folder)

    assert (again.number, again.is_new) == (1, False)


# ---- bytes


def test_the_same_bytes_are_kept_once_whatever_dataset(context: Context, tmp_path: Path) -> None:
    commit(context, write(tmp_path / "1", {"a": b"same", "b/c": b"same", "d": b"other"}))

    commit(context, write(tmp_path / "2", {"x": b"same", "y": b"new"}), name="more")

    assert sorted(stored(context)) == [(1, 3), (2, 9)]
    assert exported(context, tmp_path / "out", "more") == {"x": b"same", "y": b"new"}


def test_a_file_above_8_mib_has_a_pack_of_its_own(context: Context, tmp_path: Path) -> None:
    large = os.urandom(1024) * (packs.LARGE_BYTES // 1024) + b"!"
    folder = write(tmp_path / "in", {"large.bin": large, "small": b"s", "again.bin": large})

    commit(context, folder)

    assert sorted(stored(context)) == [(1, 1), (1, len(large))]
    assert exported(context, tmp_path / "out") == tree(folder)
    assert list((context.opened.home / "cache" / "scratch").iterdir()) == []


def test_bytes_lost_with_a_pack_are_packed_again(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a": b"1"})
    commit(context, folder)
    commit(context, write(tmp_path / "other", {"b": b"2"}))
    drop_all_packs(context)

    snapshot = commit(context, folder)

    assert (snapshot.number, snapshot.n_rows) == (3, 1)
    assert exported(context, tmp_path / "out") == {"a": b"1"}


def drop_all_packs(context: Context) -> None:
    """Forget every pack, as a collection does with dead ones."""
    from headgate.spine.store.packs.queries import drop_packs

    with context.catalog.write() as connection:
        rows = pack_rows(connection, context.tenant)
        drop_packs(connection, context.tenant, [one.pack for one in rows])


# ---- what is refused


def test_a_folder_is_not_committed_into_a_table(context: Context, tmp_path: Path) -> None:
    commit_rows(context, "orders", {"id": [1]})

    with pytest.raises(Conflict, match="holds a table"):
        commit(context, write(tmp_path / "in", FILES), name="orders")


def test_what_is_no_folder_is_refused(context: Context, tmp_path: Path) -> None:
    file = write(tmp_path / "in", {"a": b"1"}) / "a"

    with pytest.raises(Invalid, match="is no folder"):
        commit(context, file)
    with pytest.raises(NotFound, match="no folder"):
        commit(context, tmp_path / "nowhere")


def test_an_empty_folder_is_a_dataset_without_files(context: Context, tmp_path: Path) -> None:
    snapshot = commit(context, write(tmp_path / "in", {}))

    assert (snapshot.number, snapshot.n_rows) == (1, 0)
    assert exported(context, tmp_path / "out") == {}


# ---- branches and runs


def test_a_run_that_writes_files_is_their_parent(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("raw", [{"id": 1}])
    folder = write(tmp_path / "in", FILES)

    with project.run("render") as run:
        project.dataset.read("raw")
        snapshot: Any = project.dataset.commit("photos", folder)

    assert snapshot.run_id == run.id
    [row] = project.dataset.read("photos", where="path = 'b/s.wav'", row_ids=True).to_pylist()
    assert "raw" in str(project.trace(f"row:{row['_rid']}"))


@pytest.mark.row("S3-75")
def test_predictions_and_labels_can_point_at_a_file_by_its_row(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("photos", write(tmp_path / "in", FILES))
    files = project.dataset.read("photos", row_ids=True).to_pylist()

    with project.run("label"):
        project.dataset.read("photos")
        project.dataset.commit(
            "labels", [{"_rid": one["_rid"], "path": one["path"], "label": "ok"} for one in files]
        )

    found = project.query(
        "select count(*) as n from labels join photos using (path) where label = 'ok'"
    )
    assert found.to_pylist() == [{"n": 3}]
