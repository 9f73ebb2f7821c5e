"""One form for equal content: canonical columns, stable row hashes, digests of segments.

A row hash is 128 bits over the row's non-null cells. A cell gives two 64-bit lanes,
`mix(value xor seed)`, seeded by the column's name and the value's kind; a row sums the lanes of
its cells (so column order does not count, and an absent column is as a null one) and is then
finished by a mix that is not linear. `mix` is the finaliser of splitmix64 (Steele, Lea, Flood:
Fast splittable pseudorandom number generators, OOPSLA 2014); text is first hashed by XXH3-128.
Whole numbers hash alike as integers and as floats, so a column may widen without a rewrite.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from blake3 import blake3
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

KINDS = {
    "number": 1,
    "fraction": 2,
    "bool": 3,
    "text": 4,
    "bytes": 5,
    "moment": 6,
    "day": 7,
    "nested": 8,
    "huge": 9,
}
EXACT_FLOAT = 2.0**53
_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def canonical(table: pa.Table) -> pa.Table:
    """Give every column one chunk and the plainest type that holds it.

    Dictionaries are decoded, views and large offsets become plain ones, times are in
    microseconds, -0.0 is 0.0 and every NaN is the same.
    """
    columns = [_plain(column.combine_chunks()) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def row_hashes(table: pa.Table) -> U64:
    """Hash each row by its content.

    Args:
        table: canonical columns, in any order.

    Returns:
        Two lanes a row, shape (n, 2).
    """
    first = np.zeros(table.num_rows, np.uint64)
    second = np.zeros(table.num_rows, np.uint64)
    for name, column in zip(table.column_names, table.columns, strict=True):
        lanes = _cell_lanes(name, _whole(column))
        first += lanes[0]
        second += lanes[1]
    left = mix(first ^ (second >> np.uint64(29)))
    return np.stack([left, mix(second + left)], axis=1)


def mix(values: U64) -> U64:
    """Scatter 64-bit values: the finaliser of splitmix64, elementwise."""
    mixed = values + _INCREMENT
    mixed ^= mixed >> np.uint64(30)
    mixed *= _MIX_1
    mixed ^= mixed >> np.uint64(27)
    mixed *= _MIX_2
    mixed ^= mixed >> np.uint64(31)
    return mixed


def content_digest(table: pa.Table) -> str:
    """Name a table by its content: blake3 over names, types and canonical buffers.

    Returns:
        64 hexadecimal digits; independent of chunks, offsets and what lies under nulls.
    """
    hasher = blake3()
    fields = [(field.name, str(field.type)) for field in table.schema]
    hasher.update(msgspec.json.encode([table.num_rows, fields]))
    for column in table.columns:
        _feed(hasher, _whole(column))
    return hasher.hexdigest()


def _plain(array: Any) -> Any:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _plain(array.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return array.cast(pa.binary())
    if pa.types.is_timestamp(kind):
        plain: Any = pa.timestamp("us") if kind.tz is None else pa.timestamp("us", tz="UTC")
        return array.cast(plain, safe=False)
    if pa.types.is_float64(kind) or pa.types.is_float32(kind):
        return _plain_floats(array)
    return array


def _plain_floats(array: Any) -> Any:
    """Add 0.0, which turns -0.0 into 0.0, and make every NaN the quiet one."""
    values = pc.add(array, pa.scalar(0.0, array.type))
    return pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), array.type), values)


def _whole(column: Any) -> Any:
    array = column.combine_chunks()
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _cell_lanes(name: str, array: Any) -> tuple[U64, U64]:
    seed = xxhash.xxh3_128_intdigest(name.encode())
    seeds = np.uint64(seed & 0xFFFFFFFFFFFFFFFF), np.uint64(seed >> 64)
    first, second, kinds = _cell_bits(array)
    first = mix(first ^ mix(seeds[0] + kinds))
    second = mix((second + seeds[1]) ^ mix(kinds))
    if array.null_count:
        present = np.asarray(array.is_valid())
        first *= present
        second *= present
    return first, second


def _cell_bits(array: Any) -> tuple[U64, U64, U64]:
    """Return 128 bits for each cell, as two lanes, and the kind of each value."""
    kind = array.type
    if pa.types.is_integer(kind):
        if kind == pa.uint64():
            return _unsigned_bits(array)
        bits = _numbers(array, pa.int64())
        return bits, bits, _kinds("number")
    if pa.types.is_floating(kind):
        return _float_bits(array)
    if pa.types.is_boolean(kind):
        bits = _numbers(array, pa.uint8()).astype(np.uint64)
        return bits, bits, _kinds("bool")
    if pa.types.is_timestamp(kind):
        bits = _numbers(array.cast(pa.int64()), pa.int64())
        return bits, bits, _kinds("moment")
    if pa.types.is_date32(kind):
        bits = _numbers(array.cast(pa.int32()), pa.int64())
        return bits, bits, _kinds("day")
    return _text_bits(array)


def _numbers(array: Any, kind: pa.DataType) -> U64:
    values = array.cast(kind)
    if values.null_count:
        values = values.fill_null(0)
    return np.asarray(values).view(np.uint64) if kind != pa.uint8() else np.asarray(values)


def _kinds(name: str) -> U64:
    return np.full(1, KINDS[name], np.uint64)


def _unsigned_bits(array: Any) -> tuple[U64, U64, U64]:
    """Tell numbers from 2^63 on from the negative ones that have the same bits."""
    bits = _numbers(array, pa.uint64())
    kinds = np.where(bits >> np.uint64(63), KINDS["huge"], KINDS["number"]).astype(np.uint64)
    return bits, bits, kinds


def _float_bits(array: Any) -> tuple[U64, U64, U64]:
    values = np.asarray(array.cast(pa.float64()).fill_null(0.0))
    with np.errstate(invalid="ignore"):
        is_whole = (np.abs(values) < EXACT_FLOAT) & (values == np.floor(values))
        whole = np.where(is_whole, values, 0.0).astype(np.int64).view(np.uint64)
    bits = np.where(is_whole, whole, values.view(np.uint64))
    kinds = np.where(is_whole, np.uint64(KINDS["number"]), np.uint64(KINDS["fraction"]))
    return bits, bits, kinds


def _text_bits(array: Any) -> tuple[U64, U64, U64]:
    """Hash text and bytes by value, each distinct value once; all else by its JSON."""
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        kind = "text" if pa.types.is_string(array.type) else "bytes"
        encoded = array.cast(pa.binary()).dictionary_encode()
        values = encoded.dictionary.to_pylist()
        index = np.asarray(encoded.indices.fill_null(0))
    else:
        kind = "nested"
        encoder = msgspec.json.Encoder(order="deterministic")
        values = [encoder.encode(value) for value in array.to_pylist()]
        index = np.arange(len(values))
    if not values:
        empty = np.zeros(len(array), np.uint64)
        return empty, empty.copy(), _kinds(kind)
    digest = xxhash.xxh3_128_digest
    lanes = np.frombuffer(b"".join([digest(value) for value in values]), ">u8").reshape(-1, 2)
    lanes = lanes.astype(np.uint64)
    return lanes[index, 0], lanes[index, 1], _kinds(kind)


def _feed(hasher: Any, array: Any) -> None:
    """Give a column to the hasher: which cells are there, lengths, then the values."""
    hasher.update(np.packbits(np.asarray(array.is_valid())))
    kind = array.type
    if pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            _feed(hasher, pc.struct_field(array, [index]))
    elif (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        hasher.update(_as_bytes(pc.list_value_length(array).fill_null(0)))
        _feed(hasher, array.flatten())
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        present = array.cast(pa.binary()).fill_null(b"")
        hasher.update(_as_bytes(pc.binary_length(present)))
        hasher.update(_joined(present))
    elif pa.types.is_primitive(kind) and not pa.types.is_boolean(kind):
        hasher.update(_as_bytes(_filled(array)))
    elif pa.types.is_fixed_size_binary(kind):
        hasher.update(b"".join(value or b"" for value in array.to_pylist()))
    else:
        hasher.update(msgspec.json.encode(array.cast(pa.string()).to_pylist()))


def _filled(array: Any) -> Any:
    if pa.types.is_temporal(array.type):
        widths = {32: pa.int32(), 64: pa.int64()}
        array = array.view(widths[array.type.bit_width])
    return array.fill_null(0)


def _as_bytes(values: Any) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(values)).view(np.uint8)


def _joined(array: Any) -> Any:
    """Return the bytes of all values, one after the other, without those outside a slice."""
    offsets = np.frombuffer(array.buffers()[1], np.int32)[
        array.offset : array.offset + len(array) + 1
    ]
    data = array.buffers()[2]
    return (
        b"" if data is None or not len(array) else data.slice(offsets[0], offsets[-1] - offsets[0])
    )
