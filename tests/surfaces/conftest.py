"""A project of sample operations, opened through every surface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from headgate.spine.context import open_context
from headgate.surfaces.derive import derive_from
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.remote import open_remote
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import Table
from tests.surfaces.shell import shell


@pytest.fixture(scope="session")
def verbs() -> Table:
    return Table(derive_from(["tests.surfaces.sample", "headgate.surfaces.config"]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / ".headgate").mkdir(parents=True)
    (folder / "headgate.toml").write_text('name = "shop"\nactor = "ada"\n')
    return folder


@pytest.fixture
def local(root: Path) -> Iterator[Local]:
    opened = Local(open_context(root))
    yield opened
    opened.close()


@pytest.fixture
def server(local: Local, verbs: Table) -> Iterator[Listening]:
    listening = Listening(local, verbs, host="127.0.0.1", port=0)
    thread = Thread(target=listening.serve)
    thread.start()
    yield listening
    listening.stop()
    thread.join()


@pytest.fixture
def token(root: Path) -> str:
    return keep_token(root / ".headgate")


@pytest.fixture
def project(local: Local, verbs: Table) -> Project:
    return Project(local, verbs)


@pytest.fixture
def remote_project(server: Listening, verbs: Table, token: str) -> Iterator[Project]:
    with Project(open_remote(server.address, token), verbs) as opened:
        yield opened


@pytest.fixture
def headgate(root: Path, verbs: Table) -> Callable[..., SimpleNamespace]:
    """Run the command line inside the project's folder."""
    return shell(verbs, root)
