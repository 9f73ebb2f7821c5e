"""`dataset commit NAME FOLDER`: the verb of tables takes a folder on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Invalid
from headgate.surfaces.folders import as_folder
from headgate.surfaces.verbs import table
from tests.dataset.trees import tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.surfaces.python import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A fresh project with every verb."""
    with headgate.init(tmp_path / "project") as opened:
        yield opened


@pytest.mark.row("S3-75")
def test_a_folder_is_committed_and_exported_by_the_verbs_of_tables(
    project: Project, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", {"a/p.jpg": b"1", "b": b"2"})

    first = project.dataset.commit("photos", folder, message="first")
    again = project.dataset.commit("photos", str(folder), key="path")
    report = project.dataset.export("photos", str(tmp_path / "out"))

    assert (first.n_rows, first.is_new, again.is_new) == (2, True, False)
    assert (report.format, report.n_rows, report.n_bytes) == ("folder", 2, 2)
    assert tree(tmp_path / "out") == {"a/p.jpg": b"1", "b": b"2"}
    assert project.dataset.fsck().problems == ()


def test_files_can_be_exported_as_a_table_too(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("photos", write(tmp_path / "in", {"a": b"1"}))

    project.dataset.export("photos", str(tmp_path / "out.csv"))

    assert (tmp_path / "out.csv").read_text().startswith('"path","size_bytes","digest"')


@pytest.mark.parametrize(
    ("asked", "reason"), [({"key": ["id"]}, "key of files"), ({"where": "a"}, "with where")]
)
def test_what_makes_no_sense_for_files_is_refused(
    project: Project, tmp_path: Path, asked: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        project.dataset.commit("photos", write(tmp_path / "in", {}), **asked)


def test_a_folder_here_is_not_sent_to_a_server() -> None:
    with pytest.raises(Invalid, match="lies on this machine") as refused:
        as_folder(table(), {"name": "photos"}, Path("photos"), "http://127.0.0.1:7411")

    assert "commit it where the project lies" in refused.value.mend
