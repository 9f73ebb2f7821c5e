"""Debezium's change events: JSON lines or an array of them, one row an event, with its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import Invalid
from headgate.core.plugins import Reading, Rejected
from headgate.ingest.connectors._envelopes import Change, Unreadable, change_of
from headgate.ingest.connectors._records import Records, columns_of, json_kind, unify
from headgate.ingest.connectors._text import ENCODING, Utf8, check_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK_RECORDS = 65_536
KEY = b"headgate.key"
"""Schema metadata: the columns of the key that the records name, as a JSON array."""


class Item(NamedTuple):
    """A record as it stands: where, its text, and its value or why it has none."""

    line: int
    text: str
    value: Any
    reason: str = ""


class Found(NamedTuple):
    """A change, and where its record stands."""

    line: int
    text: str
    change: Change


def debezium(path: str, /, *, table: str = "", encoding: str = "utf-8") -> Iterator[Reading]:
    r"""Read change events; a record that is none is rejected, the others are kept.

    Args:
        path: a file of JSON lines, or of one JSON array.
        table: only changes of this table, such as `public.orders` or `orders`.
        encoding: the text's encoding, such as `utf-16`.

    Yields:
        The row after each change, or before a delete, with `_op` (c, u, d, r or t), `_position`
        (sorts as text), `_at_ms` (when the database changed it), `_transaction` and `_line`.
        Tombstones, messages, and where transactions begin and end are no changes and left out.

    Raises:
        NotFound: there is no such file.
        Invalid: it is binary or no JSON, or tells of several tables and none is named.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "orders.jsonl")
    >>> _ = file.write_text('{"op": "c", "after": {"id": 1}, "source": {"lsn": 7}}\n{"op": "x"}\n')
    >>> [reading] = debezium(str(file))
    >>> reading.rows.select(["id", "_op", "_line"]).to_pylist(), reading.rejected[0].reason
    ([{'id': 1, '_op': 'c', '_line': 1}], "op: 'x' is none of c, u, d, r, t")
    >>> folder.cleanup()
    """
    items, is_lines = _items(path, encoding)
    found, rejected = _sorted_out(items)
    chosen = _of_table(found, table, path)
    if not chosen and not rejected:
        return
    metadata = {KEY: msgspec.json.encode(_key(chosen))}
    if is_lines:
        metadata[ENCODING] = encoding.encode()
    for reading in unify(lambda: _records(chosen, rejected)):
        yield Reading(reading.rows.replace_schema_metadata(metadata), reading.rejected)


def _items(path: str, encoding: str) -> tuple[Iterable[Item], bool]:
    """Return the records, and whether they stand on lines."""
    with Utf8(path, encoding) as text:
        data = b"".join(iter(text.read, b""))
    check_utf8(data, line=1, path=path)
    if not data.lstrip().startswith(b"["):
        return _lines(data), True
    try:
        values = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(
            f"{path} is no JSON: {error}", mend="mend the array, or write one event a line"
        ) from error
    texts = (msgspec.json.encode(value).decode() for value in values)
    numbered = enumerate(zip(texts, values, strict=True), start=1)
    return [Item(place, text, value) for place, (text, value) in numbered], False


def _lines(data: bytes) -> Iterator[Item]:
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line or line.isspace():
            continue
        text = line.decode().rstrip("\r")
        try:
            yield Item(number, text, decode(line))
        except (msgspec.DecodeError, RecursionError) as error:
            yield Item(number, text, None, f"json: {error}")


def _sorted_out(items: Iterable[Item]) -> tuple[list[Found], list[Rejected]]:
    found: list[Found] = []
    rejected: list[Rejected] = []
    for item in items:
        try:
            change = _change(item)
        except Unreadable as error:
            rejected.append(Rejected(line=item.line, raw=item.text, reason=str(error)))
            continue
        if change is not None:
            found.append(Found(item.line, item.text, change))
    return found, rejected


def _change(item: Item) -> Change | None:
    if item.reason:
        raise Unreadable(item.reason)
    if item.value is None:
        return None
    if not isinstance(item.value, dict):
        raise Unreadable(f"record: {json_kind(item.value)} instead of object")
    return change_of(item.value)


def _of_table(found: list[Found], table: str, path: str) -> list[Found]:
    """Keep the changes of one table.

    Raises:
        Invalid: there are several, and none is named.
    """
    if table:
        return [one for one in found if table in {one.change.table, _last(one.change.table)}]
    tables = sorted({one.change.table for one in found if one.change.table})
    if len(tables) > 1:
        raise Invalid(
            f"{path} tells of {len(tables)} tables: {', '.join(tables[:8])}",
            mend=f"name one: --settings table={tables[0]}",
        )
    return found


def _last(table: str) -> str:
    return table.rpartition(".")[2]


def _key(found: list[Found]) -> tuple[str, ...]:
    return next((one.change.key for one in found if one.change.key), ())


def _records(found: list[Found], rejected: list[Rejected]) -> Iterator[Records]:
    for start in range(0, max(len(found), 1), BLOCK_RECORDS):
        block = found[start : start + BLOCK_RECORDS]
        texts = [one.text for one in block]
        yield Records(
            [one.line for one in block],
            columns_of([one.change.row for one in block]),
            texts.__getitem__,
            [] if start else rejected,
        )
