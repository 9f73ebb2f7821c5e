"""Values that JSON spells in its own way, as the Arrow types they had."""

from __future__ import annotations

import base64
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa


def is_binary(kind: pa.DataType) -> bool:
    """Say whether bytes are in a type, which JSON holds as base64."""
    if pa.types.is_nested(kind):
        return any(is_binary(kind.field(index).type) for index in range(kind.num_fields))
    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def decoded(value: Any, kind: pa.DataType) -> Any:
    """Read a value of JSON as one of an Arrow type.

    Raises:
        ValueError: it is none, as of the types in TypeError and ArithmeticError.

    >>> decoded("nan", pa.float64()), decoded("eA==", pa.binary())
    (nan, b'x')
    """
    if value is None:
        return None
    if pa.types.is_nested(kind):
        return _nested(value, kind)
    if is_binary(kind):
        return base64.b64decode(_of(str, value), validate=True)
    if pa.types.is_floating(kind):
        return _float(value)
    if pa.types.is_decimal(kind):
        return Decimal(str(value))
    wanted = _moment(kind)
    if wanted is not None:
        return msgspec.convert(_of(str, value), wanted)
    return _scalar(value, kind)


def _scalar(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_boolean(kind):
        return _of(bool, value)
    if pa.types.is_integer(kind):
        return _of(int, value)
    if pa.types.is_string(kind):
        return _of(str, value)
    raise TypeError(f"{kind} has no spelling in JSON")


def _float(value: Any) -> float:
    if isinstance(value, str):
        if value not in {"nan", "inf", "-inf"}:
            raise ValueError(value)
        return float(value)
    if type(value) not in {int, float}:
        raise TypeError(value)
    return float(value)


def _of(wanted: type, value: Any) -> Any:
    if type(value) is not wanted:
        raise TypeError(value)
    return value


def _moment(kind: pa.DataType) -> type | None:
    if pa.types.is_timestamp(kind):
        return datetime
    if pa.types.is_date(kind):
        return date
    if pa.types.is_time(kind):
        return time
    return timedelta if pa.types.is_duration(kind) else None


def _nested(value: Any, kind: pa.DataType) -> Any:
    if isinstance(kind, pa.MapType):
        pairs = value.items() if isinstance(value, dict) else _of(list, value)
        return [(decoded(key, kind.key_type), decoded(one, kind.item_type)) for key, one in pairs]
    if isinstance(kind, pa.StructType):
        fields = {kind.field(index).name: kind.field(index) for index in range(kind.num_fields)}
        given = _of(dict, value)
        if not given.keys() <= fields.keys():
            raise ValueError(value)
        return {name: decoded(one, fields[name].type) for name, one in given.items()}
    inner: Any = kind
    return [decoded(one, inner.value_type) for one in _of(list, value)]
