"""Sealed files: Parquet written once and read by row ranges, by positions or by a sorted column.

A sealed file is named by its content and never changes. Readers open only the row groups they
need: a range of rows is found by counting, a value of a sorted column by the groups' statistics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headgate.spine.store.canonical import content_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.segments import I64

GROUP_ROWS = 65_536


class Sealed(NamedTuple):
    """A sealed file: where it lies and how big it is [bytes]."""

    key: str
    n_bytes: int


class Layout(NamedTuple):
    """How a sealed file is laid out.

    Args:
        group_rows: rows of a row group, the least that is read at once [count].
        plain: columns that do not compress, such as hashes; read at the speed of memory.
        repeated: columns whose values repeat; they are written with a dictionary.
    """

    group_rows: int = GROUP_ROWS
    plain: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


def write_sealed(blobs: Blobs, area: str, table: pa.Table, layout: Layout | None = None) -> Sealed:
    """Write a table in its order and return its key.

    Args:
        blobs: where to.
        area: the area of the key, such as `predictions`.
        table: canonical columns; at least one row.
        layout: how it is laid out.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **parquet_settings(table.schema, layout or Layout()))
    data = sink.getvalue()
    digest = content_digest(table)
    key = f"{area}/{digest[:2]}/{digest}.parquet"
    blobs.put(key, data)
    return Sealed(key, data.size)


def parquet_settings(schema: pa.Schema, layout: Layout) -> dict[str, Any]:
    """Say how Parquet is written in a layout."""
    codecs = {path: "none" if path in layout.plain else "zstd" for path in _paths(schema)}
    return {
        "compression": codecs,
        "row_group_size": layout.group_rows,
        "use_dictionary": list(layout.repeated),
    }


def read_sealed(
    blobs: Blobs,
    key: str,
    columns: Sequence[str] | None = None,
    *,
    ranges: Sequence[tuple[int, int]] | None = None,
) -> pa.Table:
    """Read rows in their order.

    Args:
        blobs: where from.
        key: the file.
        columns: those wanted; all if not given.
        ranges: rows wanted, each range [low, high) counted from 0, ascending and apart; all rows
            if not given.
    """
    names = None if columns is None else list(columns)
    with _opened(blobs, key) as file:
        if ranges is None:
            return file.read(names)
        starts = _starts(file)
        groups = _groups_of_ranges(starts, ranges)
        table = file.read_row_groups(groups, names)
    lows = _among_read(starts, groups, np.array([low for low, _ in ranges], np.int64))
    slices = [
        table.slice(int(place), high - low)
        for place, (low, high) in zip(lows, ranges, strict=True)
        if high > low
    ]
    return pa.concat_tables(slices) if slices else table.slice(0, 0)


def take_sealed(
    blobs: Blobs, key: str, positions: I64, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read single rows.

    Args:
        blobs: where from.
        key: the file.
        positions: rows wanted, counted from 0, in any order, shape (n,).
        columns: those wanted; all if not given.

    Returns:
        One row for each position, in the order of `positions`.
    """
    names = None if columns is None else list(columns)
    with _opened(blobs, key) as file:
        starts = _starts(file)
        holding = np.unique(np.searchsorted(starts, positions, side="right") - 1)
        groups = [int(group) for group in holding]
        table = file.read_row_groups(groups, names)
    return table.take(pa.array(_among_read(starts, groups, positions), pa.int64()))


def lookup_sealed(blobs: Blobs, key: str, column: str, values: U64) -> tuple[I64, pa.Table]:
    """Find rows by the column the file is sorted by, which holds no nulls.

    Args:
        blobs: where from.
        key: the file.
        column: its name.
        values: what to find, ascending, shape (n,).

    Returns:
        For each row found the place of its value in `values`, shape (m,); and the rows.
    """
    with _opened(blobs, key) as file:
        table = file.read_row_groups(_groups_of_values(file, column, values))
    held = table[column].to_numpy()
    low = np.searchsorted(held, values, side="left")
    # the second search only where there is a hit: values are mostly not there
    hits = np.flatnonzero(np.append(held, held.dtype.type(0))[low] == values)
    hits = hits[low[hits] < len(held)]
    low = low[hits]
    count = np.searchsorted(held, values[hits], side="right") - low
    places = np.repeat(hits, count)
    nth = np.arange(len(places)) - np.repeat(np.cumsum(count) - count, count)
    return places, table.take(pa.array(np.repeat(low, count) + nth, pa.int64()))


def _opened(blobs: Blobs, key: str) -> pq.ParquetFile:
    return pq.ParquetFile(blobs.locate(key), memory_map=True)


def _paths(schema: pa.Schema) -> list[str]:
    """Name the columns as Parquet does, which writes a list as the path of its elements."""
    return [
        f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
        for field in schema
    ]


def _starts(file: pq.ParquetFile) -> I64:
    """Return the position of each row group's first row, shape (n,)."""
    sizes = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])[:-1].astype(np.int64)


def _groups_of_ranges(starts: I64, ranges: Sequence[tuple[int, int]]) -> list[int]:
    groups: set[int] = set()
    for low, high in ranges:
        if high > low:
            first, last = np.searchsorted(starts, [low, high - 1], side="right") - 1
            groups.update(range(int(first), int(last) + 1))
    return sorted(groups)


def _groups_of_values(file: pq.ParquetFile, column: str, values: U64) -> list[int]:
    index = file.schema_arrow.get_field_index(column)
    groups: list[int] = []
    for group in range(file.num_row_groups):
        statistics: Any = file.metadata.row_group(group).column(index).statistics
        bounds = np.array([statistics.min, statistics.max], values.dtype)
        first = np.searchsorted(values, bounds[0], side="left")
        if first < np.searchsorted(values, bounds[1], side="right"):
            groups.append(group)
    return groups


def _among_read(starts: I64, groups: Sequence[int], positions: I64) -> I64:
    """Turn positions in the file into positions among the groups that were read."""
    if not len(groups):
        return np.zeros(len(positions), np.int64)
    chosen = np.asarray(groups, np.int64)
    ends = np.append(starts[1:], np.iinfo(np.int64).max)
    sizes = np.minimum(ends[chosen] - starts[chosen], np.int64(1) << 40)
    offsets = np.cumsum(sizes) - sizes
    place = np.searchsorted(starts[chosen], positions, side="right") - 1
    return offsets[place] + positions - starts[chosen[place]]
