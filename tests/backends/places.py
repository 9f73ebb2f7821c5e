"""The pairs of catalog and object store that tests run on, and fresh places on them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.backends.servers import BUCKET

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("sqlite-local", "sqlite-s3", "postgres-local", "postgres-s3")
OTHERS = [pytest.param(name, marks=pytest.mark.full) for name in NAMES[1:]]
"""Every pair but the one that other tests run on."""
CATALOGS = [OTHERS[1]]
"""PostgreSQL with local files: for tests that touch the catalog alone."""
PAIRS = [NAMES[0], *OTHERS]
ENDS = [NAMES[0], NAMES[3]]
"""The two pairs that share nothing, both in every run: for tests that are quick everywhere."""


@dataclass(frozen=True)
class Backend:
    """A place of its own on a pair.

    Args:
        name: of the pair, such as `postgres-s3`.
        environment: the variables that make `headgate init` use it; none for the default.
    """

    name: str
    environment: dict[str, str]


class Backends:
    """Makes fresh places.

    Args:
        server: returns the running server of a name, `postgres` or `s3`.
    """

    def __init__(self, server: Callable[[str], Any]) -> None:
        self._server = server

    def make(self, name: str) -> Backend:
        """Make a place that holds nothing: a schema, a prefix, or the project's own folder."""
        catalog, _, objects = name.partition("-")
        environment: dict[str, str] = {}
        if catalog == "postgres":
            environment["HEADGATE_STORE_CATALOG"] = self.catalog()
        if objects == "s3":
            environment["HEADGATE_STORE_OBJECTS"] = f"s3://{BUCKET}/{uuid.uuid4().hex}"
            environment["HEADGATE_STORE_ENDPOINT"] = self._server("s3")
        return Backend(name, environment)

    def catalog(self) -> str:
        """Return the address of a new, empty schema on PostgreSQL."""
        schema = f"s{uuid.uuid4().hex}"
        server = self._server("postgres")
        server.say(f"create schema {schema}")
        return server.url(schema)
