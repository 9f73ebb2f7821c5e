"""What Debezium writes about one change: its envelope, in every wrapping, and its place in order.

A place is text that sorts: what it was counted by, a colon, numbers of 20 digits. Places counted
by the same thing can be compared as text. For one row they never fall in the order in which the
database committed, which holds for one row only: rows of different keys may interleave.
Shapes: the connectors' documentation, debezium.io, version 2 and 3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from headgate.ingest.connectors._logical import plain

OPS = {"c": "create", "u": "update", "d": "delete", "r": "read", "t": "truncate"}
MESSAGE = "m"
UNAVAILABLE = "__debezium_unavailable_value"
"""Stands in the place of a large value that an update of PostgreSQL left as it was."""

OP, POSITION, AT, TRANSACTION = "_op", "_position", "_at_ms", "_transaction"
META = (OP, POSITION, AT, TRANSACTION)


class Unreadable(ValueError):
    """A record that is no change; its text is the reason, as `name: evidence`."""


class Change(NamedTuple):
    """One change of one table.

    Args:
        row: the row after it, or as it was before a delete; with what the columns of META say.
        key: columns that the record itself names as its key.
        table: where it happened, such as `public.orders`; empty if not told.
    """

    row: dict[str, Any]
    key: tuple[str, ...]
    table: str


def change_of(record: dict[str, Any]) -> Change | None:
    """Read one record: an envelope, with its schema or without, alone or beside its key.

    Args:
        record: what stands in a file or a topic's dump.

    Returns:
        The change; nothing for a tombstone, a transaction's begin and end, or a message.

    Raises:
        Unreadable: it is none of these.
    """
    key, value = _key_and_value(record)
    if value is None or _is_about_none(value):
        return None
    op = value.get("op")
    if op is None:
        raise Unreadable("envelope: it has no op")
    if op not in OPS:
        raise Unreadable(f"op: {op!r} is none of {', '.join(OPS)}")
    source = value.get("source")
    if not isinstance(source, dict):
        raise Unreadable("envelope: it has no source")
    row = _row(value, op) | (key if op == "d" else {})
    if taken := [name for name in row if name in META]:
        raise Unreadable(f"column: {taken[0]} has a name that Headgate keeps")
    row |= {OP: op, POSITION: _position(source, op), AT: _whole(source.get("ts_ms"))}
    return Change(row | {TRANSACTION: _transaction(value, source)}, tuple(key), _table(source))


def _key_and_value(record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Part a record of a topic into key and value; an envelope alone has no key."""
    names = [name for name in ("value", "payload") if name in record]
    if "key" not in record or "op" in record or not names:
        return {}, _opened(record)
    key = _opened(record["key"])
    return key or {}, _opened(record[names[0]])


def _opened(value: Any) -> dict[str, Any] | None:
    """Take off a text's quotes and the schema around a payload."""
    if isinstance(value, str):
        value = _decoded(value)
    if isinstance(value, dict) and set(value) == {"schema", "payload"}:
        value = _payload(value)
    if value is not None and not isinstance(value, dict):
        raise Unreadable(f"envelope: {type(value).__name__} instead of object")
    return value


def _payload(value: dict[str, Any]) -> Any:
    schema = value["schema"]
    if not isinstance(schema, dict):
        return value["payload"]
    try:
        return plain(schema, value["payload"])
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise Unreadable(f"value: {error}") from error


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Unreadable(f"json: {error}") from error


def _is_about_none(value: dict[str, Any]) -> bool:
    is_marker = value.get("status") in {"BEGIN", "END"} and "op" not in value
    return is_marker or value.get("op") == MESSAGE


def _row(value: dict[str, Any], op: str) -> dict[str, Any]:
    if op == "t":
        return {}
    side = "before" if op == "d" else "after"
    row = value.get(side)
    if row is None and op == "d":
        return {}
    if not isinstance(row, dict):
        raise Unreadable(f"{side}: no row stands there for op {op!r}")
    if op != "d" and (left_out := [name for name in row if row[name] == UNAVAILABLE]):
        raise Unreadable(f"unavailable: {left_out[0]} was not sent; see REPLICA IDENTITY FULL")
    return dict(row)


def _position(source: dict[str, Any], op: str) -> str:
    """Say where a change stands in its database's log; a snapshot's read before all that follows.

    Raises:
        Unreadable: neither a place in a log nor a time is told.
    """
    kind, numbers = _counted(source)
    if any(not isinstance(number, int) or number < 0 for number in numbers):
        raise Unreadable(f"position: {numbers} of source are no whole numbers")
    return f"{kind}:" + ".".join(f"{number:020d}" for number in (*numbers, int(op != "r")))


def _counted(source: dict[str, Any]) -> tuple[str, list[Any]]:
    if source.get("lsn") is not None:
        return "lsn", [_whole(source["lsn"])]
    if source.get("file") and source.get("pos") is not None:
        number = str(source["file"]).rpartition(".")[2]
        return "binlog", [_whole(number), _whole(source["pos"]), _whole(source.get("row") or 0)]
    if source.get("commit_lsn"):
        texts = (source["commit_lsn"], source.get("change_lsn") or "0:0:0")
        parts = [_hexadecimal(part) for text in texts for part in str(text).split(":")]
        return "commit_lsn", [*parts, _whole(source.get("event_serial_no") or 0)]
    if source.get("ts_ns") is not None:
        return "time", [_whole(source["ts_ns"])]
    if source.get("ts_ms") is not None:
        at_ms = _whole(source["ts_ms"])
        return "time", [None if at_ms is None else at_ms * 1_000_000]
    raise Unreadable("position: source has no lsn, no file and pos, no ts_ms")


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _transaction(value: dict[str, Any], source: dict[str, Any]) -> str | None:
    told = value.get("transaction")
    found = told.get("id") if isinstance(told, dict) else None
    found = found or source.get("txId") or source.get("gtid")
    return None if found is None else str(found)


def _table(source: dict[str, Any]) -> str:
    return ".".join(str(source[name]) for name in ("schema", "table") if source.get(name))
