"""Reads somebody's PostgreSQL: one state, in a transaction that can change nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from headgate.core.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection, Engine

PORT = 5432


@contextmanager
def reading(address: str) -> Generator[Connection]:
    """Open a transaction that sees one state of a server and can change nothing.

    Args:
        address: `postgresql://USER@HOST:5432/DATABASE`; the password belongs in `PGPASSWORD`.

    Raises:
        Invalid: the address is none of PostgreSQL, or the driver is missing.
        Unavailable: the server does not answer, or refuses.
    """
    engine = _engine(address)
    try:
        with engine.connect() as connection:
            connection.execute(text("set transaction read only"))
            yield connection
    except DBAPIError as error:
        first = str(error.orig).partition("\n")[0]
        raise Unavailable(
            f"PostgreSQL at {_server(engine)} says: {first}",
            mend="look at the address, the name and what it may read; PGPASSWORD is heeded",
        ) from error
    finally:
        engine.dispose()


def server_of(connection: Connection) -> str:
    """Name the server as other tools name it in their events: `postgres://HOST:PORT`."""
    return _server(connection.engine)


def _engine(address: str) -> Engine:
    wrong = Invalid(
        "that is no address of PostgreSQL",
        mend="write postgresql://USER@HOST:5432/DATABASE, the password in PGPASSWORD",
    )
    try:
        url = make_url(address)
        if url.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
            raise wrong
        return create_engine(
            url.set(drivername="postgresql+psycopg"), isolation_level="REPEATABLE READ"
        )
    except (ArgumentError, NoSuchModuleError) as error:
        raise wrong from error
    except ModuleNotFoundError as error:
        raise Invalid(
            "the driver of PostgreSQL is missing", mend="pip install 'headgate[postgres]'"
        ) from error


def _server(engine: Engine) -> str:
    return f"postgres://{engine.url.host or 'localhost'}:{engine.url.port or PORT}"
