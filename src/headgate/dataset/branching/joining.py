"""Makes the state in which two sides are one: rows that come in, rows that leave, columns.

A segment of theirs whose rows all come in is named as it lies; rows of the others are written into
a new one with their ids, batches and hashes, so that nothing is counted or hashed anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from headgate.dataset.columns import merge_columns
from headgate.dataset.keys import clashes_of
from headgate.spine.store.manifest import schema_of, shifted
from headgate.spine.store.reading import fitted
from headgate.spine.store.sealed import take_sealed
from headgate.spine.store.segments import OWN, REV, RID, ROW_HASH, with_deleted, write_segments

if TYPE_CHECKING:
    from headgate.dataset.branching.reports import ColumnConflict
    from headgate.dataset.branching.threeway import Sides, Verdict
    from headgate.dataset.compare import Side
    from headgate.dataset.keys import Clash
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment
    from headgate.spine.store.segments import I64


@dataclass(frozen=True)
class Joined:
    """A merged state, or what stands against it.

    Args:
        manifest: the state; ours where there are clashes or conflicts.
        n_added: rows it has that ours has not.
        n_changed: rows of ours with other content.
        n_removed: rows of ours that it has not.
        clashes: pairs of rows with the same key that are not alike.
        columns: columns on which the sides do not agree.
    """

    manifest: Manifest
    n_added: int
    n_changed: int
    n_removed: int
    clashes: tuple[Clash, ...] = ()
    columns: tuple[ColumnConflict, ...] = ()


def join(blobs: Blobs, sides: Sides, verdict: Verdict) -> Joined:
    """Make the merged state.

    Args:
        blobs: where the segments lie.
        sides: the two states.
        verdict: what is to be done about their rows.
    """
    difference = verdict.difference
    if sides.is_forward:
        return Joined(
            manifest=sides.theirs,
            n_added=len(difference.added),
            n_changed=len(difference.changed),
            n_removed=len(difference.removed),
        )
    columns, conflicts = merge_columns(blobs, sides, verdict)
    clashes, doubled = clashes_of(blobs, sides, verdict)
    incoming = np.setdiff1d(verdict.taken, doubled, assume_unique=True)
    replaced = np.intersect1d(incoming, difference.changed, assume_unique=True)
    joined = Joined(
        manifest=sides.ours,
        n_added=len(incoming) - len(replaced),
        n_changed=len(replaced),
        n_removed=len(verdict.dropped),
        clashes=clashes,
        columns=conflicts,
    )
    if clashes or conflicts or len(verdict.conflicts):
        return joined
    leaving = np.concatenate([verdict.dropped, replaced])
    kept = _kept(blobs, sides.ours, difference.before, leaving)
    schema = schema_of(columns)
    segments = (*kept, *_brought(blobs, sides.theirs, difference.after, incoming, (schema, kept)))
    manifest = msgspec.structs.replace(
        sides.ours,
        columns=columns,
        lanes=shifted(
            sides.ours.lanes,
            added=difference.after.hashes[np.isin(difference.after.rids, incoming)],
            removed=difference.before.hashes[np.isin(difference.before.rids, leaving)],
        ),
        n_rows=sum(segment.n_live for segment in segments),
        segments=segments,
    )
    return replace(joined, manifest=manifest)


def _kept(blobs: Blobs, ours: Manifest, side: Side, leaving: I64) -> tuple[Segment, ...]:
    """Return our segments with the rows deleted that leave."""
    is_leaving = np.isin(side.rids, leaving)
    kept: list[Segment] = []
    for index, segment in enumerate(ours.segments):
        positions = side.positions[is_leaving & (side.owners == index)]
        if len(positions) == segment.n_live:
            continue
        kept.append(with_deleted(blobs, segment, positions) if len(positions) else segment)
    return tuple(kept)


def _brought(
    blobs: Blobs,
    theirs: Manifest,
    side: Side,
    incoming: I64,
    into: tuple[pa.Schema, tuple[Segment, ...]],
) -> tuple[Segment, ...]:
    """Return segments that hold the rows that come in."""
    schema, beside = into
    known = {segment.digest for segment in beside}
    is_incoming = np.isin(side.rids, incoming)
    target = _target(schema, theirs)
    whole: list[Segment] = []
    copied: list[pa.Table] = []
    for index in np.unique(side.owners[is_incoming]):
        segment = theirs.segments[index]
        positions = np.sort(side.positions[is_incoming & (side.owners == index)])
        if len(positions) == segment.n_live and segment.digest not in known:
            whole.append(segment)
            continue
        rows = take_sealed(blobs, segment.key, positions, target.names)
        copied.append(fitted(rows, target, len(positions)))
    rewritten = pa.concat_tables(copied).sort_by(RID) if copied else target.empty_table()
    return (*whole, *write_segments(blobs, rewritten))


def _target(schema: pa.Schema, theirs: Manifest) -> pa.Schema:
    """Say which columns rows that come in are written with: those theirs has, as they become."""
    kinds = {RID: pa.int64(), REV: pa.int64(), ROW_HASH: pa.binary(16)}
    own = [(name, kinds[name]) for name in OWN]
    names = [name for name in theirs.schema.names if name in schema.names]
    return pa.schema([*own, *((name, schema.field(name).type) for name in names)])
