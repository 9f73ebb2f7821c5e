"""The state before a change, read from git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.inspecting.commit import Base


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.email=ann@example.org", "-c", "user.name=ann", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in a repository, with a contract that was changed since it was committed."""
    inner = tmp_path / "repository" / "data"
    (inner / "contracts").mkdir(parents=True)
    (inner / "contracts" / "orders.yaml").write_text("first", encoding="utf-8")
    git(inner.parent, "init", "-q")
    git(inner.parent, "add", ".")
    git(inner.parent, "commit", "-qm", "first")
    (inner / "contracts" / "orders.yaml").write_text("second", encoding="utf-8")
    (inner / "contracts" / "new.yaml").write_text("new", encoding="utf-8")
    return inner


def test_a_file_is_read_as_it_was(folder: Path) -> None:
    base = Base(folder, "HEAD")

    assert base.content("contracts/orders.yaml") == b"first"
    assert base.content("contracts/new.yaml") is None


def test_the_files_of_a_folder_are_listed_as_they_were(folder: Path) -> None:
    base = Base(folder, "HEAD")

    assert base.files("contracts") == ["contracts/orders.yaml"]
    assert base.files("monitors") == []


def test_a_commit_that_is_not_there_is_told_with_how_to_fetch_it(folder: Path) -> None:
    with pytest.raises(NotFound, match="no commit origin/main") as told:
        Base(folder, "origin/main")

    assert "fetch-depth: 0" in told.value.mend


@pytest.mark.parametrize("name", ["--output=x", "-c", "", "a\nb"])
def test_a_name_that_git_could_take_for_an_option_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(Invalid, match="names no commit"):
        Base(folder, name)

    assert not (folder / "x").exists()


def test_a_folder_outside_of_any_repository_has_no_base(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Base(tmp_path, "HEAD")


def test_files_whose_names_are_no_text_are_listed_and_read(folder: Path) -> None:
    odd = os.fsdecode(b"contracts/\xff.yaml")
    (folder / odd).write_text("odd", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "odd")

    base = Base(folder, "HEAD")

    assert odd in base.files("contracts")
    assert base.content(odd) == b"odd"


def test_names_with_spaces_and_letters_of_any_script_are_listed_as_they_are(folder: Path) -> None:
    (folder / "contracts" / "große Städte.yaml").write_text("places", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "places")

    base = Base(folder, "HEAD")

    assert "contracts/große Städte.yaml" in base.files("contracts")
    assert base.content("contracts/große Städte.yaml") == b"places"


def test_a_commit_stays_the_one_it_was_when_the_branch_moves_on(folder: Path) -> None:
    base = Base(folder, "HEAD")
    git(folder, "commit", "-qam", "second")

    assert base.content("contracts/orders.yaml") == b"first"
    assert Base(folder, "HEAD").content("contracts/orders.yaml") == b"second"
    assert Base(folder, "HEAD~1").commit == base.commit
