"""Looks at a table of somebody's PostgreSQL where it lies; no row leaves it but those that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from headgate.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COLUMNS = """
select a.attname, t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass(:name) and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
_KEY = """
select a.attname from pg_index i join pg_attribute a
  on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indrelid = to_regclass(:name) and i.indisprimary order by array_position(i.indkey, a.attnum)
"""
_PLACE = """
select format('%I.%I', n.nspname, c.relname) from pg_class c
join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass(:name)
"""
KINDS: dict[str, pa.DataType] = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "numeric": pa.decimal128(38, 9),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "time": pa.time64("us"),
    "bytea": pa.binary(),
    "json": pa.struct([]),
    "jsonb": pa.struct([]),
}


def settle(connection: Connection) -> None:
    """Have moments read and written in UTC, as they are everywhere else."""
    connection.execute(text("set local time zone 'UTC'"))


def schema_of(connection: Connection, table: str) -> pa.Schema:
    """Return the columns of a table as Arrow would have them; what it does not know is text.

    Raises:
        NotFound: there is no such table.
    """
    found = connection.execute(text(_COLUMNS), {"name": table}).all()
    if not found:
        raise NotFound(f"no table {table!r} there", mend="write SCHEMA.TABLE as PostgreSQL does")
    return pa.schema([(name, _kind(told)) for name, told in found])


def key_of(connection: Connection, table: str) -> list[str]:
    """List the columns of a table's primary key, in its order."""
    return list(connection.execute(text(_KEY), {"name": table}).scalars())


def place_of(connection: Connection, table: str) -> str:
    """Write the name of a table with its schema, in quotes."""
    return connection.execute(text(_PLACE), {"name": table}).scalar_one()


def ask(connection: Connection, sql: str) -> pa.Table:
    """Run a query that is written already; one that fails leaves the transaction as it was.

    Raises:
        Invalid: the server cannot run it.
    """
    try:
        with connection.begin_nested():
            found = connection.exec_driver_sql(sql.replace("%", "%%"))
            names, rows = list(found.keys()), found.all()
    except DBAPIError as error:
        first = str(error.orig).partition("\n")[0]
        raise Invalid(f"the query did not run: {first}", mend="mend the SQL") from error
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pa.table([pa.array(list(values)) for values in columns], names=names)


def _kind(told: str) -> pa.DataType:
    if told.startswith("_"):
        return pa.list_(_kind(told[1:]))
    return KINDS.get(told, pa.string())
