"""Erasing a file's row takes its bytes out of the packs, and no other file's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import HeadgateError
from tests.dataset.trees import write
from tests.searching import files_holding

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project


@pytest.mark.row("S3-75")
def test_an_erased_file_is_nowhere_in_the_store(project: Project, tmp_path: Path) -> None:
    files = {"ann.jpg": b"the face of Ann", "bob.jpg": b"the face of Bob"}
    project.dataset.commit("faces", write(tmp_path / "in", files))

    receipt = project.dataset.erase("faces", where="path = 'ann.jpg'", apply=True)

    assert receipt.n_rows == 1
    assert files_holding(project, "face of Ann") == []
    assert files_holding(project, "face of Bob") != []
    assert project.dataset.file("faces", "bob.jpg") == files["bob.jpg"]
    assert project.dataset.file("faces", "bob.jpg", at=1) == files["bob.jpg"]
    with pytest.raises(HeadgateError):
        project.dataset.file("faces", "ann.jpg", at=1)
    assert project.dataset.fsck().problems == ()


def test_bytes_that_others_have_too_stay_and_are_told(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("faces", write(tmp_path / "in", {"a": b"logo", "b": b"logo"}))

    receipt = project.dataset.erase("faces", where="path = 'a'", apply=True)

    assert project.dataset.file("faces", "b") == b"logo"
    assert "file" in {one.kind for one in receipt.obligations}


def test_a_plan_of_an_erasure_leaves_every_byte(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("faces", write(tmp_path / "in", {"a": b"the face of Ann"}))
    before = time.time()

    project.dataset.erase("faces", where="path = 'a'")

    assert project.dataset.file("faces", "a") == b"the face of Ann"
    packs = tmp_path / "project" / ".headgate" / "packs"
    assert all(one.stat().st_mtime <= before for one in packs.rglob("*.pack"))
