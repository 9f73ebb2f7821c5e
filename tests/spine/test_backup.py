"""A backup holds one moment of a project, and a project made from it is that moment."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import headgate
from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.spine.archive import load_archive, object_path, read_kept
from headgate.spine.backup import BackupReport, back_up
from headgate.spine.context import Step, open_context
from headgate.spine.lineage.events import first_broken
from headgate.spine.restore import restore
from headgate.spine.upgrade import upgrade
from tests.asking import commit, log, read, root_of
from tests.fixtures.formats.make import expected, unpack

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.fixture
def root(project: Project, tmp_path: Path) -> Path:
    """A project with two snapshots, one of them with deletions."""
    project.dataset.commit("orders", {"id": [1, 2, 3]}, key="id")
    project.dataset.commit("orders", {"id": [1, 3]}, message="without 2")
    return tmp_path / "project"


def rewrite(folder: Path, **changes: Any) -> None:
    """Change what a backup says of itself."""
    archive = msgspec.structs.replace(load_archive(folder), **changes)
    (folder / "backup.json").write_bytes(msgspec.json.encode(archive))


def blob_of(folder: Path, area: str) -> Path:
    """Find the file of some blob in an area."""
    archive = load_archive(folder)
    entries = read_kept(folder / archive.state / "blobs.jsonl")
    return next(object_path(folder, one.digest) for one in entries if one.key.startswith(area))


def test_a_restored_project_says_what_the_project_said(tmp_path: Path) -> None:
    root, told = unpack("0.1.0", tmp_path)
    upgrade(root, apply=True)

    back_up(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")

    found = expected(tmp_path / "again")
    assert {name: str(found[name]) for name in told} == {name: str(told[name]) for name in told}


def test_a_restored_project_goes_on_where_the_project_stood(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")

    with headgate.open(tmp_path / "again") as again, headgate.open(root) as old:
        mine = again.dataset.commit("orders", {"id": [4]}, mode="append")
        theirs = old.dataset.commit("orders", {"id": [4]}, mode="append")
        rows = again.dataset.read("orders", row_ids=True)
        wanted = old.dataset.read("orders", row_ids=True)

    assert mine.content_root == theirs.content_root
    assert rows.equals(wanted)


def test_what_is_told_is_what_is_there(root: Path, tmp_path: Path) -> None:
    steps: list[Step] = []

    report = back_up(root, tmp_path / "backup", progress=steps.append)

    stored = [path for path in (root / ".headgate").rglob("*.*") if path.suffix != ".pem"]
    sizes = [path.stat().st_size for path in stored if path.parent.name != ".headgate"]
    assert (report.n_datasets, report.n_snapshots) == (1, 2)
    assert (report.n_blobs, report.n_bytes) == (len(sizes), sum(sizes))
    assert (report.n_copied, report.n_copied_bytes) == (len(sizes), sum(sizes))
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (sum(sizes), sum(sizes), "bytes")


def test_a_second_backup_copies_only_what_is_new(root: Path, tmp_path: Path) -> None:
    first = back_up(root, tmp_path / "backup")
    with headgate.open(root) as project:
        project.dataset.commit("orders", {"id": [4]}, mode="append")

    second = back_up(root, tmp_path / "backup")

    # a segment and a manifest
    assert (second.n_copied, second.n_dropped) == (2, 0)
    assert second.n_blobs == first.n_blobs + 2
    assert restore(tmp_path / "backup", tmp_path / "again").n_snapshots == 3


def test_what_the_project_has_no_more_leaves_the_backup(root: Path, tmp_path: Path) -> None:
    context = open_context(root)
    context.blobs.put("segments/or/orphan.parquet", b"a subject")
    back_up(root, tmp_path / "backup")

    context.blobs.delete("segments/or/orphan.parquet")
    report = back_up(root, tmp_path / "backup")

    assert report.n_dropped == 1
    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert not [path for path in files if b"a subject" in path.read_bytes()]


def test_a_file_that_was_replaced_is_copied_again(root: Path, tmp_path: Path) -> None:
    context = open_context(root)
    context.blobs.put("segments/or/orphan.parquet", b"subject 1")
    back_up(root, tmp_path / "backup")

    context.blobs.replace("segments/or/orphan.parquet", b"nobody   ")
    report = back_up(root, tmp_path / "backup")

    assert (report.n_copied, report.n_dropped) == (1, 1)
    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert not [path for path in files if b"subject 1" in path.read_bytes()]


def test_trash_and_half_written_files_are_left_out(root: Path, tmp_path: Path) -> None:
    context = open_context(root)
    context.blobs.put("segments/or/old.parquet", b"old")
    context.blobs.trash("segments/or/old.parquet")
    (root / ".headgate/segments/default/.half").write_bytes(b"half")

    back_up(root, tmp_path / "backup")

    archive = load_archive(tmp_path / "backup")
    keys = [one.key for one in read_kept(tmp_path / "backup" / archive.state / "blobs.jsonl")]
    assert not [key for key in keys if "old" in key or "half" in key]


def test_every_tenant_is_in_it(root: Path, tmp_path: Path) -> None:
    other = open_context(root, flags={"tenant": "other"})
    commit(other, "orders", {"id": [7]})
    other.opened.close()

    back_up(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")

    again = open_context(tmp_path / "again", flags={"tenant": "other"})
    assert read(again, "orders").to_pydict() == {"id": [7]}
    again.opened.close()


def test_the_signing_key_comes_along_only_if_asked_for(root: Path, tmp_path: Path) -> None:
    key = (root / ".headgate/keys/signing.pem").read_bytes()
    back_up(root, tmp_path / "without")
    back_up(root, tmp_path / "with", with_key=True)

    new = restore(tmp_path / "without", tmp_path / "new")
    old = restore(tmp_path / "with", tmp_path / "old")

    assert (new.has_old_key, old.has_old_key) == (False, True)
    assert (tmp_path / "old/.headgate/keys/signing.pem").read_bytes() == key
    assert (tmp_path / "new/.headgate/keys/signing.pem").read_bytes() != key
    for name in ("old", "new"):
        path = tmp_path / name / ".headgate/keys/signing.pem"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list((tmp_path / "without").rglob("*.pem"))


def test_places_can_be_others_and_the_other_settings_stay(root: Path, tmp_path: Path) -> None:
    with (root / "headgate.toml").open("a") as file:
        file.write("retries = 7\n")
    back_up(root, tmp_path / "backup")

    places = {"store.catalog": "sqlite:///here.db", "store.objects": str(tmp_path / "objects")}
    restore(tmp_path / "backup", tmp_path / "again", places=places)

    context = open_context(tmp_path / "again")
    assert read(context, "orders").to_pydict() == {"id": [1, 3]}
    assert context.settings.number("store.retries") == 7
    assert context.settings.text("name") == "project"
    assert (tmp_path / "again/.headgate/here.db").exists()
    assert list((tmp_path / "objects").rglob("*.parquet"))
    context.opened.close()


def test_settings_of_any_letters_stay_when_places_are_others(root: Path, tmp_path: Path) -> None:
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write("[mirror]\npath = 'C:\\new \"ä\" 🛒'\n")
    back_up(root, tmp_path / "backup")

    restore(tmp_path / "backup", tmp_path / "again", places={"store.objects": "blobs"})

    assert open_context(tmp_path / "again").settings.text("mirror.path") == 'C:\\new "ä" 🛒'


def test_a_file_that_a_snapshot_names_and_that_is_lost_is_told(root: Path, tmp_path: Path) -> None:
    segment = next((root / ".headgate/segments").rglob("*.parquet"))
    segment.unlink()

    report = back_up(root, tmp_path / "backup")
    restored = restore(tmp_path / "backup", tmp_path / "again")

    assert report.missing == (f"segments/{segment.parent.name}/{segment.name}",)
    assert report.has_findings
    assert restored.missing == report.missing


def test_a_lost_manifest_is_told(root: Path, tmp_path: Path) -> None:
    manifest = next((root / ".headgate/manifests").rglob("*.json"))
    manifest.unlink()

    report = back_up(root, tmp_path / "backup")

    assert report.missing == (f"manifests/{manifest.parent.name}/{manifest.name}",)


@pytest.mark.parametrize("area", ["segments", "manifests", "deletions"])
def test_an_altered_file_is_found_and_nothing_is_made(
    root: Path, tmp_path: Path, area: str
) -> None:
    back_up(root, tmp_path / "backup")
    path = blob_of(tmp_path / "backup", area)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with pytest.raises(Conflict) as refused:
        restore(tmp_path / "backup", tmp_path / "again")

    assert path.name in refused.value.message
    with pytest.raises(NotFound):
        open_context(tmp_path / "again")


@pytest.mark.parametrize(
    "name", ["blobs.jsonl", "headgate.toml", "tables/versions.jsonl", "signing.pem"]
)
def test_an_altered_list_table_or_key_is_found_before_anything_is_written(
    root: Path, tmp_path: Path, name: str
) -> None:
    back_up(root, tmp_path / "backup", with_key=True)
    with (tmp_path / "backup" / "state-1" / name).open("a") as file:
        file.write(" ")

    with pytest.raises(Conflict):
        restore(tmp_path / "backup", tmp_path / "again")

    assert not (tmp_path / "again").exists()


def test_a_file_that_is_gone_from_a_backup_is_found(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")
    blob_of(tmp_path / "backup", "segments").unlink()

    with pytest.raises(NotFound):
        restore(tmp_path / "backup", tmp_path / "again")


def test_a_next_backup_mends_one_that_lost_a_file(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")
    blob_of(tmp_path / "backup", "segments").unlink()

    report = back_up(root, tmp_path / "backup")

    assert report.n_copied == 1
    assert restore(tmp_path / "backup", tmp_path / "again").n_snapshots == 2


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_next_backup_mends_one_whose_list_is_damaged(
    root: Path, tmp_path: Path, *, is_gone: bool
) -> None:
    back_up(root, tmp_path / "backup")
    segment = blob_of(tmp_path / "backup", "segments")
    segment.write_bytes(bytes(segment.stat().st_size))
    path = tmp_path / "backup" / "state-1" / "blobs.jsonl"
    path.unlink() if is_gone else path.write_text("{", encoding="utf-8")

    report = back_up(root, tmp_path / "backup")

    # every file is read again, so the damaged one is whole
    assert (report.n_copied, report.missing) == (0, ())
    assert restore(tmp_path / "backup", tmp_path / "again").n_snapshots == 2


def test_a_folder_with_something_in_it_is_not_restored_into(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "thesis.txt").write_text("precious")

    with pytest.raises(Conflict) as refused:
        restore(tmp_path / "backup", tmp_path / "again")

    assert "is not empty" in refused.value.message
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["thesis.txt"]


def test_objects_of_another_project_are_not_mixed_in(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")

    with pytest.raises(Conflict) as refused:
        restore(
            tmp_path / "backup",
            tmp_path / "again",
            places={"store.objects": str(root / ".headgate")},
        )

    assert "holds objects" in refused.value.message


def test_a_folder_with_something_else_is_not_backed_up_into(root: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "thesis.txt").write_text("precious")

    with pytest.raises(Conflict) as refused:
        back_up(root, tmp_path / "backup")

    assert "thesis.txt" in refused.value.message
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["thesis.txt"]


def test_a_backup_does_not_go_into_the_store_itself(root: Path) -> None:
    with pytest.raises(Conflict):
        back_up(root, root / ".headgate" / "backup")


def test_a_file_is_no_place_for_a_backup(root: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("precious")

    with pytest.raises(Conflict):
        back_up(root, tmp_path / "backup")


def test_a_place_that_cannot_be_written_is_told_with_a_mend(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Unavailable) as refused:
        back_up(root, tmp_path / "file" / "backup")

    assert "cannot be written" in refused.value.message


def test_a_folder_without_a_backup_cannot_be_restored(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        restore(tmp_path, tmp_path / "again")


def test_a_backup_by_a_newer_headgate_is_refused(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")
    rewrite(tmp_path / "backup", archive_version=2)

    with pytest.raises(Invalid) as refused:
        restore(tmp_path / "backup", tmp_path / "again")

    assert refused.value.mend == "upgrade Headgate"


def test_a_broken_manifest_is_told(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")
    (tmp_path / "backup" / "backup.json").write_text("{")

    with pytest.raises(Invalid):
        restore(tmp_path / "backup", tmp_path / "again")


def test_a_backup_that_was_cut_off_is_none_and_can_be_finished(root: Path, tmp_path: Path) -> None:
    def cut(step: Step) -> None:
        raise KeyboardInterrupt(step.what)

    with pytest.raises(KeyboardInterrupt):
        back_up(root, tmp_path / "backup", progress=cut)

    with pytest.raises(NotFound):
        restore(tmp_path / "backup", tmp_path / "again")
    assert back_up(root, tmp_path / "backup").n_snapshots == 2


def test_a_restore_that_was_cut_off_leaves_no_project(root: Path, tmp_path: Path) -> None:
    back_up(root, tmp_path / "backup")

    def cut(step: Step) -> None:
        raise KeyboardInterrupt(step.what)

    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "backup", tmp_path / "again", progress=cut)

    with pytest.raises(NotFound):
        open_context(tmp_path / "again")


def test_two_backups_do_not_write_one_folder(root: Path, tmp_path: Path) -> None:
    refused: list[Conflict] = []

    def again(_step: Step) -> None:
        try:
            back_up(root, tmp_path / "backup")
        except Conflict as error:
            refused.append(error)

    report = back_up(root, tmp_path / "backup", progress=again)

    assert report.n_snapshots == 2
    assert len(refused) == report.n_blobs
    assert "another backup" in refused[0].message


WRITER = """
import sys, time
from pathlib import Path
import headgate
root, who = sys.argv[1:]
folder = Path(root).parent / f"in-{who}"
folder.mkdir()
with headgate.open(root) as project:
    for n in range(10_000):
        rows = {"id": list(range(n * 3, n * 3 + 6)), "n": [n] * 6}
        project.dataset.commit(f"orders-{who}", rows, mode="upsert", key="id")
        path = folder / f"{n}.csv"
        path.write_text(f"id,n\\n{n},{n}\\nbroken\\n")
        project.source.ingest(f"visits-{who}", str(path), source=who)
        print(n, flush=True)
