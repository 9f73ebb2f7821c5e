"""Reading snapshots: all rows or some, some columns, with their ids, or as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.spine.store.groups import fitted, groups_of, read_groups
from headgate.spine.store.segments import (
    I64,
    REV,
    RID,
    ROW_HASH,
    hashes_of,
    is_whole,
    live_mask,
    read_file,
    read_segment,
    shown_mask,
)
from headgate.spine.store.threads import each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment

__all__ = [
    "arrow_dataset",
    "fitted",
    "hashes_of",
    "read_ids",
    "read_range",
    "read_rows",
    "read_where",
    "segment_ids",
    "target_of",
]

READERS = 2
"""Segments read at once; Parquet decodes one file's columns in parallel besides."""


def target_of(
    manifest: Manifest, columns: Sequence[str] | None = None, *, own: Sequence[str] = ()
) -> pa.Schema:
    """Say how columns of a snapshot are read: own ones first, then the user's.

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
    return pa.schema([*(_own_field(name) for name in own), *(schema.field(name) for name in names)])


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
    target = target_of(manifest, columns, own=own)

    def read(segment: Segment) -> pa.Table:
        rows = read_segment(blobs, segment, target.names)
        return fitted(rows, target, rows.num_rows)

    return _joined(read, manifest.segments, target)


def read_where(
    blobs: Blobs,
    manifest: Manifest,
    rids: I64,
    columns: Sequence[str] | None = None,
    *,
    own: Sequence[str] = (),
) -> pa.Table:
    """Read live rows by their ids, in the snapshot's order.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot.
        rids: sorted ids, shape (n,).
        columns: of the user's; all if not given.
        own: of `_rid`, `_rev`, `_rh`, to be put first.

    Raises:
        NotFound: the snapshot has no such column.
    """
    target = target_of(manifest, columns, own=own)

    def read(segment: Segment) -> pa.Table:
        return _masked(blobs, segment, mask_of(blobs, segment, rids), target)

    low, high = (int(rids[0]), int(rids[-1])) if len(rids) else (1, 0)
    near = [one for one in manifest.segments if one.rid_lo <= high and one.rid_hi >= low]
    return _joined(read, near, target)


def read_range(
    blobs: Blobs, segment: Segment, span: tuple[int, int], target: pa.Schema
) -> pa.Table:
    """Read a range of a segment's live rows.

    Args:
        blobs: where the segments lie.
        segment: one of a snapshot.
        span: first row and the one after the last, counted among the live ones from 0.
        target: the columns.
    """
    mask = shown_mask(blobs, segment)
    places = np.flatnonzero(mask)[span[0] : span[1]]
    chosen = np.zeros(len(mask), np.bool_)
    chosen[places] = True
    return _masked(blobs, segment, chosen, target)


def n_shown(blobs: Blobs, segment: Segment) -> int:
    """Count the rows of a segment that are there and were not erased."""
    return segment.n_rows if is_whole(blobs, segment) else int(shown_mask(blobs, segment).sum())


def mask_of(blobs: Blobs, segment: Segment, rids: I64) -> Any:
    """Say for each position of a segment whether its row is live and among sorted ids."""
    ids, _ = segment_ids(blobs, segment)
    place = np.minimum(np.searchsorted(rids, ids), max(len(rids) - 1, 0))
    mask = live_mask(blobs, segment)
    mask[mask] = (rids[place] == ids) if len(rids) else False
    return mask & shown_mask(blobs, segment)


def arrow_dataset(blobs: Blobs, manifest: Manifest) -> Any:
    """Offer a snapshot's user columns to a query engine that reads only what it needs."""
    from headgate.spine.store.scanning import live_dataset

    return live_dataset(blobs, manifest.segments, manifest.schema)


def read_ids(blobs: Blobs, manifest: Manifest) -> tuple[I64, I64]:
    """Read ids and batches of a snapshot's live rows: two arrays of shape (n,), in row order."""
    pairs = [segment_ids(blobs, segment) for segment in manifest.segments]
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def segment_ids(blobs: Blobs, segment: Segment) -> tuple[I64, I64]:
    """Read ids and batches of a segment's live rows, without its file where runs tell them.

    Rows that were erased are among them: what was made of them was made of them.
    """
    if segment.runs is None:
        table = read_file(blobs, segment.key, [RID, REV])
        rids, revs = table[RID].to_numpy(), table[REV].to_numpy()
    else:
        runs = segment.runs
        rids = np.concatenate([np.arange(run.rid, run.rid + run.n_rows) for run in runs])
        revs = np.repeat([run.rev for run in runs], [run.n_rows for run in runs])
    if segment.deletions is None:
        return rids, revs
    mask = live_mask(blobs, segment)
    return rids[mask], revs[mask]


def _joined(
    read: Callable[[Segment], pa.Table], segments: Sequence[Segment], target: pa.Schema
) -> pa.Table:
    tables = each(read, segments, at_once=READERS)
    return pa.concat_tables(tables) if tables else target.empty_table()


def _masked(blobs: Blobs, segment: Segment, mask: Any, target: pa.Schema) -> pa.Table:
    """Read the rows of a segment that a mask names, whole row groups left out."""
    if not mask.any():
        return target.empty_table()
    path = blobs.locate(segment.key)
    return pa.concat_tables(read_groups(path, mask, groups_of(path, mask), target))


def _own_field(name: str) -> pa.Field[Any]:
    kinds = {RID: pa.int64(), REV: pa.int64(), ROW_HASH: pa.binary(16)}
    return pa.field(name, kinds[name])
