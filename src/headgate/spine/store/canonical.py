"""One form for equal content: canonical columns, and row hashes that only content decides.

A row hash is 128 bits over the row's non-null cells: the sum of their lanes (so column order does
not count, and an absent column is as a null one), finished by a mix that is not linear.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.spine.store.arrow_types import nullable
from headgate.spine.store.cells import EXACT_FLOAT, U64, Cells, cells_of, mix
from headgate.spine.store.digest import content_digest, one_chunk

__all__ = ["EXACT_FLOAT", "U64", "canonical", "content_digest", "mix", "row_hashes"]

BLOCK_ROWS = 65_536
"""Rows hashed at once: their lanes stay in a core's cache, and threads seldom wait."""
THREADS = 2


def canonical(table: pa.Table) -> pa.Table:
    """Give every column one chunk and the plainest type that holds it.

    Dictionaries are decoded, views and large offsets become plain ones, times are in
    microseconds, -0.0 is 0.0, every NaN is the same, and fields of structs may be null.

    Raises:
        Invalid: a moment is too far away for microseconds.
    """
    names = table.column_names
    columns = [
        _plain(name, one_chunk(column)) for name, column in zip(names, table.columns, strict=True)
    ]
    return pa.table(columns, names=names)


def row_hashes(table: pa.Table) -> U64:
    """Hash each row by its content.

    Args:
        table: canonical columns, in any order.

    Returns:
        Two lanes a row, shape (n, 2).

    Raises:
        Invalid: a nested value cannot be written as text.
    """
    found = np.empty((table.num_rows, 2), np.uint64)
    starts = range(0, table.num_rows, BLOCK_ROWS)
    named = list(zip(table.column_names, table.columns, strict=True))
    if len(starts) <= 1:
        columns = [cells_of(name, one_chunk(column)) for name, column in named]
        for start in starts:
            _hash_block(found, columns, start)
        return found
    with ThreadPoolExecutor(THREADS) as pool:
        columns = list(pool.map(lambda one: cells_of(one[0], one_chunk(one[1])), named))
        list(pool.map(lambda start: _hash_block(found, columns, start), starts))
    return found


def _hash_block(found: U64, columns: list[Cells], start: int) -> None:
    block = found[start : start + BLOCK_ROWS]
    first, second = np.zeros(len(block), np.uint64), np.zeros(len(block), np.uint64)
    for cells in columns:
        lanes = cells(start, start + len(block))
        first += lanes[0]
        second += lanes[1]
    left = mix(first ^ (second >> np.uint64(29)))
    block[:, 0] = left
    block[:, 1] = mix(second + left)


def _plain(name: str, array: Any) -> Any:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _plain(name, array.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return array.cast(pa.binary())
    if pa.types.is_timestamp(kind):
        return _plain_moments(name, array)
    if pa.types.is_float64(kind) or pa.types.is_float32(kind):
        return _plain_floats(array)
    if pa.types.is_nested(kind) and " not null" in str(kind):
        return array.cast(nullable(kind))
    return array


def _plain_moments(name: str, array: Any) -> Any:
    kind = array.type
    plain: Any = pa.timestamp("us") if kind.tz is None else pa.timestamp("us", tz="UTC")
    try:
        # nanoseconds are cut off; coarser units must not wrap around
        return array.cast(plain, safe=kind.unit in {"s", "ms"})
    except pa.ArrowInvalid as error:
        widest = np.abs(np.asarray(array.view(pa.int64()).drop_null())).max()
        raise Invalid(
            f"column {name!r} holds a moment {widest} {kind.unit} from 1970, which is too far away",
            mend="mend it to one that fits in microseconds, or cast the column to whole numbers",
        ) from error


def _plain_floats(array: Any) -> Any:
    """Add 0.0, which turns -0.0 into 0.0, and make every NaN the quiet one."""
    if not _has_odd(array):
        return array
    values = pc.add(array, pa.scalar(0.0, array.type))
    return pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), array.type), values)


def _has_odd(array: Any) -> bool:
    """Say whether any value is -0.0 or NaN, without a copy where none is."""
    width = array.type.bit_width
    if array.buffers()[1] is None:
        return False
    values = np.frombuffer(array.buffers()[1], f"f{width // 8}")
    values = values[array.offset : array.offset + len(array)]
    for start in range(0, len(values), BLOCK_ROWS):
        block = values[start : start + BLOCK_ROWS]
        is_minus = block.view(f"i{width // 8}") == np.iinfo(f"i{width // 8}").min
        if is_minus.any() or np.isnan(block).any():
            return True
    return False
