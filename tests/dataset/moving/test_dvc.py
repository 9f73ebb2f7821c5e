"""Importing from DVC: data found by md5 and checked, and its git history as snapshots."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from headgate.core.errors import Invalid, NotFound, Unavailable
from tests.dataset import repositories

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FIRST = b"id,city\n1,Oslo\n2,Bergen\n"
SECOND = b"id,city\n1,Oslo\n2,Rome\n3,Pisa\n"
THIRD = b"id,city\n3,Pisa\n"
DVC = Path(__file__).parents[3] / "build" / "bench" / "dvc-venv" / "bin" / "dvc"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty DVC repository."""
    return repositories.start(tmp_path / "repository")


@pytest.mark.row("S3-75")
@pytest.mark.parametrize("layout", [repositories.NEW, repositories.OLD])
@pytest.mark.parametrize("path", ["data/orders.csv.dvc", "data/orders.csv", "data", "."])
def test_an_output_is_found_by_its_file_itself_or_its_folder(
    project: Project, repository: Path, layout: str, path: str
) -> None:
    digest = repositories.add(repository, "data/orders.csv", FIRST, layout=layout)

    report = project.dataset.import_("orders", repository / path, format="dvc")

    assert (report.format, report.digest) == ("dvc", digest)
    assert project.dataset.read("orders").to_pydict() == {"id": [1, 2], "city": ["Oslo", "Bergen"]}


def test_a_dvc_file_and_a_repository_are_known_without_a_format(
    project: Project, repository: Path
) -> None:
    repositories.add(repository, "orders.csv", FIRST)

    for name, path in (("a", repository / "orders.csv.dvc"), ("b", repository)):
        assert project.dataset.import_(name, path).format == "dvc"


def test_each_git_commit_that_changed_the_data_becomes_a_snapshot(
    project: Project, repository: Path
) -> None:
    commits: list[str] = []
    for i, data in enumerate([FIRST, SECOND, SECOND, THIRD], start=1):
        repositories.add(repository, "orders.csv", data)
        (repository / "note.txt").write_text(str(i))
        commits.append(repositories.commit(repository, f"step {i}", f"2025-0{i}-03T10:00:00Z"))

    report = project.dataset.import_("orders", repository, key=["id"], history=True)

    made = [(one.commit, one.author, one.snapshot.n_rows) for one in report.snapshots]
    assert made == [(commits[0], "Ada", 2), (commits[1], "Ada", 3), (commits[3], "Ada", 1)]
    last = report.snapshots[-1]
    assert str(last.committed_at) == "2025-04-03 10:00:00+00:00"
    assert last.snapshot.message.startswith(f"step 4 (git {commits[3][:10]} by Ada, 2025-04-03")
    assert (last.snapshot.number, last.snapshot.n_removed) == (3, 2)


def test_a_history_imported_again_brings_only_what_is_new(
    project: Project, repository: Path
) -> None:
    repositories.add(repository, "orders.csv", FIRST)
    repositories.commit(repository, "one", "2025-01-03T10:00:00Z")
    project.dataset.import_("orders", repository, history=True)
    repositories.add(repository, "orders.csv", SECOND)
    second = repositories.commit(repository, "two", "2025-02-03T10:00:00Z")

    report = project.dataset.import_("orders", repository, history=True)

    assert [one.commit for one in report.snapshots] == [second]
    assert "was imported before" in report.notes[0]
    with pytest.raises(NotFound):
        project.dataset.import_("orders", repository, history=True)


def test_a_commit_whose_data_were_collected_is_left_out_by_name(
    project: Project, repository: Path
) -> None:
    digest = repositories.add(repository, "orders.csv", FIRST)
    repositories.commit(repository, "one", "2025-01-03T10:00:00Z")
    repositories.add(repository, "orders.csv", SECOND)
    repositories.commit(repository, "two", "2025-02-03T10:00:00Z")
    (repository / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).unlink()

    report = project.dataset.import_("orders", repository, history=True)

    assert len(report.snapshots) == 1
    assert f"left out: the data of {digest}" in report.notes[0]


