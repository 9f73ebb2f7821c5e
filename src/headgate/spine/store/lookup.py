"""Finds single rows of a snapshot by key or row id, and takes them in the order asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from headgate.spine.store.digest import one_chunk
from headgate.spine.store.reading import READERS, fitted, read_rows, target_of
from headgate.spine.store.segments import I64, RID, live_mask, read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Run, Segment


def rids_of_keys(blobs: Blobs, manifest: Manifest, name: str, keys: Any) -> I64:
    """Find rows by a column, of which only that column is read.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot.
        name: the column.
        keys: values of its type, shape (n,).

    Returns:
        Row ids in the order of `keys`; none for a key that no row has, several where rows share
        one, in the snapshot's order.
    """
    table = read_rows(blobs, manifest, [name], own=[RID])
    values = one_chunk(table[name])
    distinct: Any = pc.unique(keys)
    found = np.asarray(pc.index_in(values, value_set=distinct, skip_nulls=True).fill_null(-1))
    rows = np.flatnonzero(found >= 0)
    rows = rows[np.argsort(found[rows], kind="stable")]
    wanted = np.asarray(pc.index_in(keys, value_set=distinct))
    low = np.searchsorted(found[rows], wanted, side="left")
    counts = np.searchsorted(found[rows], wanted, side="right") - low
    nth = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(one_chunk(table[RID]), np.int64)[rows[np.repeat(low, counts) + nth]]


def live_ids(blobs: Blobs, manifest: Manifest, rids: I64) -> I64:
    """Keep the row ids that a snapshot's rows have, in their order."""
    near = tuple(
        one for one in manifest.segments if ((rids >= one.rid_lo) & (rids <= one.rid_hi)).any()
    )
    known = read_rows(blobs, msgspec.structs.replace(manifest, segments=near), [], own=[RID])[RID]
    return rids[np.isin(rids, np.asarray(one_chunk(known), np.int64))]


def take_rows(
    blobs: Blobs,
    manifest: Manifest,
    rids: I64,
    columns: Sequence[str] | None = None,
    *,
    own: Sequence[str] = (),
) -> pa.Table:
    """Take rows by their ids.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot, which has all of them.
        rids: row ids in any order, one of them perhaps several times, shape (n,).
        columns: of the user's; all if not given.
        own: of `_rid`, `_rev`, `_rh`, to be put first.

    Returns:
        One row for each id, in their order.

    Raises:
        NotFound: the snapshot has no such column.
    """
    target = target_of(manifest, columns, own=own)

    def take(segment: Segment) -> tuple[I64, pa.Table]:
        ids, positions = _placed(blobs, segment, rids)
        return ids, _taken(blobs.locate(segment.key), positions, target)

    with ThreadPoolExecutor(READERS) as pool:
        parts = list(pool.map(take, manifest.segments))
    ids = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
    order = np.argsort(ids, kind="stable")
    places = order[np.searchsorted(ids[order], rids)]
    table = pa.concat_tables([target.empty_table(), *(part[1] for part in parts)])
    return table.take(pa.array(places, pa.int64()))


def _placed(blobs: Blobs, segment: Segment, rids: I64) -> tuple[I64, I64]:
    """Return which of some row ids lie in a segment, and at which positions, ascending."""
    near = np.unique(rids[(rids >= segment.rid_lo) & (rids <= segment.rid_hi)])
    if segment.runs is None and len(near):
        held = np.asarray(one_chunk(read_file(blobs, segment.key, [RID])[RID]), np.int64)
        positions = np.flatnonzero(np.isin(held, near))
        ids = held[positions]
    else:
        ids, positions = _among_runs(segment.runs or (), near)
    lives = live_mask(blobs, segment)[positions]
    return ids[lives], positions[lives]


def _among_runs(runs: Sequence[Run], rids: I64) -> tuple[I64, I64]:
    """Work out where sorted row ids stand in runs: those that do, and their positions."""
    if not runs or not len(rids):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    by_id = sorted(runs, key=lambda run: run.rid)
    firsts, counts, starts = (
        np.array([getattr(run, name) for run in by_id]) for name in ("rid", "n_rows", "position")
    )
    run = np.maximum(np.searchsorted(firsts, rids, side="right") - 1, 0)
    nth = rids - firsts[run]
    is_in = (nth >= 0) & (nth < counts[run])
    positions = (starts[run] + nth)[is_in]
    order = np.argsort(positions)
    return rids[is_in][order], positions[order]


def _taken(path: str, positions: I64, target: pa.Schema) -> pa.Table:
    """Read rows of a segment's file at ascending positions, row group by row group.

    Text with a dictionary is read as one, so that only the rows taken are spelled out.
    """
    if not len(positions):
        return target.empty_table()
    metadata = pq.read_metadata(path, memory_map=True)
    words = _with_dictionary(metadata, target)
    with pq.ParquetFile(path, memory_map=True, metadata=metadata, read_dictionary=words) as file:
        present = set(file.schema_arrow.names)
        names = [name for name in target.names if name in present]
        sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        bounds = np.searchsorted(positions, starts)
        tables: list[pa.Table] = []
        for group, (low, high) in enumerate(pairwise(bounds)):
            if high > low:
                rows = file.read_row_group(group, names, use_threads=False)
                tables.append(rows.take(pa.array(positions[low:high] - starts[group])))
    return fitted(pa.concat_tables(tables), target, len(positions))


def _with_dictionary(metadata: Any, target: pa.Schema) -> list[str]:
    group = metadata.row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    kinds = {field.name: field.type for field in target}
    return [
        one.path_in_schema
        for one in columns
        if pa.types.is_string(kinds.get(one.path_in_schema, pa.null()))
        and "RLE_DICTIONARY" in one.encodings
    ]
