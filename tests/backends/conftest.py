"""Where a test may run: every pair of {SQLite, PostgreSQL} and {local files, S3}.

A test in this folder that asks for `backend` runs once for each pair, and whatever makes a project
in it (the fixtures `project` and `context`, `headgate.init`, a subprocess) makes it there, in a
schema and under a prefix of its own. SQLite with local files is part of every run; the others are
marked `full` unless the test says `@pytest.mark.parametrize("backend", ENDS, indirect=True)`.

    def test_what_was_committed_is_read(backend: Backend, context: Context) -> None: ...

A file of tests that exists already runs here by one line in `test_reused.py`. `backends.make(name)`
makes a second place; `postgres` and `s3` are the servers themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from headgate.spine.store.upkeep import sweeping
from tests.backends.places import PAIRS, Backend, Backends
from tests.backends.servers import Postgres, running_postgres, running_s3

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this session."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server of this session."""
    with running_s3() as address:
        yield address


@pytest.fixture
def backends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backends:
    """Makes places to put a project, each starting its server when first needed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return Backends(request.getfixturevalue)


@pytest.fixture(params=PAIRS)
def backend(
    request: pytest.FixtureRequest, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> Backend:
    """The pair this test runs on; a project made in the test lies there."""
    made = backends.make(request.param)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what nobody names on S3 be collected at once, as it is on the local disk."""
    monkeypatch.setattr(sweeping, "REMOTE_GRACE", timedelta(0))
