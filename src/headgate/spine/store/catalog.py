"""The catalog: SQLAlchemy Core over SQLite by default, PostgreSQL by changing the address."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

HEAD = "0001"
"""The migration this code stands on; a test keeps it equal to the newest file."""

LOCK_WAIT_MS = 120_000
"""How long a writer waits for another one's commit before it gives up [ms]."""


class Catalog:
    """The one connection pool of a project.

    Args:
        engine: where the tables lie.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Open a transaction that sees one state and changes nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        with _explained(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Open a transaction that alone may write; committed at the end, undone by an exception.

        Raises:
            Unavailable: the database does not answer, is full, or stays locked.
        """
        with _explained(self.engine), self.engine.connect() as connection:
            writer = connection.execution_options(headgate_writes=True)
            with writer.begin():
                yield writer

    def create(self) -> None:
        """Bring an empty database to the newest state by running every migration.

        Raises:
            Conflict: the database holds a catalog already.
        """
        from headgate.spine.store.migrate import upgrade

        if inspect(self.engine).has_table("alembic_version"):
            raise Conflict(
                f"there is a catalog in {self.engine.url}", mend="open it, or choose another place"
            )
        upgrade(self.engine)

    def require_current(self) -> Self:
        """Make sure that the catalog stands where this code does.

        Raises:
            NotFound: there is no catalog.
            Conflict: an older or a newer Headgate made it.
        """
        with self.read() as connection:
            if not self.engine.dialect.has_table(connection, "alembic_version"):
                raise NotFound(f"no catalog in {self.engine.url}", mend="run: headgate init")
            number = connection.execute(text("select version_num from alembic_version")).scalar()
        if number != HEAD:
            raise Conflict(
                f"the catalog stands at migration {number}, this Headgate at {HEAD}",
                mend="upgrade the one that is older",
            )
        return self

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def open_catalog(address: str, home: Path) -> Catalog:
    """Open the catalog at an address.

    Args:
        address: an SQLAlchemy URL; a relative SQLite path is seen from `home`.
        home: the project's `.headgate` folder.

    Raises:
        Invalid: the address cannot be read.
    """
    try:
        url = make_url(address)
    except Exception as error:
        raise Invalid(
            f"catalog address {address!r} cannot be read",
            mend="write sqlite:///catalog.db or postgresql+psycopg://user@host/name",
        ) from error
    if url.get_backend_name() != "sqlite":
        return Catalog(create_engine(url, pool_pre_ping=True))
    url = url.set(database=str(home / (url.database or "catalog.db")))
    engine = create_engine(
        url, connect_args={"timeout": LOCK_WAIT_MS / 1000, "check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Catalog(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let us say BEGIN ourselves, and make every commit survive a loss of power."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={LOCK_WAIT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("headgate_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _explained(engine: Engine) -> Generator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable(
            f"the catalog {engine.url} did not do it: {error.orig}",
            mend="look after the disk's space and rights, or the server, and try again",
        ) from error
    except DatabaseError as error:
        if "not a database" not in str(error.orig):
            raise
        raise Invalid(
            f"{engine.url} is no catalog: {error.orig}", mend="restore the file from a backup"
        ) from error
