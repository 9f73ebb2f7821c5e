"""Spells rows as JSON, so that what waits in quarantine can be read again as what it was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.spine.store.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping


_VIEWED = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}


def json_rows(rows: pa.Table) -> list[str]:
    """Spell each row as an object of JSON, times in microseconds, as they are kept."""
    names = rows.column_names
    columns = [values_of(column) for column in rows.columns]
    if not columns:
        return ["{}"] * rows.num_rows
    return [json_row(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def without_views(rows: pa.Table) -> pa.Table:
    """Make plain columns of views, of which Arrow cannot choose rows."""
    fields = [
        field.with_type(_VIEWED[field.type]) if field.type in _VIEWED else field
        for field in rows.schema
    ]
    told: Any = rows.schema.metadata
    schema = pa.schema(fields, metadata=told)
    return rows if schema == rows.schema else rows.cast(schema)


def json_row(row: Mapping[str, Any]) -> str:
    """Spell one row as an object of JSON."""
    return msgspec.json.encode(spelled(dict(row)), enc_hook=str).decode()


def values_of(column: Any) -> list[Any]:
    """Give the values of a column as Python's own, and as text what Python has no value for.

    >>> values_of(pa.chunked_array([pa.array([1_000], pa.timestamp("ns"))]))
    [datetime.datetime(1970, 1, 1, 0, 0, 0, 1)]
    """
    try:
        column = canonical(pa.table({"": column})).column(0)
    except (Invalid, pa.ArrowException):
        return [_value(one) for one in column]
    try:
        return column.to_pylist()
    except (ValueError, OverflowError):
        return [_value(one) for one in column]


def spelled(value: Any) -> Any:
    """Spell the numbers that JSON has not, so that they come back as what they are."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: spelled(one) for name, one in value.items()}
    return [spelled(one) for one in value] if isinstance(value, list | tuple) else value


def _value(one: Any) -> Any:
    try:
        return one.as_py()
    except (ValueError, OverflowError):
        pass
    try:
        return one.cast(pa.string()).as_py()
    except pa.ArrowException:
        return f"a {one.type} that cannot be written"
