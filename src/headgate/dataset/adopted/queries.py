"""Reads a table of somebody's PostgreSQL as it stands at one moment, to name it by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from blake3 import blake3
from sqlalchemy import text

from headgate.core.errors import NotFound
from headgate.spine.store.elsewhere import reading, server_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

ROWS_AT_ONCE = 10_000
"""Rows that the server hands over at once [count]."""
_SAME = """
set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601';
set local extra_float_digits = 1; set local bytea_output = 'hex'
"""
"""Settings that change how a value is written, and so would change the digest."""
_FIND = "select to_regclass(:name)::oid"
_COLUMNS = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = :oid and attnum > 0 and not attisdropped order by attnum
"""
_NAME = """
select nspname, relname from pg_class join pg_namespace n on n.oid = relnamespace
where pg_class.oid = :oid
"""


class Seen(NamedTuple):
    """A table as it stood.

    Args:
        server: `postgres://HOST:PORT`.
        name: DATABASE.SCHEMA.TABLE.
        digest: of its columns and rows, in whatever order they lie.
        n_rows: rows in it [count].
        n_bytes: what its rows take as text [bytes].
    """

    server: str
    name: str
    digest: str
    n_rows: int
    n_bytes: int


def see_table(address: str, table: str) -> Seen:
    """Read a table in one transaction that sees one state and can change nothing.

    Raises:
        NotFound: there is no such table.
        Invalid: the address is none of PostgreSQL, or the driver is missing.
        Unavailable: the server does not answer, or refuses.
    """
    with reading(address) as connection:
        return _seen(connection, table)


def _seen(connection: Connection, table: str) -> Seen:
    for setting in _SAME.split(";"):
        connection.execute(text(setting))
    oid = connection.execute(text(_FIND), {"name": table}).scalar()
    if oid is None:
        raise NotFound(f"no table {table!r} there", mend="write SCHEMA.TABLE as PostgreSQL does")
    schema, name = connection.execute(text(_NAME), {"oid": oid}).one()
    columns = [tuple(row) for row in connection.execute(text(_COLUMNS), {"oid": oid})]
    hasher: Any = blake3(repr(columns).encode())
    n_rows = n_bytes = 0
    for row in _rows(connection, schema, name):
        hasher.update(len(row).to_bytes(8, "little"))
        hasher.update(row)
        n_rows += 1
        n_bytes += len(row)
    database = connection.engine.url.database
    whole = f"{database}.{schema}.{name}"
    return Seen(server_of(connection), whole, hasher.hexdigest(), n_rows, n_bytes)


def _rows(connection: Connection, schema: str, name: str) -> Any:
    """Yield every row as text in bytes, sorted by these bytes on the server."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    place = f"{quote(schema)}.{quote(name)}".replace(":", "\\:")
    asked = f'select t::text as told from {place} t order by t::text collate "C"'
    streamed = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
    for row in streamed.execute(text(asked)):
        yield row.told.encode()