def test_a_folder_of_files_of_one_format_is_one_table(project: Project, repository: Path) -> None:
    digest = repositories.add_folder(
        repository, "orders", {"a.csv": FIRST, "b/c.csv": b"id,city\n9,Kiel\n"}
    )

    report = project.dataset.import_("orders", repository)

    assert report.digest == digest
    assert set(project.dataset.read("orders")["id"].to_pylist()) == {1, 2, 9}


def test_a_folder_of_other_files_becomes_a_dataset_of_files(
    project: Project, repository: Path
) -> None:
    repositories.add_folder(repository, "images", {"a/b.png": b"\x89PNG", "notes.csv": FIRST})

    report = project.dataset.import_("images", repository)

    assert report.snapshots[0].snapshot.n_rows == 2
    rows = project.dataset.read("images", columns=["path"])
    assert set(rows["path"].to_pylist()) == {"a/b.png", "notes.csv"}


def test_a_name_that_leads_out_of_the_folder_is_refused(project: Project, repository: Path) -> None:
    repositories.add_folder(repository, "images", {"../../b.png": b"\x89PNG"})

    with pytest.raises(Invalid, match="outside of it"):
        project.dataset.import_("images", repository)


def test_data_are_taken_from_the_workspace_when_the_cache_is_gone(
    project: Project, repository: Path
) -> None:
    repositories.name_file(repository, "orders.csv", repositories.md5(FIRST))
    (repository / "orders.csv").write_bytes(FIRST)

    project.dataset.import_("orders", repository)
    (repository / "orders.csv").write_bytes(SECOND)
    with pytest.raises(NotFound) as caught:
        project.dataset.import_("other", repository)

    assert "what the workspace holds has changed since" in caught.value.message
    assert caught.value.mend.startswith("run: dvc pull")


def test_data_are_taken_from_another_cache_or_a_remote_on_this_machine(
    project: Project, repository: Path, tmp_path: Path
) -> None:
    repositories.add(repository, "orders.csv", FIRST)
    (repository / ".dvc" / "cache").rename(tmp_path / "far")
    for text in (f"[cache]\n    dir = {tmp_path}/far\n", "['remote \"x\"']\n    url = ../../far\n"):
        (repository / ".dvc" / "config").write_text(text)

        report = project.dataset.import_("orders", repository)

        assert report.snapshots[0].snapshot.n_rows == 2


def test_damaged_data_are_refused(project: Project, repository: Path) -> None:
    digest = repositories.add(repository, "orders.csv", FIRST)
    (repository / ".dvc/cache/files/md5" / digest[:2] / digest[2:]).write_bytes(SECOND)

    with pytest.raises(Invalid) as caught:
        project.dataset.import_("orders", repository)

    assert f"is not what DVC named {digest}" in caught.value.message


def test_text_that_an_old_dvc_named_by_its_lines_is_known(
    project: Project, repository: Path
) -> None:
    repositories.name_file(repository, "orders.csv", repositories.md5(FIRST))
    (repository / "orders.csv").write_bytes(FIRST.replace(b"\n", b"\r\n"))

    report = project.dataset.import_("orders", repository)

    assert report.snapshots[0].snapshot.n_rows == 2


