"""Arrow types as text and back: `list<element: int64>`, `timestamp[us, tz=UTC]`."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from headgate.core.errors import Invalid

_SIMPLE = {
    str(kind): kind
    for kind in (
        pa.null(),
        pa.bool_(),
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.uint8(),
        pa.uint16(),
        pa.uint32(),
        pa.uint64(),
        pa.float16(),
        pa.float32(),
        pa.float64(),
        pa.string(),
        pa.large_string(),
        pa.binary(),
        pa.large_binary(),
        pa.date32(),
        pa.date64(),
        pa.time32("s"),
        pa.time32("ms"),
        pa.time64("us"),
        pa.time64("ns"),
    )
}
_PATTERNS = (
    (re.compile(r"timestamp\[(\w+)(?:, tz=(.+))?\]"), lambda m: pa.timestamp(m[1], tz=m[2])),
    (re.compile(r"duration\[(\w+)\]"), lambda m: pa.duration(m[1])),
    (re.compile(r"decimal128\((\d+), (-?\d+)\)"), lambda m: pa.decimal128(int(m[1]), int(m[2]))),
    (re.compile(r"decimal256\((\d+), (-?\d+)\)"), lambda m: pa.decimal256(int(m[1]), int(m[2]))),
    (re.compile(r"fixed_size_binary\[(\d+)\]"), lambda m: pa.binary(int(m[1]))),
)
_LIST = re.compile(r"(large_list|list|fixed_size_list|struct)<(.*)>(?:\[(\d+)\])?", re.DOTALL)


def type_named(text: str) -> pa.DataType:
    """Read an Arrow type as Arrow writes it.

    Raises:
        Invalid: it is a type that snapshots do not keep, such as a union or a map, or one of
            values without a width, which Parquet cannot hold.

    >>> type_named("list<element: struct<a: int64, b: string>>")
    ListType(list<element: struct<a: int64, b: string>>)
    """
    text = text.removesuffix(" not null")
    if text.endswith("[0]"):
        raise Invalid(f"columns of type {text} cannot be kept", mend="drop the column")
    if text in _SIMPLE:
        return _SIMPLE[text]
    for pattern, make in _PATTERNS:
        match = pattern.fullmatch(text)
        if match:
            return make(match)
    nested = _LIST.fullmatch(text)
    if not nested:
        raise Invalid(f"columns of type {text} cannot be kept", mend="cast the column to text")
    return _nested(nested[1], _fields(nested[2]), nested[3])


def nullable(kind: Any) -> Any:
    """Let the fields of structs be null, however deep they lie.

    Where a struct is null its fields are too, and Arrow writes no nulls into fields that may not.

    >>> nullable(pa.struct([pa.field("a", pa.int64(), nullable=False)]))
    StructType(struct<a: int64>)
    """
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return pa.struct([pa.field(field.name, nullable(field.type)) for field in fields])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return make(kind.value_field.with_type(nullable(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(nullable(kind.value_type)), kind.list_size)
    return kind


def _nested(kind: str, fields: list[pa.Field[Any]], size: str | None) -> pa.DataType:
    if kind == "struct" and not fields:
        raise Invalid("columns of structs without a field cannot be kept", mend="drop the column")
    if kind == "struct":
        return pa.struct(fields)
    if kind == "list":
        return pa.list_(fields[0])
    return pa.large_list(fields[0]) if kind == "large_list" else pa.list_(fields[0], int(size or 0))


def _fields(text: str) -> list[pa.Field[Any]]:
    fields: list[pa.Field[Any]] = []
    for part in _split(text):
        name, _, kind = part.partition(": ")
        fields.append(pa.field(name, type_named(kind), nullable=not kind.endswith(" not null")))
    return fields


def _split(text: str) -> list[str]:
    """Cut at the commas that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for index, sign in enumerate(text):
        depth += (sign in "<[(") - (sign in ">])")
        if sign == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()] if text.strip() else []
