"""Segments: zstd Parquet of at most 131,072 rows, named by their content.

A segment holds `_rid` (the row's id, unique in the project), `_rev` (the batch that wrote this
content of the row), `_rh` (its row hash, 16 bytes) and the user's columns.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3
from numpy.typing import NDArray
from pyroaring import BitMap

from headgate.core.refs import RID
from headgate.spine.store.canonical import U64, content_digest
from headgate.spine.store.erasing.blanking import erased_positions, with_erased
from headgate.spine.store.layout import FEW_ROWS, I64, ROW_HASH, parquet_settings
from headgate.spine.store.manifest import Run, Segment, deletions_key, segment_key
from headgate.spine.store.threads import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs

REV = "_rev"
OWN = (RID, REV, ROW_HASH)
SEGMENT_ROWS = 131_072
SMALL_BYTES = 65_536
WRITERS = 2
"""Segments written at once: hashed, compressed and brought to disk."""
MAX_RUNS = 256
"""Runs a manifest lists; a more scattered segment is read for its ids."""


def with_identity(rows: pa.Table, *, rids: I64, revs: I64, hashes: U64) -> pa.Table:
    """Put the three columns of our own before the user's."""
    own: list[Any] = [pa.array(rids), pa.array(revs), hash_array(hashes)]
    return pa.table([*own, *rows.columns], names=[*OWN, *rows.column_names])


def hash_array(hashes: U64) -> pa.Array[Any]:
    """Write row hashes of shape (n, 2) as an array of 16 bytes each."""
    data = pa.py_buffer(np.ascontiguousarray(hashes, "<u8").tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes), [None, data])


def hashes_of(column: pa.ChunkedArray[Any]) -> U64:
    """View a `_rh` column as two lanes, shape (n, 2)."""
    array: Any = column.combine_chunks()
    lanes = np.frombuffer(array.buffers()[1] or b"", "<u8").reshape(-1, 2)
    return lanes[array.offset : array.offset + len(array)].astype(np.uint64, copy=False)


def write_segments(blobs: Blobs, table: pa.Table) -> tuple[Segment, ...]:
    """Write rows with identity as segments, in their order, two at a time."""
    parts = [table.slice(start, SEGMENT_ROWS) for start in range(0, table.num_rows, SEGMENT_ROWS)]
    return tuple(each(lambda part: _write(blobs, part), parts, at_once=WRITERS))


def read_segment(blobs: Blobs, segment: Segment, columns: Sequence[str]) -> pa.Table:
    """Read some columns of a segment's live rows; a column it has not is left out.

    Rows that were erased are left out too.
    """
    table = read_file(blobs, segment.key, columns)
    gone = erased_positions(table.schema)
    if segment.deletions is None and not gone:
        return table
    mask = live_mask(blobs, segment)
    mask[np.asarray(gone.to_array(), np.int64)] = False
    return table.replace_schema_metadata(None).filter(pa.array(mask))


def is_whole(blobs: Blobs, segment: Segment) -> bool:
    """Say whether every row of the file is to be read: none is deleted and none was erased."""
    return segment.deletions is None and not _erased(blobs, segment)


def shown_mask(blobs: Blobs, segment: Segment) -> NDArray[np.bool_]:
    """Say for each position of a segment whether its row is to be read: there, and not erased."""
    mask = live_mask(blobs, segment)
    mask[np.asarray(_erased(blobs, segment).to_array(), np.int64)] = False
    return mask


def read_file(blobs: Blobs, key: str, columns: Sequence[str]) -> pa.Table:
    """Read some columns of every row of a segment's file, dead and erased ones too."""
    with _opened(Path(blobs.locate(key))) as file:
        present = set(file.schema_arrow.names)
        names = [name for name in columns if name in present]
        return file.read(names, use_threads=file.metadata.num_rows > FEW_ROWS)


def read_standing(blobs: Blobs, segment: Segment, columns: Sequence[str]) -> pa.Table:
    """Read some columns of a segment's live rows, erased ones too; who reads to write asks this."""
    table = read_file(blobs, segment.key, columns).replace_schema_metadata(None)
    if segment.deletions is None:
        return table
    return table.filter(pa.array(live_mask(blobs, segment)))


def live_mask(blobs: Blobs, segment: Segment) -> NDArray[np.bool_]:
    """Say for each position of a segment whether its row is there; an erased one still is."""
    mask = np.ones(segment.n_rows, np.bool_)
    mask[np.asarray(deleted(blobs, segment).to_array())] = False
    return mask


def deleted(blobs: Blobs, segment: Segment) -> BitMap:
    """Return the deleted positions of a segment."""
    if segment.deletions is None:
        return BitMap()
    return BitMap.deserialize(blobs.get(deletions_key(segment.deletions)))


def with_deleted(blobs: Blobs, segment: Segment, positions: NDArray[Any]) -> Segment:
    """Delete positions of a segment in addition to those deleted already."""
    bitmap = deleted(blobs, segment) | BitMap(positions.astype(np.uint32))
    data = bitmap.serialize()
    digest = blake3(data).hexdigest()
    blobs.put(deletions_key(digest), data)
    return msgspec.structs.replace(segment, deletions=digest, n_deleted=len(bitmap))


def _opened(path: Path) -> pq.ParquetFile:
    """Open a file as a memory map, so that a column not asked for is never read.

    A small one is read at once, which is quicker than to map it.
    """
    if path.stat().st_size <= SMALL_BYTES:
        return pq.ParquetFile(pa.BufferReader(path.read_bytes()))
    return pq.ParquetFile(path, memory_map=True)


def _erased(blobs: Blobs, segment: Segment) -> BitMap:
    return erased_positions(pq.read_schema(blobs.locate(segment.key), memory_map=True))


def _write(blobs: Blobs, table: pa.Table) -> Segment:
    digest = content_digest(table)
    sink = pa.BufferOutputStream()
    pq.write_table(_marked(table), sink, **parquet_settings(table))
    data = sink.getvalue()
    blobs.put(segment_key(digest), data)
    rids, revs = table[RID].to_numpy(), table[REV].to_numpy()
    return Segment(
        digest=digest,
        n_rows=table.num_rows,
        n_bytes=data.size,
        rid_lo=int(rids.min()),
        rid_hi=int(rids.max()),
        rev_lo=int(revs.min()),
        rev_hi=int(revs.max()),
        runs=_runs(rids, revs),
    )


def _marked(table: pa.Table) -> pa.Table:
    """Say in the metadata which rows were erased before they came here: those without a hash."""
    hashes = hashes_of(table[ROW_HASH])
    positions = np.flatnonzero((hashes[:, 0] | hashes[:, 1]) == 0)
    return with_erased(table, BitMap(positions.astype(np.uint32))) if len(positions) else table


def _runs(rids: I64, revs: I64) -> tuple[Run, ...] | None:
    breaks = np.flatnonzero((rids[1:] - rids[:-1] != 1) | (revs[1:] != revs[:-1])) + 1
    if not len(breaks):
        return (Run(rev=int(revs[0]), rid=int(rids[0]), position=0, n_rows=len(rids)),)
    if len(breaks) >= MAX_RUNS:
        return None
    starts = np.concatenate([[0], breaks])
    lengths = np.diff(np.concatenate([starts, [len(rids)]]))
    return tuple(
        Run(rev=int(revs[start]), rid=int(rids[start]), position=int(start), n_rows=int(n))
        for start, n in zip(starts, lengths, strict=True)
    )
