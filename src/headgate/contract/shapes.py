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
    wanted = [*promise.columns, *promise.types]
    said: list[str] = []
    lacking = [name for name in dict.fromkeys(wanted) if name not in names]
    if lacking:
        said.append(f"there is no column {', '.join(lacking)}")
    if promise.is_closed:
        more = [name for name in names if name not in wanted]
        said += [f"column {', '.join(more)} was not promised"] if more else []
    if (
        promise.is_ordered
        and not lacking
        and tuple(names[: len(promise.columns)]) != promise.columns
    ):
        said.append(f"columns stand as {', '.join(names[: len(promise.columns)])}")
    for name, kind in promise.types.items():
        if name in names and not KINDS[kind](schema.field(name).type):
            said.append(f"{name} holds {schema.field(name).type}, not {kind}")
    return "; ".join(said)
