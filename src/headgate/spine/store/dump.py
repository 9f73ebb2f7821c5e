"""The catalog's tables as JSON lines, alike from SQLite and PostgreSQL, and back into either.

Tables are taken as the database has them, not as code declares them, so that a catalog of any age
can be written down. What is written down can be read into a catalog at the same migration.
"""

from __future__ import annotations

import base64
import sqlite3
from typing import TYPE_CHECKING, Any

import msgspec
from blake3 import blake3
from sqlalchemy import DateTime, LargeBinary, MetaData, event, insert, select

from headgate.core.errors import Conflict, Invalid
from headgate.core.times import parse
from headgate.spine.store.types import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from headgate.spine.store.catalog import Catalog

AT_ONCE = 2_000
"""Rows that are in memory at a time [count]."""
_OWN = "alembic_version"


class TableFile(msgspec.Struct, frozen=True):
    """A table that was written down.

    Args:
        name: the table's name; the file is `NAME.jsonl`.
        digest: blake3 of the file.
    """

    name: str
    n_rows: int
    n_bytes: int
    digest: str


def tables_of(connection: Connection) -> list[Table]:
    """Read which tables the catalog has, each after those it refers to."""
    metadata = MetaData()
    event.listen(metadata, "column_reflect", _keep_zone)
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _OWN]


def write_table(connection: Connection, table: Table, path: Path) -> TableFile:
    """Write a table, one row a line, in the order of its key.

    Columns stand by name, for a migrated catalog has them in another order than a new one.
    """
    hasher = blake3()
    n_rows = n_bytes = 0
    names = sorted(str(column.name) for column in table.columns)
    columns = [table.columns[name] for name in names]
    query = select(*columns).order_by(*table.primary_key.columns)
    rows = connection.execute(query, execution_options={"yield_per": AT_ONCE})
    with path.open("wb") as file:
        for part in rows.partitions():
            text = b"".join(_line(names, row) for row in part)
            hasher.update(text)
            file.write(text)
            n_rows, n_bytes = n_rows + len(part), n_bytes + len(text)
    return TableFile(str(table.name), n_rows, n_bytes, hasher.hexdigest())


def read_table(connection: Connection, table: Table, path: Path) -> int:
    """Read a table back from what `write_table` wrote; return the number of rows.

    Raises:
        Invalid: the file holds a column that the table has not.
    """
    n_rows = 0
    for rows in _parts(table, path):
        connection.execute(insert(table), rows)
        n_rows += len(rows)
    return n_rows


def copy_catalog(catalog: Catalog, path: Path) -> str:
    """Copy the whole catalog, as it stands at one moment.

    Args:
        catalog: what to copy.
        path: where to, without a suffix: an SQLite file, or a folder of tables as JSON lines.

    Returns:
        The path of the copy.

    Raises:
        Conflict: there is a copy already.
    """
    if catalog.engine.dialect.name == "sqlite":
        path = path.with_name(f"{path.name}.db")
    if path.exists():
        raise Conflict(
            f"{path} is there already", mend="it is the copy of an earlier upgrade: move it away"
        )
    if catalog.engine.dialect.name == "sqlite":
        _copy_sqlite(catalog, path)
        return str(path)
    path.mkdir(parents=True)
    with catalog.read() as connection:
        for table in tables_of(connection):
            write_table(connection, table, path / f"{table.name}.jsonl")
    return str(path)


def _copy_sqlite(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = catalog.engine.raw_connection()
    target = sqlite3.connect(path)
    try:
        driver: Any = source.driver_connection
        driver.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()
        source.close()


def _keep_zone(_inspector: Any, _table: Any, column: Any) -> None:
    """Take times as moments in UTC: SQLite tells no zone."""
    if isinstance(column["type"], DateTime):
        column["type"] = Moment()


def _line(names: list[str], row: Sequence[Any]) -> bytes:
    return msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n"


def _parts(table: Table, path: Path) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for line in file:
            rows.append(_row(table, msgspec.json.decode(line)))
            if len(rows) == AT_ONCE:
                yield rows
                rows = []
    if rows:
        yield rows


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(table.columns.keys())
    if unknown:
        raise Invalid(
            f"table {table.name} has no column {min(unknown)!r}",
            mend="restore with the Headgate that made the backup, then upgrade",
        )
    return {name: _value(table.columns[name].type, value) for name, value in values.items()}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Moment):
        return parse(value)
    return base64.b64decode(value) if isinstance(kind, LargeBinary) else value
