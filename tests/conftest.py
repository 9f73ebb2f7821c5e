"""Fixtures every test may use: a fresh project, and the context an operation is handed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import headgate
from headgate.spine.context import open_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A fresh, empty project, opened locally."""
    with headgate.init(tmp_path / "project") as opened:
        yield opened


@pytest.fixture
def context(project: Project, tmp_path: Path) -> Iterator[Context]:
    """The context of the fresh project, as operations get it."""
    opened = open_context(tmp_path / "project")
    yield opened
    opened.opened.close()
