"""The catalog: SQLAlchemy Core over SQLite by default, PostgreSQL by changing the address."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy import inspect, text
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from headgate.core.errors import (
    Conflict,
    Denied,
    HeadgateError,
    Invalid,
    NotFound,
    Unavailable,
)
from headgate.spine.store import engines

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

HEAD = "0012"
"""The migration this code stands on; a test keeps it equal to the newest file."""

_READS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_FORBIDDEN = "42501"
"""PostgreSQL's state for a missing right."""


class Catalog:
    """The one connection pool of a project.

    Args:
        engine: where the tables lie.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = threading.Lock()

    @property
    def place(self) -> str:
        """The address, without its password."""
        return engines.shown(self.engine.url)

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Open a transaction that sees one state and changes nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        options = _READS if self.engine.dialect.name == "postgresql" else {}
        with self._explained(), self._connected(**options) as connection:
            yield connection

    @contextmanager
    def write(self, *, hurries: bool = False) -> Generator[Connection]:
        """Open a transaction that alone may write; committed at the end, undone by an exception.

        When the server goes away during the commit, it is asked afterwards whether it had landed.

        Args:
            hurries: on SQLite the commit does not wait for the disk, so a loss of power may undo
                it, unless one came after it that waited: that one brought it to disk too. For
                what only such a later one makes use of, as a number taken for it.

        Raises:
            Unavailable: the database does not answer, is full, or stays locked.
            Conflict: what is written contradicts what is there.
        """
        with (
            self._explained(),
            self._in_turn(),
            self._connected(headgate_writes=True, headgate_hurries=hurries) as connection,
        ):
            ticket = engines.ticket_of(connection)
            try:
                with connection.get_transaction() or connection.begin():
                    yield connection
            except DBAPIError as error:
                if ticket is None or not engines.is_away(error):
                    raise
                self._require_landed(ticket)

    def create(self, *, to: str = HEAD) -> None:
        """Bring an empty database to the newest state, or an older one.

        Raises:
            Conflict: the database holds a catalog already.
        """
        from headgate.spine.store.migrate import lay, upgrade

        with self._explained():
            if inspect(self.engine).has_table("alembic_version"):
                raise Conflict(
                    f"there is a catalog in {self.place}",
                    mend="open its project, or choose another place; on PostgreSQL another "
                    "database, or another schema with ?options=-csearch_path=NAME",
                )
            if to == HEAD:
                lay(self.engine, to)
            else:
                upgrade(self.engine, to=to)

    def migration(self) -> str:
        """Return the number of the migration the catalog stands at.

        Raises:
            NotFound: there is no catalog.
        """
        with self.read() as connection:
            if not self.engine.dialect.has_table(connection, "alembic_version"):
                raise NotFound(f"no catalog in {self.place}", mend="run: headgate init")
            number = connection.execute(text("select version_num from alembic_version")).scalar()
        return str(number)

    def require_current(self) -> Self:
        """Make sure that the catalog stands where this code does; let go of it if not.

        Raises:
            NotFound: there is no catalog.
            Conflict: an older or a newer Headgate made it.
        """
        try:
            number = self.migration()
            if number != HEAD:
                raise _other_age(number)
        except HeadgateError:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    @contextmanager
    def _connected(self, **options: str | bool) -> Generator[Connection]:
        """Take a connection, a writer's with the lock; while the server restarts, wait for it."""
        until = time.monotonic() + engines.RESTART_S
        while True:
            connection = None
            try:
                connection = self.engine.connect().execution_options(**options)
                if "headgate_writes" in options:
                    connection.begin()
                break
            except DBAPIError as error:
                if connection is not None:
                    connection.close()
                if not engines.is_away(error) or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        with connection:
            yield connection

    @contextmanager
    def _in_turn(self) -> Generator[None]:
        """Wait without a connection while another thread writes, which may need one more itself."""
        if not self._turn.acquire(timeout=engines.LOCK_WAIT_MS / 1000):
            raise Unavailable(
                f"another thread has been writing to the catalog {self.place} for too long",
                mend="try again when it is done",
            )
        try:
            yield
        finally:
            self._turn.release()

    def _require_landed(self, ticket: engines.Ticket) -> None:
        found = engines.fate(self.engine, ticket)
        if found == "committed":
            return
        if found == "aborted":
            raise Unavailable(
                f"the catalog {self.place} went away before the commit; nothing was changed",
                mend="try again",
            )
        raise Unavailable(
            f"the catalog {self.place} went away during the commit",
            mend="look with `headgate dataset log` whether the commit had landed; if not, try "
            "again when the server answers",
        )

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            explained = _explain(error, self.place)
            if explained is None:
                raise
            raise explained from error


def open_catalog(address: str, home: Path) -> Catalog:
    """Open the catalog at an address.

    Args:
        address: an SQLAlchemy URL; a relative SQLite path is seen from `home`.
        home: the project's `.headgate` folder.

    Raises:
        Invalid: the address cannot be read, or its driver is not installed.
    """
    return Catalog(engines.make_engine(address, home))


def _other_age(number: str) -> Conflict:
    return Conflict(
        f"the catalog stands at migration {number}, this Headgate at {HEAD}",
        mend="run: headgate project upgrade"
        if number < HEAD
        else "open it with a newer one: pip install --upgrade headgate",
    )


def _explain(error: DBAPIError | PoolTimeout, place: str) -> HeadgateError | None:
    """Turn what a database said into one of our errors; none if it is our bug."""
    if isinstance(error, PoolTimeout):
        return Unavailable(
            f"every connection to the catalog {place} is in use", mend="try again in a while"
        )
    said = str(error.orig).strip().partition("\n")[0]
    if isinstance(error, (OperationalError, InterfaceError)):
        return Unavailable(
            f"the catalog {place} did not do it: {said}",
            mend="look after the disk's space and rights, or the server, and try again",
        )
    if isinstance(error, IntegrityError):
        return Conflict(
            f"the catalog refused a row: {said}", mend="somebody else was first; try again"
        )
    if isinstance(error, DataError):
        return Invalid(f"a value does not fit the catalog: {said}", mend="make it shorter or plain")
    if isinstance(error, ProgrammingError) and engines.state_of(error) == _FORBIDDEN:
        return Denied(
            f"the catalog {place} forbids it: {said}",
            mend="grant the user the rights on the schema and its tables",
        )
    if isinstance(error, DatabaseError) and "not a database" in said:
        return Invalid(f"{place} is no catalog: {said}", mend="restore the file from a backup")
    return None
