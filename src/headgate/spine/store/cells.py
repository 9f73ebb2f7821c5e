"""Hashes of cells: two 64-bit lanes for each, made block by block so that they stay in the caches.

A cell gives two lanes, `mix(value xor seed)`, seeded by the column's name and the value's kind; a
null gives zeros. `mix` is the finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable
pseudorandom number generators, OOPSLA 2014); text is first hashed by XXH3-128. Whole numbers hash
alike as integers and as floats, so a column may widen without a rewrite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from headgate.spine.store.nested import nested_texts

U64 = NDArray[np.uint64]
Lanes = tuple[U64, U64]
Cells = Callable[[int, int], Lanes]
"""The lanes of the cells from a position to another, that one left out."""

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
SAMPLE_ROWS = 16_384
FEW_ROWS = 64
"""So few values are sooner hashed than counted [count]."""
LISTED_ROWS = 8_192
"""Values that are Python's at once: a million take six times as long, for want of cache."""
_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def mix(values: U64) -> U64:
    """Scatter 64-bit values: the finaliser of splitmix64, elementwise."""
    mixed = values + _INCREMENT
    shifted = mixed >> np.uint64(30)
    mixed ^= shifted
    mixed *= _MIX_1
    mixed ^= np.right_shift(mixed, np.uint64(27), out=shifted)
    mixed *= _MIX_2
    mixed ^= np.right_shift(mixed, np.uint64(31), out=shifted)
    return mixed


def cells_of(name: str, array: Any) -> Cells:
    """Make a column ready to be hashed.

    Args:
        name: the column's.
        array: canonical values, one chunk.

    Raises:
        Invalid: a nested value cannot be written as text.
    """
    seeds = _seeds(name)
    kind = array.type
    if pa.types.is_string(kind):
        return _texts(seeds, "text", array)
    if pa.types.is_binary(kind):
        return _texts(seeds, "bytes", array)
    block = _block_of(kind)
    if block is None:
        return _nested(seeds, name, array)

    def cells(start: int, stop: int) -> Lanes:
        part = array.slice(start, stop - start)
        lanes = block(seeds, part)
        if part.null_count:
            present = np.asarray(part.is_valid())
            np.multiply(lanes[0], present, out=lanes[0])
            np.multiply(lanes[1], present, out=lanes[1])
        return lanes

    return cells


Seeds = tuple[np.uint64, np.uint64]


@lru_cache(maxsize=4096)
def _seeds(name: str) -> Seeds:
    seed = xxhash.xxh3_128_intdigest(name.encode())
    return np.uint64(seed & 0xFFFFFFFFFFFFFFFF), np.uint64(seed >> 64)


def _block_of(kind: pa.DataType) -> Callable[[Seeds, Any], Lanes] | None:
    """Return what hashes a block of values of fixed width; nothing for others."""
    if kind == pa.uint64():
        return _unsigned
    if pa.types.is_floating(kind):
        return _fractions
    if pa.types.is_integer(kind):
        return lambda seeds, part: _seeded(seeds, _numbers(part), "number")
    if pa.types.is_boolean(kind):
        return lambda seeds, part: _seeded(seeds, _numbers(part.cast(pa.uint8())), "bool")
    if pa.types.is_timestamp(kind):
        return lambda seeds, part: _seeded(seeds, _numbers(part.view(pa.int64())), "moment")
    if pa.types.is_date32(kind):
        return lambda seeds, part: _seeded(seeds, _numbers(part.view(pa.int32())), "day")
    return None


def _seeded(seeds: Seeds, bits: U64, kind: str, second: U64 | None = None) -> Lanes:
    """Hash values of one kind from their bits, or from 128 bits each as two lanes."""
    keys = _keys(seeds, kind)
    return mix(bits ^ keys[0]), mix(((bits if second is None else second) + seeds[1]) ^ keys[1])


@lru_cache(maxsize=4096)
def _keys(seeds: Seeds, kind: str) -> Seeds:
    number = np.array([KINDS[kind]], np.uint64)
    return mix(number + seeds[0])[0], mix(number)[0]


def _told_apart(
    seeds: Seeds, bits: U64, is_first: NDArray[np.bool_], kinds: tuple[str, str]
) -> Lanes:
    """Hash values of two kinds."""
    one, other = (_keys(seeds, kind) for kind in kinds)
    first = mix(bits ^ np.where(is_first, one[0], other[0]))
    return first, mix((bits + seeds[1]) ^ np.where(is_first, one[1], other[1]))


def _numbers(array: Any) -> U64:
    values = array if array.type == pa.int64() else array.cast(pa.int64())
    return np.asarray(values.fill_null(0) if values.null_count else values).view(np.uint64)


def _unsigned(seeds: Seeds, array: Any) -> Lanes:
    """Tell numbers from 2^63 on from the negative ones that have the same bits."""
    bits: U64 = np.asarray(array.fill_null(0))
    return _told_apart(seeds, bits, bits >> np.uint64(63) == 1, ("huge", "number"))


def _fractions(seeds: Seeds, array: Any) -> Lanes:
    values = np.asarray(array.cast(pa.float64()).fill_null(0.0))
    with np.errstate(invalid="ignore"):
        is_whole = (np.abs(values) < EXACT_FLOAT) & (values == np.floor(values))
    bits = values.view(np.uint64)
    if not is_whole.any():
        return _seeded(seeds, bits, "fraction")
    whole = np.where(is_whole, values, 0.0).astype(np.int64).view(np.uint64)
    return _told_apart(seeds, np.where(is_whole, whole, bits), is_whole, ("number", "fraction"))


def _texts(seeds: Seeds, kind: str, array: Any) -> Cells:
    """Hash text and bytes by value; each distinct value once, where values repeat."""
    values = array.cast(pa.binary())
    if len(values) <= FEW_ROWS or not _is_repeated(values.slice(0, SAMPLE_ROWS)):
        present = values.fill_null(b"") if values.null_count else values
        return _lasting(_digested(seeds, kind, _listed(present)), values)
    encoded: Any = values.dictionary_encode()
    distinct = _digested(seeds, kind, _listed(encoded.dictionary))
    one, other = (np.append(lane, np.uint64(0)) for lane in distinct)
    index = np.asarray(encoded.indices.fill_null(len(encoded.dictionary)))
    return lambda start, stop: (one[index[start:stop]], other[index[start:stop]])


def _is_repeated(sample: Any) -> bool:
    return pc.count_distinct(sample).as_py() * 2 <= len(sample)


def _nested(seeds: Seeds, name: str, array: Any) -> Cells:
    return _lasting(_digested(seeds, "nested", nested_texts(name, array)), array)


def _lasting(lanes: Lanes, array: Any) -> Cells:
    """Offer lanes made for the whole column, zeros where it is null."""
    first, second = lanes
    if array.null_count:
        present = np.asarray(array.is_valid())
        first, second = first * present, second * present
    return lambda start, stop: (first[start:stop], second[start:stop])


def _listed(array: Any) -> Iterator[list[bytes]]:
    for start in range(0, len(array), LISTED_ROWS):
        yield array.slice(start, LISTED_ROWS).to_pylist()


def _digested(seeds: Seeds, kind: str, values: Iterable[list[bytes]]) -> Lanes:
    digest = xxhash.xxh3_128_digest
    digests = b"".join([b"".join([digest(value) for value in part]) for part in values])
    lanes = np.frombuffer(digests, ">u8").reshape(-1, 2)
    first, second = (np.ascontiguousarray(lanes[:, place], np.uint64) for place in (0, 1))
    return _seeded(seeds, first, kind, second)
