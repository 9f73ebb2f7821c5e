"""Users' SQL through DuckDB, shut off from everything but the tables it is handed.

External access is off before the first statement is read, so SQL can open no file, attach no
database and load no extension; names of Python variables are not looked up either. One
statement is run, and it must be a query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

_TOKENS = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/)|([A-Za-z][\w.-]*@[\w.:+-]*[\w])""",
    re.DOTALL,
)
_CONFIG = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def quoted(sql: str) -> str:
    """Put `orders@3` in quotes wherever it stands outside of text and comments.

    >>> quoted("select * from orders@3 where note = 'a@b'")
    'select * from "orders@3" where note = \\'a@b\\''
    """
    return _TOKENS.sub(lambda found: found[1] or f'"{found[2]}"', sql)


def run_query(sql: str, load: Callable[[str], Any]) -> pa.Table:
    """Run one query.

    Args:
        sql: the query; tables are named as snapshots are, `orders` or `orders@3`.
        load: gives an Arrow table or dataset for each name the query uses.

    Raises:
        Invalid: it is no query, or DuckDB cannot run it.
        NotFound: `load` knows no such table.
    """
    connection = duckdb.connect(":memory:", config=_CONFIG)
    try:
        text = quoted(sql)
        _check(connection, text)
        for name in _tables_of(connection, text):
            connection.register(name, load(name))
        connection.execute("SET lock_configuration = true")
        return connection.execute(text).to_arrow_table()
    except duckdb.Error as error:
        raise Invalid(f"the query did not run: {error}", mend="mend the SQL") from error
    finally:
        connection.close()


def filter_rows(rows: Any, condition: str) -> pa.Table:
    """Keep the rows of an Arrow table or dataset that meet an SQL condition, in their order.

    Raises:
        Invalid: the condition cannot be read.
    """
    connection = duckdb.connect(":memory:", config=_CONFIG | {"preserve_insertion_order": "true"})
    try:
        connection.register("snapshot", rows)
        connection.execute("SET lock_configuration = true")
        return connection.view("snapshot").filter(quoted(condition)).to_arrow_table()
    except duckdb.Error as error:
        raise Invalid(
            f"the condition {condition!r} did not run: {error}", mend="write it as in SQL's where"
        ) from error
    finally:
        connection.close()


def _check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    kinds = {statement.type for statement in statements}
    if len(statements) != 1 or not kinds <= {
        duckdb.StatementType.SELECT,
        duckdb.StatementType.EXPLAIN,
    }:
        raise Invalid(
            f"{sql[:60]!r} is not one query",
            mend="write one select; to change rows use dataset commit",
        )


def _tables_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """List the tables a query reads, without those it names itself after `with`."""
    found = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
    nodes = list(_nodes(msgspec.json.decode(found[0][0])))
    own = {entry["key"] for node in nodes for entry in _entries(node)}
    tables = {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"}
    return sorted(tables - own)


def _entries(node: dict[str, Any]) -> list[dict[str, Any]]:
    return node.get("cte_map", {}).get("map", [])


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    children = tree.values() if isinstance(tree, dict) else tree
    if isinstance(tree, dict):
        yield tree
    for child in children:
        if isinstance(child, (dict, list)):
            yield from _nodes(child)
