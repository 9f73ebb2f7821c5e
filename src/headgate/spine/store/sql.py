"""Users' SQL through DuckDB, shut off from everything but the tables it is handed.

External access is off before the first statement is read, so SQL can open no file, attach no
database and load no extension; names of Python variables are not looked up either. One
statement is run, and it must be a query.
"""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from headgate.core.errors import Invalid
from headgate.core.texts import cut
from headgate.spine.store.legible import legible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

_TOKENS = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\2\$|--[^\n]*|/\*.*?\*/)|([A-Za-z][\w.-]*@[\w.:+-]*[\w])""",
    re.DOTALL,
)
SHOWN_SIGNS = 200
"""Signs of a condition that an error shows; one may list a thousand keys [count]."""
_PLACES = {"query_location", "query_location_length"}
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
}


def quoted(sql: str) -> str:
    """Put `orders@3` in quotes wherever it stands outside of text and comments.

    >>> print(quoted("select * from orders@3 where note = 'a@b'"))
    select * from "orders@3" where note = 'a@b'
    """
    return _TOKENS.sub(lambda found: found[1] or f'"{found[3]}"', sql)


def run_query(
    sql: str,
    load: Callable[[str], Any],
    *,
    values: Mapping[str, Any] | None = None,
    n_threads: int | None = None,
) -> pa.Table:
    """Run one query.

    Args:
        sql: the query; tables are named as snapshots are, `orders` or `orders@3`.
        load: gives an Arrow table or dataset for each name the query uses.
        values: what stands for each `$name` in it.
        n_threads: the most to use; with one, sums of fractions come out the same each time
            [count].

    Raises:
        Invalid: it is no query, or DuckDB cannot run it.
        NotFound: `load` knows no such table.
    """
    connection = _connect(n_threads)
    try:
        text = quoted(sql)
        for name in _tables_of(text):
            connection.register(name, legible(load(name)))
        return connection.sql(text, params=dict(values) if values else None).to_arrow_table()
    except duckdb.PermissionException as error:
        raise Invalid(
            f"the query may read datasets only: {error}",
            mend="take the file in with `headgate source ingest`, then name the dataset",
        ) from error
    except duckdb.Error as error:
        raise Invalid(f"the query did not run: {error}", mend="mend the SQL") from error
    finally:
        connection.close()


class Query(msgspec.Struct, frozen=True):
    """What a query is, apart from comments, line breaks and spelling of keywords.

    Args:
        tables: each table it reads, as often as it names it, in name order.
        shape: its parse tree as JSON, without the places where things stand.
    """

    tables: tuple[str, ...]
    shape: str


@functools.lru_cache(1000)
def parsed(sql: str) -> Query:
    """Read a query without running it.

    Raises:
        Invalid: it is no query.
    """
    connection = _connect()
    try:
        text = quoted(sql)
        _check(connection, text)
        tree = _tree_of(connection, text)
    except duckdb.Error as error:
        raise Invalid(f"the query cannot be read: {error}", mend="mend the SQL") from error
    finally:
        connection.close()
    shape = msgspec.json.encode(_unplaced(tree["statements"]), order="sorted").decode()
    return Query(tables=tuple(sorted(_tables(tree, frozenset()))), shape=shape)


@functools.cache
def aggregates() -> frozenset[str]:
    """Name the functions that make one value of many rows."""
    connection = _connect()
    try:
        told = "select distinct function_name from duckdb_functions() where function_type = ?"
        return frozenset(row[0] for row in connection.execute(told, ["aggregate"]).fetchall())
    finally:
        connection.close()


def filter_rows(rows: Any, condition: str, columns: Sequence[str] = ()) -> pa.Table:
    """Keep the rows of an Arrow table or dataset that meet an SQL condition, in their order.

    Args:
        rows: what is filtered; named `snapshot` inside the condition.
        condition: as in SQL's where.
        columns: those to give back; all if none.

    Raises:
        Invalid: the condition cannot be read, or is neither true nor false.
    """
    connection = _connect()
    try:
        connection.register("snapshot", legible(rows))
        view = connection.view("snapshot")
        _require_truth(view.project(quoted(condition)), condition)
        kept = view.filter(quoted(condition))
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        return (kept.project(names) if names else kept).to_arrow_table()
    except duckdb.Error as error:
        raise Invalid(
            f"the condition {cut(condition, SHOWN_SIGNS)!r} did not run: {error}",
            mend="write it as in SQL's where",
        ) from error
    finally:
        connection.close()


def is_rowwise(condition: str) -> bool:
    """Say whether a condition looks at one row alone, and at no subquery."""
    connection = _connect()
    try:
        sql = f"select 1 from snapshot where {quoted(condition)}"
        found = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
        return '"class":"SUBQUERY"' not in found[0][0]
    finally:
        connection.close()


def _connect(n_threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a connection of its own, which sees no other's tables."""
    return _database(os.getpid(), n_threads).cursor()


@functools.cache
def _database(_process: int, n_threads: int | None) -> duckdb.DuckDBPyConnection:
    """Make an empty database that is shut off; it takes 20 ms, and a connection to it 1 ms.

    A process that is a copy of this one makes its own, for it has none of its threads.
    """
    threads = {} if n_threads is None else {"threads": n_threads}
    connection = duckdb.connect(":memory:", config=_CONFIG | threads)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def _require_truth(told: duckdb.DuckDBPyRelation, condition: str) -> None:
    """Refuse a number or a text as a condition: nearly every row would meet it."""
    kind = str(told.types[0])
    if kind != "BOOLEAN":
        raise Invalid(
            f"the condition {cut(condition, SHOWN_SIGNS)!r} is neither true nor false but {kind}",
            mend="compare it with something, as in: id = 1",
        )


def _check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise Invalid(
            f"{sql[:60]!r} is not one query",
            mend="write one select; to change rows use dataset commit",
        )


@functools.lru_cache(256)
def _tables_of(sql: str) -> list[str]:
    """List the tables a query reads, without those it names itself after `with`.

    The same few are asked again and again, and reading one takes longer than running it.
    """
    connection = _connect()
    try:
        _check(connection, sql)
        return sorted(set(_tables(_tree_of(connection, sql), frozenset())))
    finally:
        connection.close()


def _tree_of(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    found = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
    tree = msgspec.json.decode(found[0][0])
    if tree["error"]:
        raise Invalid(f"the query cannot be read: {tree['error_message']}", mend="mend the SQL")
    return tree


def _unplaced(tree: Any) -> Any:
    """Leave out of a parse tree where things stand in the text."""
    if isinstance(tree, list):
        return [_unplaced(child) for child in tree]
    if not isinstance(tree, dict):
        return tree
    return {key: _unplaced(child) for key, child in tree.items() if key not in _PLACES}


def _tables(tree: Any, own: frozenset[str]) -> Iterator[str]:
    """Walk a query; each `with` adds its names to `own` for what stands after it."""
    if isinstance(tree, list):
        for child in tree:
            yield from _tables(child, own)
    if not isinstance(tree, dict):
        return
    for entry in tree.get("cte_map", {}).get("map", []):
        name = entry["key"].casefold()
        is_recursive = entry["value"]["query_node"]["type"] == "RECURSIVE_CTE_NODE"
        yield from _tables(entry["value"], own | {name} if is_recursive else own)
        own |= {name}
    if tree.get("type") == "BASE_TABLE" and tree["table_name"].casefold() not in own:
        yield tree["table_name"]
    for key, child in tree.items():
        if key != "cte_map":
            yield from _tables(child, own)
