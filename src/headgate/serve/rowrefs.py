"""The rows predictions were made from: ids with the batch that wrote the content they had.

A row id alone does not say which revision of the row was used; the snapshot it stood in does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.core.refs import split_at
from headgate.serve.schema import ROW_IDS, whole, with_column
from headgate.spine.store.edges import ANY_REV
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.reading import read_ids
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.segments import I64

_CACHED_SNAPSHOTS = 4
"""Snapshots whose row ids stay in memory, 16 bytes a row."""


class Refs(NamedTuple):
    """Edges from predictions to rows, each array of shape (n,).

    Args:
        positions: of the prediction, counted from 0.
        rids: of the row.
        revs: of the batch that wrote the row's content, -1 if the snapshot is not known.
    """

    positions: I64
    rids: I64
    revs: I64


def resolve_snapshots(context: Context, table: pa.Table) -> tuple[pa.Table, dict[str, Snapshot]]:
    """Write every snapshot a row names as `dataset@number`.

    Returns:
        The table, and the snapshots by that name.

    Raises:
        NotFound: a snapshot does not exist.
    """
    encoded = whole(table, "snapshot").dictionary_encode()
    found = [find_snapshot(context, *split_at(ref)) for ref in encoded.dictionary.to_pylist()]
    names = [f"{snapshot.dataset}@{snapshot.number}" for snapshot in found]
    column = pa.array(names, pa.string()).take(encoded.indices)
    return with_column(table, "snapshot", column), dict(zip(names, found, strict=True))


def row_refs(
    context: Context,
    table: pa.Table,
    snapshots: dict[str, Snapshot],
    *,
    places: I64 | None = None,
) -> Refs:
    """Find the revision of every row that predictions were made from.

    Args:
        context: the project.
        table: predictions, with resolved snapshots.
        snapshots: the snapshots they name.
        places: where each prediction stood in the call, for errors; where it stands if not given.

    Raises:
        Invalid: a row is not in the snapshot its prediction names.
    """
    listed = [_edges(table, name) for name in ROW_IDS]
    positions = np.concatenate([places for places, _ in listed])
    rids = np.concatenate([ids for _, ids in listed])
    revs = np.full(len(rids), ANY_REV, np.int64)
    if not len(rids):
        return Refs(positions, rids, revs)
    encoded = whole(table, "snapshot").dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1), np.int64)[positions]
    for code, name in enumerate(encoded.dictionary.to_pylist()):
        mask = codes == code
        told = positions[mask] if places is None else places[positions[mask]]
        revs[mask] = _revisions(context, snapshots[name], told, rids[mask])
    return Refs(positions, rids, revs)


def _edges(table: pa.Table, name: str) -> tuple[I64, I64]:
    """Unfold a column of lists into positions and row ids."""
    array = whole(table, name)
    lengths = np.asarray(pc.list_value_length(array).fill_null(0), np.int64)
    rids = np.asarray(array.flatten(), np.int64)
    return np.repeat(np.arange(len(lengths)), lengths), rids


def _revisions(context: Context, snapshot: Snapshot, positions: I64, rids: I64) -> I64:
    known, revs = _ids_of(context.blobs, snapshot.version_id)
    place = np.minimum(np.searchsorted(known, rids), max(len(known) - 1, 0))
    strange = np.flatnonzero(known[place] != rids) if len(known) else np.arange(len(rids))
    if len(strange):
        row, prediction = rids[strange[0]], positions[strange[0]]
        raise Invalid(
            f"row {row} of prediction {prediction} is not in {snapshot.dataset}@{snapshot.number}",
            mend="name the snapshot the row was read from, or none if it is not known",
        )
    return revs[place]


@lru_cache(maxsize=_CACHED_SNAPSHOTS)
def _ids_of(blobs: Blobs, version_id: str) -> tuple[I64, I64]:
    """Return a snapshot's row ids, ascending, and their batches."""
    rids, revs = read_ids(blobs, load_manifest(blobs, version_id))
    order = np.argsort(rids, kind="stable")
    return rids[order], revs[order]
