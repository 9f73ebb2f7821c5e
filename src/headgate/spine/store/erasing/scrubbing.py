"""Leaves no copy behind in the database of what was changed: free pages, logs, old row versions."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from headgate.core.errors import Unavailable
from headgate.spine.store.engines import LOCK_WAIT_MS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from headgate.spine.store.catalog import Catalog

BUSY = 1
PAUSE_S = 0.01


def overwrite(connection: Connection) -> None:
    """Have SQLite write zeros over what this connection changes or deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def scrub(catalog: Catalog) -> None:
    """Fold SQLite's log into its file and empty it; have PostgreSQL vacuum its tables.

    Raises:
        Unavailable: somebody reads the catalog all the time, so that its log cannot be emptied.
    """
    engine = catalog.engine
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum"))
        return
    until = monotonic() + LOCK_WAIT_MS / 1000
    while not _truncated(engine):
        if monotonic() > until:
            raise Unavailable(
                "the catalog's log is being read and could not be emptied",
                mend="run the erasure's `headgate dataset fsck --repair` when readers are done",
            )
        sleep(PAUSE_S)


def _truncated(engine: Engine) -> bool:
    """Empty the log; not if it is read, or if somebody else empties it, which SQLite never awaits.

    See https://www.sqlite.org/c3ref/wal_checkpoint_v2.html on the checkpoint lock.
    """
    raw: Any = engine.raw_connection()
    try:
        busy = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        raw.close()
    return busy != BUSY
