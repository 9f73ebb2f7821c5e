"""Reads row groups of Parquet files, and fits what was read to the columns a snapshot has.

It stands apart from `scanning` so that reading a snapshot does not load Arrow's datasets, which
load pandas wherever that is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def read_groups(
    path: str, mask: NDArray[np.bool_], groups: Sequence[int], target: pa.Schema
) -> Iterator[pa.Table]:
    """Read row groups of a segment one by one, with the rows that a mask of the segment names.

    Args:
        path: the segment's file.
        mask: which of its rows, shape (n_rows,).
        groups: which row groups [count from 0].
        target: the columns; one that the file has not is null.
    """
    with pq.ParquetFile(path, memory_map=True) as file:
        present = set(file.schema_arrow.names)
        names = [name for name in target.names if name in present]
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        for group in groups:
            chosen = mask[starts[group] : starts[group + 1]]
            if chosen.any():
                rows = file.read_row_group(group, names)
                rows = rows if chosen.all() else rows.filter(pa.array(chosen))
                yield fitted(rows, target, int(chosen.sum()))


def groups_of(path: str, mask: NDArray[np.bool_]) -> list[int]:
    """Name the row groups of a segment's file that hold any row of a mask, shape (n_rows,)."""
    metadata = pq.read_metadata(path)
    sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return [i for i in range(len(sizes)) if mask[starts[i] : starts[i + 1]].any()]


def n_rows_of(path: Path) -> int:
    """Count the rows of a Parquet file, as its footer says."""
    return pq.read_metadata(path).num_rows


def fitted(table: pa.Table, target: pa.Schema, n_rows: int) -> pa.Table:
    """Cast columns to a newer schema; a column that was not there yet is null."""
    if table.schema.equals(target, check_metadata=True):
        return table
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(n_rows, field.type)
        for field in target
    ]
    return pa.Table.from_arrays(columns, schema=target)
