"""The few types that columns of a window have, whatever their values came as."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_PLAIN = (pa.types.is_boolean, pa.types.is_temporal, pa.types.is_string)
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
_LONGEST = 2**63 - 1


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
    if pa.types.is_integer(one) and pa.types.is_integer(other):
        return pa.int64()
    if all(any(test(kind) for test in _NUMBERS) for kind in (one, other)):
        return pa.float64()
    return pa.string()


def as_kind(column: Any, kind: pa.DataType) -> Any:
    """Read an array as one of these types.

    What is nested becomes JSON text, bytes become base64; a whole number that 64 bits with a sign
    do not hold becomes null as a whole number, and as any other number is rounded.
    """
    if column.type == kind:
        return column
    if pa.types.is_nested(column.type):
        texts = [_encoded(value) for value in column.to_pylist()]
        return pa.array(texts, pa.string())
    if any(test(column.type) for test in _BYTES):
        return pa.array([_written(value) for value in column.to_pylist()], pa.string())
    if column.type == pa.uint64() and kind == pa.int64():
        fits = pc.less_equal(column, pa.scalar(_LONGEST, pa.uint64()))
        column = pc.if_else(fits, column, pa.scalar(None, pa.uint64()))
    return pc.cast(column, kind, safe=not pa.types.is_floating(kind))


def _written(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _encoded(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, enc_hook=str).decode()
