"""Looks at columns: whether they are there, in which order, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.spine.store.segments import OWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.core.checks import Shape

KINDS: dict[str, Callable[[pa.DataType], bool]] = {
    "text": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    "integer": pa.types.is_integer,
    "number": lambda kind: (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    ),
    "boolean": pa.types.is_boolean,
    "date": pa.types.is_date,
    "timestamp": pa.types.is_timestamp,
    "time": pa.types.is_time,
    "bytes": lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind),
    "array": pa.types.is_nested,
    "object": lambda kind: pa.types.is_struct(kind) or pa.types.is_map(kind),
}


def look_at_shape(promise: Shape, schema: pa.Schema) -> str:
    """Say what is wrong with the columns of rows; nothing if all is well.

    Args:
        promise: what is promised.
        schema: of the rows, our own columns among them.
    """
    names = [name for name in schema.names if name not in OWN]
    said = [
        *_lacking(promise, names),
        *_unpromised(promise, names),
        *_out_of_order(promise, names),
        *_misfits(promise, schema, names),
    ]
    return "; ".join(said)


def _wanted(promise: Shape) -> list[str]:
    return list(dict.fromkeys([*promise.columns, *promise.types]))


def _lacking(promise: Shape, names: list[str]) -> list[str]:
    lacking = [name for name in _wanted(promise) if name not in names]
    return [f"there is no column {', '.join(lacking)}"] if lacking else []


def _unpromised(promise: Shape, names: list[str]) -> list[str]:
    more = [name for name in names if name not in _wanted(promise)] if promise.is_closed else []
    return [f"column {', '.join(more)} was not promised"] if more else []


def _out_of_order(promise: Shape, names: list[str]) -> list[str]:
    first = names[: len(promise.columns)]
    if not promise.is_ordered or _lacking(promise, names) or tuple(first) == promise.columns:
        return []
    return [f"columns stand as {', '.join(first)}"]


def _misfits(promise: Shape, schema: pa.Schema, names: list[str]) -> list[str]:
    held = {name: schema.field(name).type for name in promise.types if name in names}
    return [
        f"{name} holds {one}, not {promise.types[name]}"
        for name, one in held.items()
        if not KINDS[promise.types[name]](one)
    ]
