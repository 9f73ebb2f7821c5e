"""Leaves no copy behind in the database of what was changed: free pages, logs, old row versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.store.catalog import Catalog

BUSY = 1


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
    raw: Any = engine.raw_connection()
    busy = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    raw.close()
    if busy == BUSY:
        raise Unavailable(
            "the catalog's log is being read and could not be emptied",
            mend="run the erasure's `headgate dataset fsck --repair` when readers are done",
        )
