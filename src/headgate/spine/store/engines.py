"""Database engines for the catalog: one writer at a time and readers that see one state.

SQLite gives both by itself. On PostgreSQL every writing transaction first takes one advisory
lock, so that counters, the chain of events and compare-and-set mean the same as on SQLite; a
reading one is REPEATABLE READ READ ONLY. A writer also notes its transaction's number: when the
server goes away during the commit, that number tells later whether the commit had landed. After a
crash a server may give a lost number away again, so `committed` is believed only of the same life
of the server; that a number is unknown or aborted is always true.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, NoSuchModuleError
from sqlalchemy.sql.dml import UpdateBase

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

LOCK_WAIT_MS = 120_000
"""How long a writer waits for another one's commit before it gives up [ms]."""
RESTART_S = 10.0
"""How long a transaction waits at its beginning for a server that restarts [s]."""

_AWAY = re.compile(
    r"starting up|shutting down|recovery mode|not yet accepting|connection refused"
    r"|no such file or directory|server closed the connection|terminating connection"
    r"|connection is (?:closed|lost|bad)|consuming input failed|connection reset|broken pipe",
    re.IGNORECASE,
)
_LOCK = """
select pg_advisory_xact_lock(hashtextextended('headgate ' || current_schema(), 0)),
       pg_current_xact_id()::text
"""
_LIFE = """
select pg_postmaster_start_time()::text,
       coalesce((select stats_reset from pg_stat_bgwriter)::text, '')
"""
"""A crash of one process restarts the others but not the postmaster; it also resets statistics."""
_UNKNOWN_NUMBER = "22023"
_AWAY_STATES = {"57P01", "57P02", "57P03"}
_INFO = "headgate_transaction"
_CHANGED = "headgate_changed"
_WAITS = "headgate_waits"


class Ticket(NamedTuple):
    """What to ask of a writing transaction later: its number, in which life of the server."""

    number: str
    life: str


def make_engine(address: str, home: Path) -> Engine:
    """Make the engine for an address.

    Args:
        address: an SQLAlchemy URL; a relative SQLite path is seen from `home`.
        home: the project's `.headgate` folder.

    Raises:
        Invalid: the address cannot be read, or its driver is not installed.
    """
    url = _read(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url.set(database=str(home / (url.database or "catalog.db"))))
    if url.get_backend_name() != "postgresql":
        raise _unreadable(shown(url))
    return _postgres(url if "+" in url.drivername else url.set(drivername="postgresql+psycopg"))


def shown(url: URL) -> str:
    """Write an address without its password."""
    hidden = url.difference_update_query(["password", "sslpassword"])
    return hidden.render_as_string(hide_password=True)


def is_away(error: BaseException) -> bool:
    """Say whether an error means that the server is gone for now, so that it may come back."""
    if not isinstance(error, DBAPIError):
        return False
    is_told = error.connection_invalidated or state_of(error) in _AWAY_STATES
    return is_told or _AWAY.search(str(error.orig)) is not None


def state_of(error: DBAPIError) -> str | None:
    """Return the code PostgreSQL gives an error."""
    return getattr(error.orig, "sqlstate", None)


def ticket_of(connection: Connection) -> Ticket | None:
    """Return what to ask of a writing transaction later; none on SQLite."""
    return connection.info.get(_INFO)


def note_change(connection: Connection, table: str) -> None:
    """Note that a transaction changed rows of a table."""
    connection.info.setdefault(_CHANGED, set()).add(table)


def changed_by(connection: Connection) -> frozenset[str]:
    """Return the tables whose rows a transaction changed so far."""
    return frozenset(connection.info.get(_CHANGED, ()))


def fate(engine: Engine, ticket: Ticket) -> str | None:
    """Ask what became of a writing transaction whose connection broke.

    Returns:
        `committed` or `aborted`; none if the server cannot tell, or does not come back in time.
    """
    until = time.monotonic() + RESTART_S
    while time.monotonic() < until:
        try:
            found, life = _status(engine, ticket.number)
        except DBAPIError as error:
            if state_of(error) == _UNKNOWN_NUMBER:
                return "aborted"
            if not is_away(error):
                return None
            found, life = "in progress", ticket.life
        if found == "committed" and life != ticket.life:
            return None
        if found != "in progress":
            return found
        time.sleep(0.1)
    return None


def _status(engine: Engine, number: str) -> tuple[str | None, str]:
    with engine.connect() as connection:
        query = text("select pg_xact_status(cast(:number as xid8))")
        return connection.execute(query, {"number": number}).scalar(), connection.info[_LIFE]


def _read(address: str) -> URL:
    try:
        return make_url(address)
    except Exception as error:
        raise _unreadable(re.sub(r"://[^@]*@", "://***@", address)) from error


def _unreadable(address: str) -> Invalid:
    return Invalid(
        f"catalog address {address!r} cannot be read",
        mend="write sqlite:///catalog.db or postgresql+psycopg://user@host/name",
    )


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": LOCK_WAIT_MS / 1000, "check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "after_execute", _note_clause)
    return engine


def _postgres(url: URL) -> Engine:
    try:
        engine = create_engine(
            url, pool_pre_ping=True, max_overflow=30, pool_timeout=LOCK_WAIT_MS / 1000
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Invalid(
            f"{url.drivername} needs a driver that is not installed",
            mend="pip install 'headgate[postgres]'",
        ) from error
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "begin", _begin_postgres)
    event.listen(engine, "after_execute", _note_clause)
    return engine


def _note_clause(connection: Connection, clause: Any, *_rest: Any) -> None:
    if isinstance(clause, UpdateBase):
        table: Any = getattr(clause, "table", None)
        note_change(connection, str(getattr(table, "name", table)))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let us say BEGIN ourselves, make every commit survive a loss of power, overwrite what goes.

    With `secure_delete` a changed cell leaves no copy of what it held in the file's free space.
    """
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={LOCK_WAIT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a writer takes the lock, and its commit waits for the disk unless it hurries."""
    connection.info.pop(_CHANGED, None)
    options = connection.get_execution_options()
    driver: Any = connection.connection.dbapi_connection
    waits = "NORMAL" if options.get("headgate_hurries") else "FULL"
    if connection.info.get(_WAITS) != waits:
        driver.execute(f"PRAGMA synchronous={waits}")
        connection.info[_WAITS] = waits
    if options.get("headgate_writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # takes no lock, so it cannot fail; through the dialect it costs more than a query
        driver.execute("BEGIN")


def _prepare_postgres(connection: Any, record: Any) -> None:
    """Wait for the lock as long as on SQLite, and note in which life of the server we are."""
    connection.execute(f"set lock_timeout = {LOCK_WAIT_MS}; set timezone = 'UTC'")
    record.info[_LIFE] = " ".join(connection.execute(_LIFE).fetchone())
    connection.commit()


def _begin_postgres(connection: Connection) -> None:
    connection.info.pop(_INFO, None)
    connection.info.pop(_CHANGED, None)
    if connection.get_execution_options().get("headgate_writes"):
        number = connection.exec_driver_sql(_LOCK).one()[1]
        connection.info[_INFO] = Ticket(number, connection.info[_LIFE])
