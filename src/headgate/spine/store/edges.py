"""Edge segments: which row came from which, sorted by parent, as plain Parquet.

An edge is (parent_rid, parent_rev, child): the row as that batch wrote it, and what was made of
it. `parent_rev` is -1 where only the row is known, not its revision; it then matches any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headgate.spine.store.canonical import content_digest

if TYPE_CHECKING:
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.segments import I64

ANY_REV = -1
GROUP_ROWS = 65_536
SCHEMA = pa.schema([("parent_rid", pa.int64()), ("parent_rev", pa.int64()), ("child", pa.int64())])


def write_edges(blobs: Blobs, parent_rids: I64, parent_revs: I64, children: I64) -> str:
    """Write edges sorted by parent and return their key.

    Args:
        blobs: where to.
        parent_rids: row ids of parents, shape (n,).
        parent_revs: batches that wrote the parents' content, or -1, shape (n,).
        children: row ids, or positions in a sealed log, shape (n,).
    """
    order = np.lexsort((children, parent_revs, parent_rids))
    arrays = [pa.array(values[order]) for values in (parent_rids, parent_revs, children)]
    table = pa.Table.from_arrays(arrays, schema=SCHEMA)
    sink = pa.BufferOutputStream()
    dictionary: Any = ["parent_rev"]
    pq.write_table(
        table,
        sink,
        compression="zstd",
        row_group_size=GROUP_ROWS,
        use_dictionary=dictionary,
        column_encoding={"parent_rid": "DELTA_BINARY_PACKED", "child": "DELTA_BINARY_PACKED"},
    )
    digest = content_digest(table)
    key = f"edges/{digest[:2]}/{digest}.parquet"
    blobs.put(key, sink.getvalue())
    return key


def read_edges(
    blobs: Blobs, key: str, *, between: tuple[int, int] | None = None
) -> tuple[I64, I64, I64]:
    """Read edges whose parent may lie in a range of row ids, both ends included.

    Returns:
        Parents' ids, parents' batches, children, each of shape (n,); some may lie outside.
    """
    with pq.ParquetFile(blobs.locate(key), memory_map=True) as file:
        groups = [index for index in range(file.num_row_groups) if _overlaps(file, index, between)]
        table = file.read_row_groups(groups)
    return (
        table["parent_rid"].to_numpy(),
        table["parent_rev"].to_numpy(),
        table["child"].to_numpy(),
    )


def _overlaps(file: pq.ParquetFile, index: int, between: tuple[int, int] | None) -> bool:
    statistics: Any = file.metadata.row_group(index).column(0).statistics
    if between is None or statistics is None or not statistics.has_min_max:
        return True
    return statistics.max >= between[0] and statistics.min <= between[1]
