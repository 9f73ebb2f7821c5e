"""Raw texts of quarantined records as rows again, without the object they came from.

Delimited text is taken apart with the delimiter, quote and columns of its file; what was kept as
JSON is decoded into the types its columns had, or into what JSON itself says where it fits none.
Each record is read by itself, so that a broken one takes no other with it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.plugins import LINE, UNTYPED
from headgate.core.texts import json_text
from headgate.ingest.connectors._delimited import SPELLED
from headgate.ingest.connectors._quotes import parse
from headgate.ingest.connectors._records import GROUPS, Records, unify
from headgate.ingest.typing_json import decoded, is_binary
from headgate.spine.store.quarantine import typed_way
from headgate.spine.writes import Way

DELIMITED = frozenset({"csv", "tsv"})
GONE = "erased: its text is gone"
UNKNOWN = "unreadable: it is not known how its object was read; give it columns: quarantine fix"
NO_ROW = "unreadable: {} names no columns; give it some: quarantine fix"
NEVER = {
    "debezium": "change: an event of a database's changes; have the database send the row again",
    "files": "file: it was left out of its folder; mend it and take the folder in again",
}
"""Connectors whose records are no rows by themselves, and what to do instead."""
_KEPT_SETTINGS = ("delimiter", "quote", "null_values")


class Reread(NamedTuple):
    """What texts have become.

    Args:
        rows: those that can be rows, with the mark of untyped text where they have no types.
        positions: which text each row comes from, ascending, shape (n,).
        refused: why each of the others is none, by position.
    """

    rows: pa.Table
    positions: Any
    refused: dict[int, str]


def way_of(connector: str, settings: Mapping[str, Any], rows: pa.Table) -> Way:
    """Write down how an object was read: no address, no query, no value of a row."""
    names = tuple(name for name in rows.column_names if name != LINE)
    if connector in DELIMITED:
        kept = {name: settings[name] for name in _KEPT_SETTINGS if name in settings}
        if connector == "tsv":
            kept["delimiter"] = "\t"
        return Way(connector, kept, names)
    return typed_way(connector, rows.select(list(names)))


def objects_of(
    raws: Sequence[str | None], way: Way | None, is_fixed: Any
) -> list[dict[str, Any] | str]:
    """Take each text apart: its values by column, or why that cannot be done.

    Args:
        raws: the texts; nothing where one was erased.
        way: how their object was read.
        is_fixed: whether each was given new values since, and so is JSON, shape (n,).
    """
    if way is not None and way.connector in NEVER:
        return [NEVER[way.connector]] * len(raws)
    if way is None or way.connector not in DELIMITED:
        name = "" if way is None else way.connector
        return [_from_json(raw, name) for raw in raws]
    split = _Splitter(way)
    return [
        _from_json(raw, way.connector) if fixed or not raw else split(raw)
        for raw, fixed in zip(raws, is_fixed, strict=True)
    ]


def reread(
    objects: Sequence[dict[str, Any] | str], way: Way | None, known: pa.Schema | None
) -> Reread:
    """Make rows of records that were taken apart.

    Args:
        objects: values by column, or why there are none.
        way: how their object was read.
        known: the schema the dataset has; nothing if it has none.
    """
    refused = {place: one for place, one in enumerate(objects) if isinstance(one, str)}
    places = [place for place, one in enumerate(objects) if isinstance(one, dict)]
    values = [one for one in objects if isinstance(one, dict)]
    own: dict[int, str] = {}
    typed, loose = _columns(values, _types_of(way), known, own)
    rows, kept = _joined(typed, loose, len(values), own)
    refused |= {places[place]: reason for place, reason in own.items()}
    if way is not None and way.connector in DELIMITED and _is_text(rows):
        rows = rows.replace_schema_metadata({UNTYPED: b"1"})
    return Reread(rows, np.array(places, np.int64)[kept], refused)


def _columns(
    values: Sequence[dict[str, Any]],
    types: pa.Schema | None,
    known: pa.Schema | None,
    own: dict[int, str],
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Sort columns into those that have the type they had, and those of what their values are."""
    typed: dict[str, Any] = {}
    loose: dict[str, list[Any]] = {}
    for name in dict.fromkeys(name for one in values for name in one if name != LINE):
        cells = [one.get(name) for one in values]
        target = _type_in(types, name)
        column = None if target is None else _typed(cells, target, name, own)
        if column is None:
            loose[name] = _one_kind(cells, _type_in(known, name), name, own)
        else:
            typed[name] = column
    return typed, loose


