"""Packs are collected when no snapshot names their files, and come back with the snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.dataset.files.reads import read_one
from headgate.dataset.files.reports import FileRequest
from headgate.dataset.upkeep.packs import settle_packs
from headgate.spine.context import open_context
from headgate.spine.store.packs.queries import pack_rows
from headgate.spine.store.upkeep import holds
from headgate.spine.store.upkeep.marking import Marker
from headgate.spine.work import Work
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.upkeep import gc_lines
from tests.asking import commit as commit_rows
from tests.asking import fsck, gc, kinds
from tests.dataset.trees import commit, exported, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context

OLD, NEW = {"a": b"old face", "b": b"old tree"}, {"a": b"new face", "b": b"new tree"}


@pytest.fixture
def changed(context: Context, tmp_path: Path) -> Context:
    """Two snapshots of a folder in which every file was changed; a pack for each."""
    commit(context, write(tmp_path / "in", OLD))
    commit(context, write(tmp_path / "in", NEW, age_s=0))
    return context


def packs(context: Context) -> set[str]:
    """Return the keys of the packs that the catalog names."""
    with context.catalog.read() as connection:
        return {one.pack for one in pack_rows(connection, context.tenant)}


def stored_packs(context: Context) -> set[str]:
    """Return the keys of the packs that lie in their area."""
    return {one.key for one in context.blobs.listed("packs") if one.key.endswith(".pack")}


def test_a_pack_goes_with_the_last_snapshot_that_names_its_files(changed: Context) -> None:
    before = packs(changed)

    report = gc(changed, keep_last=1)

    assert (report.n_dead_packs, report.n_dead_pack_bytes) == (1, 16)
    assert len(before) == 2
    assert len(packs(changed)) == 1
    assert stored_packs(changed) == packs(changed)
    assert kinds(changed)[-1] == "packs_collected"
    assert read_one(changed, FileRequest(name="photos", path="a")) == b"new face"
    assert fsck(changed, deep=True).problems == ()


def test_a_plan_counts_dead_packs_and_drops_none(changed: Context) -> None:
    before = packs(changed)

    report = gc(changed, apply=False, keep_last=1)

    area = next(one for one in report.areas if one.area == "packs")
    assert (report.n_dead_packs, report.n_dead_pack_bytes) == (1, 16)
    assert (area.n_named, area.n_orphans) == (2, 2)
    assert packs(changed) == before == stored_packs(changed)
    shown = gc_lines(report, Paint(width=120))
    assert "1 pack among them, 16 bytes: no snapshot names its files" in shown


def test_a_pack_of_which_one_file_is_named_stays(context: Context, tmp_path: Path) -> None:
    commit(context, write(tmp_path / "in", OLD))
    commit(context, write(tmp_path / "in", {"a": b"new face"}, age_s=0))

    report = gc(context, keep_last=1, purge=True)

    assert report.n_dead_packs == 0
    assert exported(context, tmp_path / "out") == {"a": b"new face", "b": b"old tree"}


def test_a_pack_that_another_dataset_names_stays(changed: Context, tmp_path: Path) -> None:
    commit(changed, write(tmp_path / "more", {"z": b"old tree"}), name="trees")

    report = gc(changed, keep_last=1, purge=True)

    assert report.n_dead_packs == 0
    assert exported(changed, tmp_path / "out", name="trees") == {"z": b"old tree"}


def test_undo_brings_back_packs_and_their_lines_in_the_catalog(
    changed: Context, tmp_path: Path
) -> None:
    before = packs(changed)
    gc(changed, keep_last=1)

    report = gc(changed, apply=False, undo=True)

    assert report.n_revived == 1
    assert packs(changed) == before
    assert exported(changed, tmp_path / "out", at=1) == OLD
    assert fsck(changed, deep=True).problems == ()


def test_undo_brings_back_packs_that_were_too_young_for_the_trash(
    changed: Context, tmp_path: Path
) -> None:
    gc(changed, keep_last=1, grace_h=24)

    gc(changed, apply=False, undo=True)

    assert exported(changed, tmp_path / "out", at=1) == OLD


def test_a_snapshot_whose_packs_were_purged_is_not_revived(changed: Context) -> None:
    gc(changed, keep_last=1)
    for one in list(changed.blobs.listed("trash")):
        if one.key.endswith(".pack"):
            changed.blobs.delete(one.key)

    report = gc(changed, apply=False, undo=True)

    assert report.n_revived == 0
    assert fsck(changed, deep=True).problems == ()


def test_a_hold_that_is_placed_afterwards_brings_packs_back(
    changed: Context, tmp_path: Path
) -> None:
    gc(changed, keep_last=1)
    with Work(changed) as work:
        holds.place(work.connection, changed.tenant, "photos", "case 7", "ada")
        work.record("hold_placed", "dataset:photos", {})

    gc(changed, keep_last=1, purge=True)
    gc(changed, apply=False, undo=True)

    assert exported(changed, tmp_path / "out", at=1) == OLD


def test_the_same_files_committed_again_after_a_purge_are_packed_again(
    changed: Context, tmp_path: Path
) -> None:
    gc(changed, keep_last=1, purge=True)

    commit(changed, write(tmp_path / "in", OLD))

    assert exported(changed, tmp_path / "out") == OLD
    assert fsck(changed, deep=True).problems == ()


def test_the_same_files_committed_again_before_a_purge_stay(
    changed: Context, tmp_path: Path
) -> None:
    gc(changed, keep_last=1)

    commit(changed, write(tmp_path / "in", OLD))
    gc(changed, purge=True)

    assert exported(changed, tmp_path / "out") == OLD
    assert fsck(changed, deep=True).problems == ()


def test_a_folder_committed_while_packs_are_collected_is_whole(
    changed: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, n_collected = changed.blobs.settle, 0

    def collect_between() -> None:
        nonlocal n_collected
        settle()
        if not n_collected:
            n_collected += 1
            other = open_context(changed.root)
            gc(other, keep_last=1, purge=True)
            other.opened.close()

    monkeypatch.setattr(changed.blobs, "settle", collect_between)
    commit(changed, write(tmp_path / "again", OLD), message="the old ones")

    assert n_collected == 1
    assert exported(changed, tmp_path / "out") == OLD
    assert fsck(changed, deep=True).problems == ()


def test_a_snapshot_that_comes_while_packs_are_judged_keeps_its_pack(
    changed: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc(changed, keep_last=1, grace_h=24)
    gc(changed, apply=False, undo=True)
    other = open_context(changed.root)
    marker = Marker(changed, {("photos", 1)})
    refresh, n_seen = marker.refresh, 0

    def commit_between(connection: object) -> None:
        nonlocal n_seen
        refresh(connection)  # pyright: ignore[reportArgumentType] (stands for a connection)
        n_seen += 1
        if n_seen == 1:
            commit(other, write(tmp_path / "again", OLD))

    monkeypatch.setattr(marker, "refresh", commit_between)
    fates = settle_packs(changed, marker)
    other.opened.close()

    assert fates.dead == ()
    assert exported(changed, tmp_path / "out") == OLD


def test_a_dataset_of_files_that_holds_plain_rows_too_is_collected_and_revived(
    context: Context,
) -> None:
    commit_rows(context, "odd", {"path": ["a"], "digest": ["ab" * 32]})
    commit_rows(context, "odd", {"path": ["b"], "digest": ["cd" * 32]}, mode="replace")

    gc(context, keep_last=1)
    report = gc(context, apply=False, undo=True)

    assert report.n_revived == 1
