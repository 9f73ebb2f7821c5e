"""Erasure reaches every copy: what is in the trash, compacted, restored, merged or backed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import NotFound
from headgate.spine.backup import back_up
from headgate.spine.restore import restore as restore_backup
from headgate.spine.store.erasing import erasures
from tests.asking import compact, fsck, gc, read
from tests.dataset.trees import write
from tests.searching import files_holding

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ANN = "ann.larsen@example.org"
WHERE = f"email = '{ANN}'"
PEOPLE = [
    {"id": 1, "email": ANN, "note": "Ann Larsen, call back"},
    {"id": 2, "email": "bo@example.org", "note": "fine"},
    {"id": 3, "email": "cy@example.org", "note": "fine"},
]
LATER = [{"id": 4, "email": "di@example.org", "note": "late"}]


@pytest.fixture
def people(project: Project) -> Project:
    """Two snapshots, with three people and with one more."""
    project.dataset.commit("people", PEOPLE, key=["id"])
    project.dataset.commit("people", LATER, mode="append")
    return project


def erased(project: Project, where: str = WHERE, **asked: Any) -> Any:
    """Erase Ann, or somebody else."""
    return project.dataset.erase("people", where=where, apply=True, **asked)


def numbers(project: Project, at: str | None = None) -> list[int]:
    """Read who is there."""
    found: list[Any] = project.dataset.read("people", at=at)["id"].to_pylist()
    return sorted(found)


def test_a_trashed_file_that_holds_the_subject_is_erased_and_undo_brings_nothing_of_it(
    project: Project, context: Context
) -> None:
    project.dataset.commit("people", PEOPLE, key=["id"])
    project.dataset.commit("people", [*LATER, PEOPLE[0] | {"note": "moved"}], mode="replace")
    gc(context, keep_last=1)
    assert any(name.startswith("trash/") for name in files_holding(project, "call back"))

    erased(project)
    assert files_holding(project, ANN) == files_holding(project, "call back") == []
    gc(context, apply=False, undo=True)

    assert files_holding(project, ANN) == files_holding(project, "call back") == []
    assert numbers(project) == [4]
    with pytest.raises(NotFound):
        project.dataset.read("people", at="1")
    assert fsck(context, deep=True).problems == ()


def test_a_subject_that_lies_in_the_trash_alone_is_erased(
    project: Project, context: Context
) -> None:
    project.dataset.commit("people", PEOPLE, key=["id"])
    project.dataset.commit("people", PEOPLE[1:], mode="replace")
    project.dataset.commit("people", LATER, mode="replace")
    gc(context, keep_last=1)
    assert files_holding(project, ANN) != []

    receipt = erased(project)

    assert receipt.traces["orphaned files"] >= 1
    assert (receipt.n_rows, receipt.n_versions) == (0, 0)
    assert files_holding(project, ANN) == []
    assert fsck(context, deep=True).problems == ()


def test_a_trashed_pack_that_holds_the_subjects_file_is_zeroed(
    project: Project, context: Context, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", {"ann.jpg": b"first face of Ann", "bo.jpg": b"face of Bo"})
    project.dataset.commit("faces", folder)
    write(folder, {"ann.jpg": b"second face of Ann", "bo.jpg": b"new face of Bo"}, age_s=0)
    project.dataset.commit("faces", folder)
    gc(context, keep_last=1)
    assert len(files_holding(project, "face of Ann")) == 2

    project.dataset.erase("faces", where="path = 'ann.jpg'", apply=True)
    assert files_holding(project, "face of Ann") == []
    gc(context, apply=False, undo=True)

    assert files_holding(project, "face of Ann") == []
    assert project.dataset.file("faces", "bo.jpg") == b"new face of Bo"
    assert fsck(context, deep=True).problems == ()


def test_a_collection_ends_an_erasure_that_was_cut_off(
    people: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(erasures, "_replace", stop)
        with pytest.raises(KeyboardInterrupt):
            erased(people)
    assert files_holding(people, ANN) != []

    gc(context, purge=True)

    assert files_holding(people, ANN) == []
    assert fsck(context, deep=True).problems == ()


def test_compaction_after_an_erasure_leaves_the_rows_out(people: Project, context: Context) -> None:
    erased(people)

    compact(context, "people")

    assert numbers(people) == [2, 3, 4]
    assert fsck(context, deep=True).problems == ()


def test_compaction_after_going_back_to_a_snapshot_with_erased_rows_keeps_every_answer(
    people: Project, context: Context
) -> None:
    erased(people)
    people.dataset.restore("people", to="2")
    before = people.dataset.read("people", row_ids=True).to_pylist()

    compact(context, "people")
    people.dataset.commit("people", [PEOPLE[1] | {"note": "changed"}], mode="upsert")

    assert numbers(people) == [2, 3, 4]
    kept = {row["id"]: row["_rid"] for row in before}
    after = people.dataset.read("people", row_ids=True).to_pylist()
    assert {row["id"]: row["_rid"] for row in after} == kept
    assert fsck(context, deep=True).problems == ()


def test_many_small_commits_after_an_erasure_merge_files_with_blank_rows(
    people: Project, context: Context
) -> None:
    erased(people)
    people.dataset.restore("people", to="1")

    for n in range(70):
        people.dataset.commit(
            "people", [{"id": 100 + n, "email": f"{n}@example.org", "note": "n"}], mode="append"
        )

    assert numbers(people) == [2, 3, *range(100, 170)]
    assert fsck(context, deep=True).problems == ()


def test_every_row_of_a_snapshot_may_be_erased(project: Project, context: Context) -> None:
    project.dataset.commit("people", PEOPLE[:1], key=["id"])

    erased(project)
    project.dataset.restore("people", to="1")
    compact(context, "people")
    project.dataset.commit("people", LATER, mode="append")

    assert numbers(project) == [4]
    assert numbers(project, "1") == []
    assert fsck(context, deep=True).problems == ()


def test_a_branch_that_was_merged_is_erased_with_the_trunk(
    people: Project, context: Context
) -> None:
    people.dataset.branch("people", "dev")
    people.dataset.commit("people", [PEOPLE[0] | {"note": "on dev"}], mode="upsert", branch="dev")
    people.dataset.merge("people", "dev")

    receipt = erased(people)

    assert files_holding(people, ANN) == files_holding(people, "on dev") == []
    assert numbers(people) == numbers(people, "dev") == [2, 3, 4]
    assert receipt.n_rows == 1
    assert fsck(context, deep=True).problems == ()


def test_a_merge_after_an_erasure_brings_nothing_back(people: Project, context: Context) -> None:
    people.dataset.branch("people", "dev")
    people.dataset.commit("people", [PEOPLE[1] | {"note": "on dev"}], mode="upsert", branch="dev")
    erased(people)

    people.dataset.merge("people", "dev")

    assert files_holding(people, ANN) == []
    assert numbers(people) == [2, 3, 4]
    notes = dict(people.dataset.read("people").select(["id", "note"]).to_pandas().to_numpy())
    assert notes[2] == "on dev"
    assert fsck(context, deep=True).problems == ()


def test_a_backup_after_an_erasure_restores_without_the_subject(
    people: Project, tmp_path: Path
) -> None:
    erased(people)
    back_up(tmp_path / "project", tmp_path / "copy")

    restore_backup(tmp_path / "copy", tmp_path / "again")

    with headgate.open(tmp_path / "again") as again:
        assert files_holding(again, ANN) == []
        assert numbers(again) == [2, 3, 4]
        assert numbers(again, "1") == [2, 3]
        assert again.dataset.fsck(deep=True).problems == ()


@pytest.mark.parametrize("name", ["old.parquet", "old.csv", "old.jsonl"])
def test_an_export_of_an_old_snapshot_leaves_the_subject_out(
    people: Project, tmp_path: Path, name: str
) -> None:
    erased(people)

    people.dataset.export("people", str(tmp_path / name), at="1")

    again = people.dataset.commit("again", str(tmp_path / name))
    assert again.n_rows == 2
    assert files_holding(people, ANN) == []


def test_a_diff_across_an_erasure_shows_nothing_of_the_subject(people: Project) -> None:
    erased(people)

    report = people.dataset.diff("people", "1", "3")

    assert ANN not in str(report)
    assert report.n_added == 1


def test_an_erasure_of_two_subjects_that_share_a_file_in_turn_leaves_the_third(
    people: Project, context: Context
) -> None:
    erased(people)
    people.dataset.restore("people", to="1")
    compact(context, "people")

    erased(people, "email = 'bo@example.org'")

    assert numbers(people) == [3]
    assert numbers(people, "1") == [3]
    assert files_holding(people, "bo@example.org") == []
    assert read(context, "people", 1).num_rows == 1
    assert fsck(context, deep=True).problems == ()
