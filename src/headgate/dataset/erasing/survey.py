"""Goes through the datasets a subject reached: which files, snapshots and heads hold it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from pyroaring import BitMap64

from headgate.spine.adopt import State
from headgate.spine.store import queries
from headgate.spine.store.erasing.blanking import Replacement, blanked, erased_positions, planned
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.manifest import shifted
from headgate.spine.store.reading import hashes_of
from headgate.spine.store.sealed import take_sealed
from headgate.spine.store.segments import (
    REV,
    RID,
    ROW_HASH,
    WRITERS,
    deleted,
    parquet_settings,
    read_file,
    with_deleted,
)
from headgate.spine.store.snapshots import manifest_of, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment
    from headgate.spine.store.segments import I64


class Head(NamedTuple):
    """A branch's newest snapshot that holds the subject, and what it becomes."""

    snapshot: Snapshot
    state: State


class Reached(NamedTuple):
    """What is to be done in one dataset.

    Args:
        name: the dataset.
        rids: ids of the subject's rows that its files hold.
        revs: batches that wrote them, with how many rows each did.
        versions: numbers of the snapshots in which they stand.
        replacements: files to be blanked.
        heads: branches that get a snapshot without the rows.
    """

    name: str
    rids: BitMap64
    revs: Mapping[int, int]
    versions: tuple[int, ...]
    replacements: tuple[Replacement, ...]
    heads: tuple[Head, ...]


class History(NamedTuple):
    """The snapshots of a dataset that have files, and its branches' newest."""

    name: str
    manifests: Mapping[int, Manifest]
    heads: Sequence[Snapshot]


def history_of(context: Context, name: str) -> History:
    """Read the manifests of a dataset."""
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        snapshots = queries.version_rows(connection, context.tenant, name)
        heads = [
            # a branch on which nothing was committed yet stands on a snapshot of another one
            msgspec.structs.replace(
                resolve(connection, context.tenant, name, str(number)), branch=branch
            )
            for branch, number in queries.branches(connection, context.tenant, name).items()
        ]
    manifests = {
        one.number: manifest_of(context, one) for one in snapshots if one.expired_at is None
    }
    return History(name, manifests, heads)


def reach(context: Context, history: History, gone: BitMap64, *, is_plan: bool) -> Reached | None:
    """Find a subject's rows in a dataset and stage its files and heads without them.

    Args:
        context: the project.
        history: the dataset.
        gone: ids of the subject's rows, in whatever dataset.
        is_plan: only count; write nothing.

    Returns:
        What is to be done; nothing if the dataset holds none of the rows.
    """
    files = {one.digest: one for each in history.manifests.values() for one in each.segments}
    hits = {digest: _positions(context.blobs, one, gone) for digest, one in files.items()}
    hits = {digest: positions for digest, positions in hits.items() if len(positions)}
    if not hits:
        return None
    make = planned_file if is_plan else blanked_file
    with ThreadPoolExecutor(WRITERS) as pool:
        pairs = [(files[digest], hits[digest]) for digest in hits]
        replacements = list(pool.map(lambda pair: make(context.blobs, *pair), pairs))
    versions = [
        number
        for number, manifest in history.manifests.items()
        if any(len(_live(context.blobs, one, hits)) for one in manifest.segments)
    ]
    heads = [
        Head(one, _without(context.blobs, history.manifests[one.number], hits, is_plan=is_plan))
        for one in history.heads
        if one.number in versions
    ]
    return Reached(
        history.name,
        *_identities(context.blobs, pairs),
        tuple(sorted(versions)),
        tuple(replacements),
        tuple(heads),
    )


def planned_file(_blobs: Blobs, segment: Segment, positions: I64) -> Replacement:
    """Say what would be blanked of a segment."""
    return planned(segment.key, positions)


def blanked_file(blobs: Blobs, segment: Segment, positions: I64) -> Replacement:
    """Stage a segment without the payload of some rows."""
    return blanked(blobs, segment.key, positions, layout=parquet_settings, keep=(RID, REV))


def _positions(blobs: Blobs, segment: Segment, gone: BitMap64) -> I64:
    """Return where the rows stand in a file, dead ones too; not those that are blank already."""
    if not gone.range_cardinality(segment.rid_lo, segment.rid_hi + 1):
        return np.empty(0, np.int64)
    found = _in_runs(segment, gone) if segment.runs is not None else _in_file(blobs, segment, gone)
    if not len(found):
        return found
    blank = erased_positions(read_file(blobs, segment.key, [RID]).schema)
    return np.setdiff1d(found, np.asarray(blank.to_array(), np.int64)) if blank else found


def _in_runs(segment: Segment, gone: BitMap64) -> I64:
    places = [np.empty(0, np.int64)]
    for run in segment.runs or ():
        span = BitMap64()
        span.add_range(run.rid, run.rid + run.n_rows)
        rids = np.asarray((span & gone).to_array(), np.int64)
        places.append(rids - run.rid + run.position)
    return np.sort(np.concatenate(places))


def _in_file(blobs: Blobs, segment: Segment, gone: BitMap64) -> I64:
    rids = read_file(blobs, segment.key, [RID])[RID].to_numpy()
    span = BitMap64()
    span.add_range(segment.rid_lo, segment.rid_hi + 1)
    return np.flatnonzero(np.isin(rids, np.asarray((span & gone).to_array(), np.int64)))


def _identities(
    blobs: Blobs, hits: Sequence[tuple[Segment, I64]]
) -> tuple[BitMap64, dict[int, int]]:
    """Return the ids of rows found, and how many each batch wrote."""
    tables = [take_sealed(blobs, one.key, positions, [RID, REV]) for one, positions in hits]
    rids = np.concatenate([table[RID].to_numpy() for table in tables])
    revs = np.concatenate([table[REV].to_numpy() for table in tables])
    numbers, counts = np.unique(revs, return_counts=True)
    by_batch = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    return BitMap64(rids.astype("u8")), by_batch


def _live(blobs: Blobs, segment: Segment, hits: Mapping[str, I64]) -> I64:
    """Return those hits in a segment that this snapshot has not deleted."""
    positions = hits.get(segment.digest, np.empty(0, np.int64))
    if segment.deletions is None or not len(positions):
        return positions
    return np.setdiff1d(positions, np.asarray(deleted(blobs, segment).to_array(), np.int64))


def _without(blobs: Blobs, manifest: Manifest, hits: Mapping[str, I64], *, is_plan: bool) -> State:
    """Make the state that follows a head: the rows deleted in it."""
    live = [(segment, _live(blobs, segment, hits)) for segment in manifest.segments]
    n_removed = sum(len(positions) for _, positions in live)
    if is_plan:
        return State(manifest=manifest, kind="erase", n_removed=n_removed)
    segments: list[Segment] = []
    lanes = manifest.lanes
    for segment, positions in live:
        if len(positions):
            hashes = take_sealed(blobs, segment.key, positions, [ROW_HASH])[ROW_HASH]
            nothing = np.empty((0, 2), np.uint64)
            lanes = shifted(lanes, added=nothing, removed=hashes_of(hashes))
        if len(positions) < segment.n_live:
            segments.append(with_deleted(blobs, segment, positions) if len(positions) else segment)
    state = msgspec.structs.replace(
        manifest, segments=tuple(segments), lanes=lanes, n_rows=manifest.n_rows - n_removed
    )
    return State(manifest=state, kind="erase", n_removed=n_removed, message="erased")
