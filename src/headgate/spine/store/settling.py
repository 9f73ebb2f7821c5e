"""The few types that columns of a window have, whatever their values came as."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_PLAIN = (pa.types.is_boolean, pa.types.is_temporal, pa.types.is_string)


def settled(kind: pa.DataType) -> pa.DataType:
    """Return as which type values of another are read: 64-bit numbers, truth, times or text.

    >>> settled(pa.int16()), settled(pa.decimal128(9, 2)), settled(pa.list_(pa.int8()))
    (DataType(int64), DataType(double), DataType(string))
    """
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    return kind if any(test(kind) for test in _PLAIN) else pa.string()


def common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the type that holds values of both.

    >>> common(pa.int64(), pa.float64()), common(pa.int64(), pa.string())
    (DataType(double), DataType(string))
    """
    if one == other:
        return one
    is_number = (pa.types.is_integer, pa.types.is_floating)
    if all(any(test(kind) for test in is_number) for kind in (one, other)):
        return pa.float64()
    return pa.string()


def as_kind(column: Any, kind: pa.DataType) -> Any:
    """Read an array as one of these types; what is nested becomes JSON text."""
    if column.type == kind:
        return column
    if pa.types.is_nested(column.type):
        texts = [_encoded(value) for value in column.to_pylist()]
        return pa.array(texts, pa.string())
    return pc.cast(column, kind)


def _encoded(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, enc_hook=str).decode()
