"""Compaction: small and thinned-out segments become full ones, and no answer changes.

Neighbouring segments are written anew as one, in the order of their rows, without the deleted
ones. Ids, batches and row hashes stay, so the content root does too; rows that were erased stay
blank, for snapshots count them. One group is in memory at a
time, never more rows than a segment holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa

from headgate.spine.store.reading import fitted
from headgate.spine.store.segments import (
    OWN,
    REV,
    RID,
    ROW_HASH,
    SEGMENT_ROWS,
    read_standing,
    write_segments,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment

DELETED_RATIO = 0.2
"""A segment with a larger share of deleted rows is written anew."""
SMALL_ROWS = SEGMENT_ROWS // 2
"""A segment of fewer live rows is joined with its neighbours."""
MANY = 64
"""Small segments a snapshot may have before a commit merges some of them [count]."""
MERGE_ROWS = 16_384
"""What a commit takes for small: a segment of fewer live rows."""
MERGED_ROWS = 32_768
"""Rows a commit writes anew at most, so that it stays quick."""


class Group(NamedTuple):
    """Neighbouring segments that become one: those from `start` up to, not with, `stop`."""

    start: int
    stop: int

    @property
    def n_segments(self) -> int:
        """How many they are."""
        return self.stop - self.start


def is_thin(segment: Segment) -> bool:
    """Say whether too many of a segment's rows are deleted."""
    return segment.n_deleted > DELETED_RATIO * segment.n_rows


def plan(segments: Sequence[Segment]) -> list[Group]:
    """Choose what to write anew: thinned-out segments, and small neighbours that fit one."""
    return [
        group
        for group in _gathered(segments, small=SMALL_ROWS, limit=SEGMENT_ROWS, has_thin=True)
        if group.n_segments > 1 or is_thin(segments[group.start])
    ]


def compacted(
    blobs: Blobs,
    manifest: Manifest,
    groups: Sequence[Group],
    written: Callable[[int], None] = lambda _: None,
) -> Manifest:
    """Write groups of segments anew and return the same rows in fewer files.

    Args:
        blobs: where segments lie.
        manifest: the state.
        groups: what to write anew, in order and apart.
        written: is called with the number of rows each time a group has been written.
    """
    segments: list[Segment] = []
    at = 0
    for group in groups:
        segments += manifest.segments[at : group.start]
        segments += _as_one(blobs, manifest, manifest.segments[group.start : group.stop])
        written(sum(one.n_live for one in manifest.segments[group.start : group.stop]))
        at = group.stop
    segments += manifest.segments[at:]
    return msgspec.structs.replace(manifest, segments=tuple(segments))


def merged_small(blobs: Blobs, manifest: Manifest) -> Manifest:
    """Merge small segments when there are too many, as many as a commit has time for."""
    n_small = sum(one.n_live < MERGE_ROWS for one in manifest.segments)
    if n_small <= MANY:
        return manifest
    found = _gathered(manifest.segments, small=MERGE_ROWS, limit=MERGED_ROWS, has_thin=False)
    longest = max(found, key=lambda group: group.n_segments)
    return compacted(blobs, manifest, [longest]) if longest.n_segments > 1 else manifest


def _gathered(
    segments: Sequence[Segment], *, small: int, limit: int, has_thin: bool
) -> list[Group]:
    """Gather neighbours that are small, or thin where asked for, up to a number of live rows."""
    groups: list[Group] = []
    n_live = limit
    for index, segment in enumerate(segments):
        if segment.n_live >= small and not (has_thin and is_thin(segment)):
            n_live = limit
            continue
        if n_live + segment.n_live <= limit and groups and groups[-1].stop == index:
            groups[-1] = Group(groups[-1].start, index + 1)
            n_live += segment.n_live
        else:
            groups.append(Group(index, index + 1))
            n_live = segment.n_live
    return groups


def _as_one(blobs: Blobs, manifest: Manifest, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    own = [pa.field(RID, pa.int64()), pa.field(REV, pa.int64()), pa.field(ROW_HASH, pa.binary(16))]
    target = pa.schema([*own, *manifest.schema])
    names = [*OWN, *manifest.schema.names]
    tables = [
        fitted(read_standing(blobs, segment, names), target, segment.n_live) for segment in segments
    ]
    return write_segments(blobs, pa.concat_tables(tables).combine_chunks())
