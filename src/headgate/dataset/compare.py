"""What differs between two snapshots, by row id: counts, columns, and the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.reading import fitted, hashes_of
from headgate.spine.store.sealed import take_sealed
from headgate.spine.store.segments import I64, RID, ROW_HASH, live_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.manifest import Manifest, Segment


@dataclass(frozen=True)
class Side:
    """Rows that one of two snapshots may have alone: n rows, sorted by row id.

    Args:
        rids: row ids, shape (n,).
        hashes: row hashes, shape (n, 2).
        owners: index of the segment each lies in, shape (n,).
        positions: position in that segment, shape (n,).
    """

    segments: Sequence[Segment]
    rids: I64
    hashes: U64
    owners: I64
    positions: I64


@dataclass(frozen=True)
class Difference:
    """Row ids that differ, each array sorted."""

    before: Side
    after: Side
    added: I64
    removed: I64
    changed: I64


def compare(blobs: Blobs, before: Manifest, after: Manifest) -> Difference:
    """Compare two snapshots.

    A segment that both have differs only where one of them deleted a row and the other did not;
    with the same deletions it is not opened at all.
    """
    left = _side(blobs, before.segments, after.segments)
    right = _side(blobs, after.segments, before.segments)
    in_both, at_left, at_right = np.intersect1d(left.rids, right.rids, return_indices=True)
    differs = (left.hashes[at_left] != right.hashes[at_right]).any(axis=1)
    return Difference(
        before=left,
        after=right,
        added=np.setdiff1d(right.rids, left.rids, assume_unique=True),
        removed=np.setdiff1d(left.rids, right.rids, assume_unique=True),
        changed=in_both[differs],
    )


def images(
    blobs: Blobs,
    manifest: Manifest,
    side: Side,
    rids: I64,
    *,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Read some of a side's rows in the order of their ids, with the id first.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot the side belongs to.
        side: where to look.
        rids: row ids to read, sorted.
        columns: columns to read; all if not given.
    """
    schema = manifest.schema
    names = schema.names if columns is None else columns
    target = pa.schema([pa.field(RID, pa.int64()), *(schema.field(name) for name in names)])
    wanted = np.isin(side.rids, rids)
    tables: list[pa.Table] = []
    for index in np.unique(side.owners[wanted]):
        positions = side.positions[wanted & (side.owners == index)]
        rows = take_sealed(blobs, side.segments[index].key, positions, target.names)
        tables.append(fitted(rows, target, len(positions)))
    table = pa.concat_tables(tables) if tables else target.empty_table()
    return table.sort_by(RID)


def changed_columns(old: pa.Table, new: pa.Table) -> dict[str, int]:
    """Count for each column the rows in which it differs; a null differs from a value.

    Args:
        old: images before, sorted by row id.
        new: images of the same rows after.
    """
    counts: dict[str, int] = {}
    for name in dict.fromkeys([*old.column_names, *new.column_names]):
        if name == RID:
            continue
        if name in old.column_names and name in new.column_names:
            n_differs = n_differing(old[name], new[name])
        else:
            column = old[name] if name in old.column_names else new[name]
            n_differs = len(column) - column.null_count
        if n_differs:
            counts[name] = n_differs
    return counts


def n_differing(old: Any, new: Any) -> int:
    """Count the cells that differ by the rule of row hashes, by which NaN equals NaN."""
    lanes = [row_hashes(canonical(pa.table({"": column}))) for column in (old, new)]
    return int((lanes[0] != lanes[1]).any(axis=1).sum())


def _side(blobs: Blobs, segments: Sequence[Segment], others: Sequence[Segment]) -> Side:
    """Read ids and hashes of the rows that stand in some segments and in none of the others."""
    known = {one.digest: one for one in others}
    positions = [_alone(blobs, one, known.get(one.digest)) for one in segments]
    tables = [
        take_sealed(blobs, segment.key, places, [RID, ROW_HASH])
        for segment, places in zip(segments, positions, strict=True)
        if len(places)
    ]
    rids = np.concatenate([np.empty(0, np.int64), *(table[RID].to_numpy() for table in tables)])
    hashes = [np.empty((0, 2), np.uint64), *(hashes_of(table[ROW_HASH]) for table in tables)]
    order = np.argsort(rids, kind="stable")
    counts = [len(places) for places in positions]
    return Side(
        segments=segments,
        rids=rids[order],
        hashes=np.concatenate(hashes)[order],
        owners=np.repeat(np.arange(len(segments)), counts)[order],
        positions=np.concatenate([np.empty(0, np.int64), *positions])[order],
    )


def _alone(blobs: Blobs, segment: Segment, other: Segment | None) -> I64:
    """Return the positions of a segment's live rows that are not live in its other version."""
    if other is not None and other.deletions == segment.deletions:
        return np.empty(0, np.int64)
    mask = live_mask(blobs, segment)
    return np.flatnonzero(mask if other is None else mask & ~live_mask(blobs, other))
