"""Arrow types as text and back: `list<element: int64>`, `timestamp[us, tz=UTC]`."""

from __future__ import annotations

import re

import pyarrow as pa

from headgate.core.errors import Invalid

_SIMPLE = {
    name: pa.type_for_alias(name)
    for name in (
        "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 string binary "
        "large_string large_binary date32 date64"
    ).split()
} | {
    "null": pa.null(),
    "double": pa.float64(),
    "float": pa.float32(),
    "halffloat": pa.float16(),
    "date32[day]": pa.date32(),
    "date64[ms]": pa.date64(),
}
_PATTERNS = (
    (re.compile(r"timestamp\[(\w+)(?:, tz=(.+))?\]"), lambda m: pa.timestamp(m[1], tz=m[2])),
    (re.compile(r"(?:time32|time64)\[(\w+)\]"), lambda m: _time(m[1])),
    (re.compile(r"duration\[(\w+)\]"), lambda m: pa.duration(m[1])),
    (re.compile(r"decimal128\((\d+), (-?\d+)\)"), lambda m: pa.decimal128(int(m[1]), int(m[2]))),
    (re.compile(r"decimal256\((\d+), (-?\d+)\)"), lambda m: pa.decimal256(int(m[1]), int(m[2]))),
    (re.compile(r"fixed_size_binary\[(\d+)\]"), lambda m: pa.binary(int(m[1]))),
)
_LIST = re.compile(r"(large_list|list|fixed_size_list|struct)<(.*)>(?:\[(\d+)\])?", re.DOTALL)


def type_named(text: str) -> pa.DataType:
    """Read an Arrow type as Arrow writes it.

    Raises:
        Invalid: it is a type that snapshots do not keep, such as a union or a map.

    >>> type_named("list<element: struct<a: int64, b: string>>")
    ListType(list<element: struct<a: int64, b: string>>)
    """
    text = text.removesuffix(" not null")
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


def _nested(kind: str, fields: list[pa.Field], size: str | None) -> pa.DataType:
    if kind == "struct":
        return pa.struct(fields)
    if kind == "list":
        return pa.list_(fields[0])
    return pa.large_list(fields[0]) if kind == "large_list" else pa.list_(fields[0], int(size or 0))


def _fields(text: str) -> list[pa.Field]:
    fields: list[pa.Field] = []
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


def _time(unit: str) -> pa.DataType:
    return pa.time32(unit) if unit in {"s", "ms"} else pa.time64(unit)