def _type_in(schema: pa.Schema | None, name: str) -> pa.DataType | None:
    return None if schema is None or name not in schema.names else schema.field(name).type


def _from_json(raw: str | None, connector: str) -> dict[str, Any] | str:
    if not raw:
        return GONE
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return NO_ROW.format("its text") if connector else UNKNOWN
    if not isinstance(value, dict):
        return NO_ROW.format("its text")
    cells = {name: cell for name, cell in value.items() if name != LINE}
    return cells or NO_ROW.format("its text")


class _Splitter:
    """Takes records of one file of delimited text apart."""

    def __init__(self, way: Way) -> None:
        given: str = way.settings.get("delimiter", ",")
        self._delimiter: str = SPELLED.get(given, given)
        self._quote: str = way.settings.get("quote", '"')
        self._nulls = frozenset(way.settings.get("null_values", ("",)))
        self._columns = way.columns

    def __call__(self, raw: str) -> dict[str, Any] | str:
        fields = self._fields(raw)
        if isinstance(fields, str):
            return fields
        if len(fields) != len(self._columns):
            return f"fields: {len(fields)} instead of {len(self._columns)}"
        return {
            name: None if field in self._nulls else field
            for name, field in zip(self._columns, fields, strict=True)
        }

    def _fields(self, raw: str) -> list[str] | str:
        is_plain = not self._quote or self._quote not in raw
        if is_plain and "\n" not in raw and "\r" not in raw:
            return raw.split(self._delimiter)
        records = [
            record.fields
            for record in parse(
                raw, line=1, quote=self._quote, delimiter=self._delimiter, is_last=True
            )
            if record.fields
        ]
        if not records:
            return "quote: opened and never closed"
        return records[0] if len(records) == 1 else f"records: {len(records)} in one text"


def _types_of(way: Way | None) -> pa.Schema | None:
    if way is None or not way.types:
        return None
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(way.types)))


def _typed(cells: list[Any], target: pa.DataType, name: str, own: dict[int, str]) -> Any:
    """Build a column of the type it had; nothing where a value is of another one.

    What stands for bytes is text of another meaning, so it is never taken as it stands.
    """
    values: list[Any] = []
    for place, cell in enumerate(cells):
        try:
            values.append(decoded(cell, target))
        except (ValueError, TypeError, ArithmeticError, msgspec.ValidationError):
            if not is_binary(target):
                return None
            own.setdefault(place, f"type: {name} holds no bytes in base64")
            values.append(None)
    try:
        return pa.array(values, target)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        return None


def _one_kind(
    cells: list[Any], known: pa.DataType | None, name: str, own: dict[int, str]
) -> list[Any]:
    """Leave values of one kind in a column: as text, which a gate reads, where there are several.

    A column that is nested in the dataset takes nested values only.
    """
    kinds = {GROUPS[type(cell)] for cell in cells if cell is not None}
    if len(kinds) < 2:  # noqa: PLR2004 - one kind is no mixture
        return cells
    if known is None or not pa.types.is_nested(known):
        return [_text(cell) for cell in cells]
    return [_nested(cell, place, name, own) for place, cell in enumerate(cells)]


def _text(cell: Any) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json_text(cell)


def _nested(cell: Any, place: int, name: str, own: dict[int, str]) -> Any:
    if cell is None or isinstance(cell, dict | list):
        return cell
    own.setdefault(place, f"type: {name} is {cell!r:.60}, not nested")
    return None


def _joined(
    typed: dict[str, Any], loose: dict[str, list[Any]], n_rows: int, own: dict[int, str]
) -> tuple[pa.Table, Any]:
    """Put columns together; records that fit none of their types are added to the refused."""
    parts = Records(list(range(n_rows)), loose, lambda _: "", [])
    [reading] = unify(lambda: [parts])
    for one in reading.rejected:
        own.setdefault(one.line, one.reason)
    places = reading.rows[LINE].to_numpy()
    is_kept = ~np.isin(places, list(own))
    kept = places[is_kept]
    rows = reading.rows.drop_columns([LINE]).filter(pa.array(is_kept))
    for name, column in typed.items():
        rows = rows.append_column(name, column.take(pa.array(kept, pa.int64())))
    return rows, kept


def _is_text(rows: pa.Table) -> bool:
    return all(pa.types.is_string(kind) or pa.types.is_null(kind) for kind in rows.schema.types)
