"""SQLite databases: the rows of a table or of a query, opened for reading only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import Reading
from headgate.ingest.connectors._records import Records, unify
from headgate.ingest.connectors._text import existing

BLOCK_RECORDS = 65_536


def sqlite(path: str, /, *, table: str = "", query: str = "") -> Iterator[Reading]:
    """Read a table, a view or a query of a SQLite database.

    Args:
        path: the database's file.
        table: a table or view; with neither table nor query the only one there is.
        query: one SELECT statement.

    Yields:
        Rows with `_line`, the row's place in the result [count from 1]. SQLite types values,
        not columns: a value of another type than most in its column rejects its row.

    Raises:
        NotFound: there is no such file or table.
        Invalid: it is no SQLite database, or the query cannot be run.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = str(pathlib.Path(folder.name, "people.db"))
    >>> with closing(sqlite3.connect(path)) as database:
    ...     _ = database.executescript("create table people (name, age);"
    ...         "insert into people values ('Ada', 36), ('Bob', 'unknown'), ('Cy', 41)")
    >>> [reading] = sqlite(path, table="people")
    >>> reading.rows.num_rows, reading.rejected[0].reason
    (2, "type:age: 'unknown' is not int64")
    >>> folder.cleanup()
    """
    if table and query:
        raise Invalid("both a table and a query are named", mend="name one of them")
    address = existing(path).absolute().as_uri() + "?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
            database.execute("PRAGMA query_only = ON")
            statement = query or _select(database, table, path)
            database.execute("BEGIN")
            yield from unify(partial(_records, database, statement, path))
    except sqlite3.DatabaseError as error:
        raise _explained(error, path, query) from error


def _select(database: sqlite3.Connection, table: str, path: str) -> str:
    listed = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    known = [name for (name,) in database.execute(listed) if not name.startswith("sqlite_")]
    if not table and len(known) == 1:
        table = known[0]
    if not table:
        raise Invalid(
            f"{path} holds {len(known)} tables and none is named",
            mend=f"--settings table=… ({', '.join(known[:8])})",
        )
    if table not in known:
        raise NotFound.among(f"table in {path}", table, known)
    quoted = table.replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608 - a name that is in the database, quoted


def _records(database: sqlite3.Connection, statement: str, path: str) -> Iterator[Records]:
    cursor = database.execute(statement)
    if cursor.description is None:
        raise Invalid(f"the query gives no rows of {path}", mend="write a SELECT statement")
    names = [column[0] for column in cursor.description]
    for name in names:
        if names.count(name) > 1:
            raise Invalid(f"the result has two columns {name!r}", mend=f"name one AS {name}_2")
    n_read = 0
    while rows := cursor.fetchmany(BLOCK_RECORDS):
        lines = list(range(n_read + 1, n_read + len(rows) + 1))
        n_read += len(rows)
        values = [list(column) for column in zip(*rows, strict=True)]
        columns = dict(zip(names, values, strict=True))
        yield Records(lines, columns, partial(_raw, names, rows), [])
    if n_read == 0:
        yield Records([], {name: [] for name in names}, partial(_raw, names, []), [])


def _raw(names: list[str], rows: list[tuple[Any, ...]], place: int) -> str:
    return msgspec.json.encode(dict(zip(names, rows[place], strict=True))).decode()


def _explained(error: sqlite3.DatabaseError, path: str, query: str) -> Invalid:
    if "not a database" in str(error) or "malformed" in str(error):
        return Invalid(
            f"{path} is no SQLite database: {error}",
            mend="name the database's file, or its connector: --connector csv",
        )
    what = f"the query on {path}" if query else path
    return Invalid(f"{what} cannot be read: {error}", mend="mend the query or the table's name")