"""


def drill(root: Path, tmp_path: Path, *, n_writers: int, n_backups: int) -> list[BackupReport]:
    """Take backups into one folder while processes write; return what each held."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), f"w{number}"], stdout=subprocess.PIPE
        )
        for number in range(n_writers)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        reports: list[BackupReport] = []
        for number in range(n_backups):
            reports.append(back_up(root, tmp_path / "backup"))
            restore(tmp_path / "backup", tmp_path / f"again-{number}")
            time.sleep(0.2)
        assert [writer.poll() for writer in writers] == [None] * n_writers
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    return reports


def recount(root: Path, report: BackupReport) -> None:
    """Hold every snapshot of a project against its rows, and the chain of events."""
    context = open_context(root)
    with headgate.open(root) as project:
        names = [one.name for one in project.dataset.list().datasets]
        batches = project.source.list().sources
    n_snapshots = 0
    for name in names:
        for snapshot in log(context, name):
            rows = read(context, name, snapshot.number)
            assert rows.num_rows == snapshot.n_rows
            assert root_of(rows) == snapshot.content_root
            n_snapshots += 1
    with context.catalog.read() as connection:
        assert first_broken(connection, context.tenant) is None
    context.opened.close()
    assert n_snapshots == report.n_snapshots
    assert len(names) == report.n_datasets
    assert batches


def test_a_backup_taken_while_others_write_holds_whole_commits_alone(
    root: Path, tmp_path: Path
) -> None:
    reports = drill(root, tmp_path, n_writers=2, n_backups=2)

    for number, report in enumerate(reports):
        recount(tmp_path / f"again-{number}", report)
    assert reports[1].n_snapshots > reports[0].n_snapshots > 2
    assert reports[1].n_copied < reports[1].n_blobs


@pytest.mark.full
def test_five_backups_taken_while_four_write_hold_whole_commits_alone(
    root: Path, tmp_path: Path
) -> None:
    reports = drill(root, tmp_path, n_writers=4, n_backups=5)

    for number, report in enumerate(reports):
        recount(tmp_path / f"again-{number}", report)
        assert report.missing == ()
