"""One PostgreSQL server for all tests of contracts; each file of them has a database of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.backends.servers import Postgres, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of this session."""
    with running_postgres() as server:
        yield server
