"""How segments are laid out as Parquet: for each column a dictionary or not, compressed or not.

Both are chosen from the first row group, for the size of the file and for the time that reading
and writing take; a few rows are plain and uncompressed. Any choice reads back the same, so it may
change at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from headgate.core.refs import RID

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP_ROWS = 16_384
TRIED_ROWS = 4_096
FEW_ROWS, FEW_BYTES = 64, 8_192
"""So few rows are written as they are: their file is footer for the most part [count, bytes]."""
DISTINCT_RATIO = 1 / 8
"""With more distinct values, plain ones came out smaller under zstd, and quicker both ways."""
WORTH_RATIO = 0.9
"""What zstd leaves more of is kept as it is: drawn fractions keep 0.96, and read in a third."""
DICTIONARY, PLAIN, SQUEEZED = "dictionary", "plain", "squeezed"
DELTA = "DELTA_BINARY_PACKED"
"""Whole numbers by their differences: a third smaller and three times as quick as by zstd alone."""
ROW_HASH = "_rh"

I64 = NDArray[np.int64]


def parquet_settings(table: pa.Table) -> dict[str, Any]:
    """Say how a segment is written.

    Args:
        table: the segment's rows, with their identity.
    """
    if table.num_rows <= FEW_ROWS and table.nbytes <= FEW_BYTES:
        return {"compression": "none", "use_dictionary": False, "row_group_size": GROUP_ROWS}
    sample = table.slice(0, GROUP_ROWS)
    leaves = [leaf for field in sample.schema for leaf in _leaves(field.name, sample[field.name])]
    ways = {path: _way(path, values) for path, values in leaves}
    return {
        "compression": {path: "none" if way == PLAIN else "zstd" for path, way in ways.items()},
        "use_dictionary": [path for path, way in ways.items() if way == DICTIONARY],
        "column_encoding": {path: DELTA for path, way in ways.items() if way == DELTA},
        "row_group_size": GROUP_ROWS,
        "write_page_index": True,
    }


def _way(path: str, column: Any) -> str:
    if _is_repeated(path, column):
        return DICTIONARY
    if not _shrinks(column):
        return PLAIN
    return DELTA if _is_counted(column.type) else SQUEEZED


def _is_counted(kind: pa.DataType) -> bool:
    """Say whether Parquet keeps the values as whole numbers."""
    is_moment = pa.types.is_timestamp(kind) or pa.types.is_date32(kind) or pa.types.is_time(kind)
    return is_moment or pa.types.is_integer(kind)


def _is_repeated(path: str, column: Any) -> bool:
    if path in (RID, ROW_HASH):
        return False
    if pa.types.is_null(column.type) or pa.types.is_dictionary(column.type):
        return True
    # most columns that do not repeat show it early
    parts: Any = (column.slice(0, TRIED_ROWS), column)
    limit = DISTINCT_RATIO * len(column)
    return all(pc.count_distinct(part, mode="all").as_py() <= limit for part in parts)


def _leaves(path: str, column: Any) -> Iterator[tuple[str, Any]]:
    """Name the columns as Parquet does, which has one for each leaf of a nested one."""
    kind = column.type
    if pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            yield from _leaves(f"{path}.{kind.field(index).name}", pc.struct_field(column, [index]))
    elif (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        yield from _leaves(f"{path}.list.element", pc.list_flatten(column))
    else:
        yield path, column


def _shrinks(column: Any) -> bool:
    """Say whether zstd is worth its time; text is taken to be."""
    kind = column.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not len(column) or not (is_number or pa.types.is_fixed_size_binary(kind)):
        return True
    array = column.drop_null().slice(0, TRIED_ROWS).combine_chunks()
    if is_number:
        values = np.asarray(array)
        data = pa.py_buffer(values.tobytes())
    else:
        data = pa.py_buffer(b"".join(array.to_pylist()))
    packed: Any = pa.compress(data, codec="zstd")
    return packed.size <= WORTH_RATIO * data.size