def test_outputs_of_a_pipeline_come_with_metrics_and_parameters(
    project: Project, repository: Path
) -> None:
    digest = repositories.keep(repository, FIRST)
    out = {"path": "orders.csv", "md5": digest, "hash": "md5"}
    lock = {"schema": "2.0", "stages": {"make": {"cmd": "make", "outs": [out]}}}
    (repository / "dvc.lock").write_text(yaml.safe_dump(lock))
    stages = {"make": {"cmd": "make", "metrics": [{"scores.json": {"cache": False}}]}}
    (repository / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (repository / "scores.json").write_text('{"accuracy": 0.9}')
    (repository / "params.yaml").write_text("train:\n  depth: 3\n")

    report = project.dataset.import_("orders", repository / "orders.csv", format="dvc")

    assert report.digest == digest
    assert report.metrics == {
        "scores.json": {"accuracy": 0.9},
        "params.yaml": {"train": {"depth": 3}},
    }


def test_several_outputs_are_listed_to_choose_from(project: Project, repository: Path) -> None:
    for name in ("a.csv", "b.csv"):
        repositories.add(repository, name, FIRST)

    with pytest.raises(Invalid) as caught:
        project.dataset.import_("orders", repository)

    assert caught.value.mend == "import one at a time: a.csv, b.csv"


def test_what_is_no_dvc_repository_says_so(
    project: Project, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").mkdir()
    (repository / "bad.csv.dvc").write_text("outs: [1]\n")
    repositories.commit(repository, "start", "2025-01-03T10:00:00Z")
    repositories.add(repository, "data/orders.csv", FIRST)

    with pytest.raises(NotFound, match="no DVC repository"):
        project.dataset.import_("orders", tmp_path / "plain", format="dvc")
    with pytest.raises(Invalid, match="is no file of DVC"):
        project.dataset.import_("orders", repository / "bad.csv.dvc")
    with pytest.raises(Invalid, match="no commit of"):
        project.dataset.import_("orders", repository / "data/orders.csv.dvc", history=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="git, which is not installed"):
        project.dataset.import_("orders", repository / "data/orders.csv.dvc", history=True)


@pytest.mark.full
@pytest.mark.row("S3-75")
@pytest.mark.skipif(not DVC.is_file(), reason="needs bench/dvc.txt in build/bench/dvc-venv")
def test_a_repository_that_dvc_itself_made_is_imported_with_its_history(
    project: Project, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    (root / "many").mkdir(parents=True)
    clean = {**os.environ, "DVC_NO_ANALYTICS": "1", "HOME": str(tmp_path)}

    def dvc(*words: str) -> None:
        subprocess.run([DVC, *words], cwd=root, check=True, env=clean)

    repositories.git(root, "init", "-q")
    dvc("init", "-q")
    for i, data in enumerate((FIRST, SECOND), start=1):
        (root / "orders.csv").write_bytes(data)
        (root / "many" / "a.csv").write_bytes(data)
        (root / "many" / "B.csv").write_bytes(THIRD)
        dvc("add", "-q", "orders.csv", "many")
        repositories.commit(root, f"step {i}", f"2025-0{i}-03T10:00:00Z")

    table = project.dataset.import_("orders", root / "orders.csv.dvc", history=True)
    folder = project.dataset.import_("many", root / "many.dvc")
    subprocess.run(["rm", "-r", str(root / ".dvc" / "cache")], check=True)
    again = project.dataset.import_("again", root / "many.dvc")

    assert [one.snapshot.n_rows for one in table.snapshots] == [2, 3]
    assert folder.snapshots[0].snapshot.n_rows == 4
    assert again.snapshots[0].snapshot.content_root == folder.snapshots[0].snapshot.content_root


def test_a_folder_is_taken_from_the_workspace_when_the_cache_is_gone(
    project: Project, repository: Path
) -> None:
    repositories.add_folder(repository, "orders", {"a.csv": FIRST, "b/c.csv": THIRD})
    shutil.rmtree(repository / ".dvc" / "cache")
    (repository / "orders" / "b").mkdir(parents=True)
    (repository / "orders" / "a.csv").write_bytes(FIRST)
    (repository / "orders" / "b" / "c.csv").write_bytes(THIRD)

    project.dataset.import_("orders", repository)
    (repository / "orders" / "a.csv").write_bytes(SECOND)
    with pytest.raises(NotFound, match="is not on this machine") as caught:
        project.dataset.import_("orders", repository)

    assert project.dataset.read("orders")["id"].to_pylist() == [1, 2, 3]
    assert "dvc pull" in caught.value.mend


@pytest.mark.parametrize("text", ["- a", "outs: 3", "outs: [{md5: x}]", "{", "outs: [1]"])
def test_a_file_that_only_is_named_like_one_of_dvc_is_refused(
    project: Project, repository: Path, text: str
) -> None:
    (repository / "orders.dvc").write_text(text)

    with pytest.raises(Invalid, match="is no file of DVC"):
        project.dataset.import_("orders", repository / "orders.dvc")
