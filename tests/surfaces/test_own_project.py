"""`headgate project`: what a reader is told, what a machine is told, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import headgate
from headgate.surfaces.verbs import table
from tests.fixtures.formats.make import unpack
from tests.surfaces.shell import shell

Call = Callable[..., SimpleNamespace]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """The command line inside a project with one dataset."""
    with headgate.init(tmp_path / "shop") as project:
        project.dataset.commit("orders", {"id": [1, 2]})
    return shell(table(), tmp_path / "shop")


def test_a_project_is_backed_up_and_restored(call: Call, tmp_path: Path) -> None:
    taken = call("project", "backup", tmp_path / "backup")
    made = call("project", "restore", tmp_path / "backup", tmp_path / "again")

    assert (taken.code, made.code) == (0, 0)
    first, second, third = taken.out.splitlines()
    assert first.startswith("1 dataset, 1 snapshot, 2 files, ")
    assert first.endswith(f" backed up to {tmp_path / 'backup'}")
    assert second.startswith("2 files, ")
    assert "the signing key is not in it" in third
    assert f"restored to {tmp_path / 'again'}, as of 2" in made.out
    assert "a new signing key was made" in made.out
    with headgate.open(tmp_path / "again") as again:
        assert again.dataset.read("orders").to_pydict() == {"id": [1, 2]}


def test_the_key_comes_along_with_a_warning(call: Call, tmp_path: Path) -> None:
    taken = call("project", "backup", tmp_path / "backup", "--with-key")
    made = call("project", "restore", tmp_path / "backup", tmp_path / "again")

    assert "guard it" in taken.out
    assert "signing key" not in made.out


def test_a_machine_is_told_the_same(call: Call, tmp_path: Path) -> None:
    taken = call("project", "backup", tmp_path / "backup", "--json")
    made = call("project", "restore", tmp_path / "backup", tmp_path / "again", "--json")

    assert json.loads(taken.out)["n_snapshots"] == 1
    assert json.loads(made.out)["path"] == str(tmp_path / "again")


def test_progress_has_bytes_and_a_rate(call: Call, tmp_path: Path) -> None:
    taken = call("project", "backup", tmp_path / "backup", is_terminal=True)

    assert "copy" in taken.err
    assert "bytes" in taken.err


def test_a_file_that_was_lost_ends_with_1(call: Call, tmp_path: Path) -> None:
    [segment] = (tmp_path / "shop/.headgate/segments").rglob("*.parquet")
    segment.unlink()

    taken = call("project", "backup", tmp_path / "backup")

    assert taken.code == 1
    assert "1 file that snapshots name" in taken.out
    assert segment.name in taken.out


def test_another_place_can_be_named(call: Call, tmp_path: Path) -> None:
    call("project", "backup", tmp_path / "backup")

    made = call(
        "project",
        "restore",
        tmp_path / "backup",
        tmp_path / "again",
        "--objects",
        tmp_path / "objects",
    )

    assert made.code == 0
    assert list((tmp_path / "objects" / "segments").rglob("*.parquet"))


def test_an_older_project_is_planned_then_upgraded(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    call = shell(table(), root)

    refused = call("dataset", "list")
    plan = call("project", "upgrade")
    done = call("project", "upgrade", "--apply")
    again = call("project", "upgrade", "--apply")

    assert (refused.code, plan.code, done.code, again.code) == (2, 0, 0, 0)
    assert "run: headgate project upgrade" in refused.err
    assert "\n  0002 " in plan.out
    assert "do it with --apply" in plan.out
    assert "catalog-at-0001.db" in done.out
    assert again.out.endswith("where this Headgate does\n")
    assert call("dataset", "list").code == 0


def test_a_machine_reads_the_plan(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)

    plan = shell(table(), root)("project", "upgrade", "--json")

    assert json.loads(plan.out)["stands_at"] == "0001"


def test_a_project_behind_a_server_is_looked_after_where_it_lies(call: Call) -> None:
    refused = call("project", "backup", "x", "--project", "http://127.0.0.1:7411")

    assert refused.code == 2
    assert "behind a server" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backup"], "'PATH'"),
        (["backup", "."], "no part of a backup"),
        (["backup", ".headgate/b"], "own store"),
        (["backup", "headgate.toml"], "is a file"),
        (["backup", "../b", "extra"], "extra"),
        (["restore", "../nowhere", "../new"], "no backup"),
        (["restore", ".", "../new"], "no backup"),
        (["upgrade", "--plan", "--apply"], "plan first"),
        (["upgrade", "now"], "now"),
        (["restroe", "../b", "../new"], "did you mean restore?"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_and_leaves_no_file(
    call: Call, tmp_path: Path, words: list[str], said: str
) -> None:
    before = {path for path in tmp_path.rglob("*") if "catalog.db" not in path.name}

    done = call("project", *words)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "mend: " in done.err
    assert {path for path in tmp_path.rglob("*") if "catalog.db" not in path.name} == before


@pytest.mark.parametrize("is_there", [True, False], ids=["into an empty folder", "into a new one"])
@pytest.mark.parametrize(
    "odd",
    [
        ["--catalog", "nonsense"],
        ["--catalog", "mysql://x/y"],
        ["--catalog", "sqlite:///no/such/folder/c.db"],
        ["--objects", "ftp://x"],
        ["--objects", "s3://"],
    ],
    ids=" ".join,
)
def test_a_restore_that_was_refused_can_be_asked_again_in_the_same_place(
    call: Call, tmp_path: Path, odd: list[str], is_there: bool
) -> None:
    again = tmp_path / "again"
    call("project", "backup", tmp_path / "backup")
    if is_there:
        again.mkdir()

    refused = call("project", "restore", tmp_path / "backup", again, *odd)
    left = list(again.iterdir()) if again.exists() else None
    made = call("project", "restore", tmp_path / "backup", again)

    assert (refused.code, "mend: " in refused.err) == (2, True)
    assert left == ([] if is_there else None)
    assert (made.code, made.err) == (0, "")


def test_an_endpoint_that_is_not_needed_stands_in_the_settings_and_harms_nobody(
    call: Call, tmp_path: Path
) -> None:
    call("project", "backup", tmp_path / "backup")
    asked = ["--endpoint", "http://127.0.0.1:9"]

    made = call("project", "restore", tmp_path / "backup", tmp_path / "again", *asked)

    assert (made.code, made.err) == (0, "")
    with headgate.open(tmp_path / "again") as again:
        assert again.dataset.read("orders").num_rows == 2
        assert "http://127.0.0.1:9" in str(again.config.show())


def test_a_backup_of_nothing_makes_a_project_of_nothing(tmp_path: Path) -> None:
    headgate.init(tmp_path / "empty").close()
    call = shell(table(), tmp_path / "empty")

    taken = call("project", "backup", tmp_path / "with space ü")
    made = call("project", "restore", tmp_path / "with space ü", tmp_path / "again", "--json")

    assert (taken.code, json.loads(made.out)["n_datasets"]) == (0, 0)
    with headgate.open(tmp_path / "again") as again:
        assert again.dataset.list().datasets == ()
        assert again.dataset.commit("first", [{"id": 1}]).number == 1
