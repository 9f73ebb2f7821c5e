"""The digest of a table's content: blake3 over names, types and canonical buffers."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3
from numpy.typing import NDArray


def content_digest(table: pa.Table) -> str:
    """Name a table by its content.

    Returns:
        64 hexadecimal digits; independent of chunks, offsets and what lies under nulls.
    """
    hasher = blake3()
    fields = [(field.name, str(field.type)) for field in table.schema]
    hasher.update(msgspec.json.encode([table.num_rows, fields]))
    for column in table.columns:
        _feed(hasher, one_chunk(column))
    return hasher.hexdigest()


def one_chunk(column: Any) -> Any:
    """Give a column as one array, without a copy where it is one already."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    chunks: Any = column
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()


def _feed(hasher: Any, array: Any) -> None:
    """Give a column to the hasher: which cells are there, lengths, then the values."""
    present = np.asarray(array.is_valid()) if array.null_count else np.ones(len(array), np.bool_)
    hasher.update(np.packbits(present))
    kind = array.type
    if pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            _feed(hasher, pc.struct_field(array, [index]))
    elif (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        hasher.update(_as_bytes(_filled(pc.list_value_length(array), 0)))
        _feed(hasher, array.flatten())
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        values = _filled(array.cast(pa.binary()), b"")
        hasher.update(_as_bytes(pc.binary_length(values)))
        hasher.update(_joined(values))
    elif pa.types.is_primitive(kind) and not pa.types.is_boolean(kind):
        hasher.update(_as_bytes(_filled(_whole_numbers(array), 0)))
    elif pa.types.is_fixed_size_binary(kind):
        hasher.update(_fixed(array))
    else:
        hasher.update(msgspec.json.encode(array.cast(pa.string()).to_pylist()))


def _whole_numbers(array: Any) -> Any:
    if not pa.types.is_temporal(array.type):
        return array
    return array.view({32: pa.int32(), 64: pa.int64()}[array.type.bit_width])


def _filled(array: Any, value: Any) -> Any:
    return array.fill_null(value) if array.null_count else array


def _as_bytes(values: Any) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(values)).view(np.uint8)


def _fixed(array: Any) -> Any:
    if array.null_count:
        return b"".join(value or b"" for value in array.to_pylist())
    width = array.type.byte_width
    data = array.buffers()[1]
    return b"" if data is None else data.slice(array.offset * width, len(array) * width)


def _joined(array: Any) -> Any:
    """Return the bytes of all values, one after the other, without those outside a slice."""
    offsets = np.frombuffer(array.buffers()[1], np.int32)[
        array.offset : array.offset + len(array) + 1
    ]
    data = array.buffers()[2]
    return (
        b"" if data is None or not len(array) else data.slice(offsets[0], offsets[-1] - offsets[0])
    )
