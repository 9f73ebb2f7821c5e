"""Reading snapshots: all rows or some, some columns, with their ids, or as files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from headgate.core.errors import NotFound
from headgate.spine.store.segments import (
    I64,
    REV,
    RID,
    ROW_HASH,
    live_mask,
    read_segment,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.manifest import Manifest, Segment

READERS = 2
"""Segments read at once; Parquet decodes one file's columns in parallel besides."""


def read_rows(
    blobs: Blobs,
    manifest: Manifest,
    columns: Sequence[str] | None = None,
    *,
    own: Sequence[str] = (),
) -> pa.Table:
    """Read a snapshot's live rows.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot.
        columns: of the user's; all if not given.
        own: of `_rid`, `_rev`, `_rh`, to be put first.

    Raises:
        NotFound: the snapshot has no such column.
    """
    schema = manifest.schema
    names = list(schema.names) if columns is None else list(columns)
    for name in names:
        if name not in schema.names:
            raise NotFound.among(
                f"column of {manifest.dataset}@{manifest.number}", name, schema.names
            )
    target = pa.schema(
        [*(_own_field(name) for name in own), *(schema.field(name) for name in names)]
    )

    def read(segment: Segment) -> pa.Table:
        return fitted(read_segment(blobs, segment, target.names), target, segment.n_live)

    if len(manifest.segments) < READERS:
        tables = [read(segment) for segment in manifest.segments]
    else:
        with ThreadPoolExecutor(READERS) as pool:
            tables = list(pool.map(read, manifest.segments))
    return pa.concat_tables(tables) if tables else target.empty_table()


def arrow_dataset(blobs: Blobs, manifest: Manifest) -> Any:
    """Offer a snapshot's user columns to a query engine that reads only what it needs.

    Segments without deletions are handed over as files; live rows of the others are in memory.
    """
    target = manifest.schema
    whole = [segment for segment in manifest.segments if segment.deletions is None]
    parts: list[Any] = []
    if whole:
        paths = [blobs.locate(segment.key) for segment in whole]
        parts.append(ds.dataset(paths, schema=target, format="parquet"))
    tables = [
        fitted(read_segment(blobs, segment, target.names), target, segment.n_live)
        for segment in manifest.segments
        if segment.deletions is not None
    ]
    if tables or not parts:
        parts.append(ds.dataset(pa.concat_tables(tables) if tables else target.empty_table()))
    return parts[0] if len(parts) == 1 else ds.dataset(parts)


def read_ids(blobs: Blobs, manifest: Manifest) -> tuple[I64, I64]:
    """Read ids and batches of a snapshot's live rows: two arrays of shape (n,), in row order."""
    pairs = [segment_ids(blobs, segment) for segment in manifest.segments]
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def segment_ids(blobs: Blobs, segment: Segment) -> tuple[I64, I64]:
    """Read ids and batches of a segment's live rows, without its file where runs tell them."""
    if segment.runs is None:
        table = read_segment(blobs, segment, [RID, REV])
        return table[RID].to_numpy(), table[REV].to_numpy()
    runs = segment.runs
    rids = np.concatenate([np.arange(run.rid, run.rid + run.n_rows) for run in runs])
    revs = np.repeat([run.rev for run in runs], [run.n_rows for run in runs])
    if segment.deletions is None:
        return rids, revs
    mask = live_mask(blobs, segment)
    return rids[mask], revs[mask]


def hashes_of(column: pa.ChunkedArray[Any]) -> U64:
    """View a `_rh` column as two lanes, shape (n, 2)."""
    array: Any = column.combine_chunks()
    lanes = np.frombuffer(array.buffers()[1] or b"", "<u8").reshape(-1, 2)
    return lanes[array.offset : array.offset + len(array)].astype(np.uint64, copy=False)


def fitted(table: pa.Table, target: pa.Schema, n_rows: int) -> pa.Table:
    """Cast columns to a newer schema; a column that was not there yet is null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(n_rows, field.type)
        for field in target
    ]
    return pa.Table.from_arrays(columns, schema=target)


def _own_field(name: str) -> pa.Field[Any]:
    kinds = {RID: pa.int64(), REV: pa.int64(), ROW_HASH: pa.binary(16)}
    return pa.field(name, kinds[name])
