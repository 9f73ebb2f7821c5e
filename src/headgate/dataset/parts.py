"""Reading a snapshot part by part, in constant memory, here and over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.part_reports import PartLine, PartList
from headgate.dataset.reads import remember
from headgate.spine.store.manifest import columns_of
from headgate.spine.store.reading import mask_of, n_shown, read_range, read_where, target_of
from headgate.spine.store.scope import rids_meeting
from headgate.spine.store.segments import I64, RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.store.sql import is_rowwise
from headgate.spine.store.upkeep import leases

if TYPE_CHECKING:
    import pyarrow as pa

    from headgate.dataset.part_reports import PartRequest, PartsRequest
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


def list_parts(context: Context, request: PartsRequest) -> PartList:
    """List the parts that hold rows, and remember the read for the run that asks.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: the condition cannot be read, or holds a subquery.
    """
    snapshot = find_snapshot(context, request.name, request.at)
    lease = leases.take(context, snapshot, f"reader of {snapshot.dataset}@{snapshot.number}")
    manifest = manifest_of(context, snapshot)
    target = target_of(manifest, request.columns, own=[RID] if request.row_ids else [])
    if request.where is None:
        rids = None
        counts = [n_shown(context.blobs, segment) for segment in manifest.segments]
    else:
        rids = _rids(context, manifest, request.where)
        counts = [int(mask_of(context.blobs, one, rids).sum()) for one in manifest.segments]
    if request.run is not None:
        remember(context, request.run, snapshot, condition=request.where, rids=rids)
    lines = [
        PartLine(part=place, n_rows=count, n_bytes=segment.n_bytes)
        for place, (segment, count) in enumerate(zip(manifest.segments, counts, strict=True))
    ]
    return PartList(
        snapshot=snapshot,
        columns=columns_of(target),
        n_rows=sum(counts),
        parts=tuple(line for line in lines if line.n_rows),
        lease=lease,
    )


def read_part(context: Context, request: PartRequest) -> pa.Table:
    """Read one part, or a range of the rows it gives.

    Raises:
        NotFound: there is no such dataset, snapshot, part or column.
        Invalid: the condition cannot be read, or holds a subquery.
    """
    if request.lease is not None:
        leases.keep_up(context, request.lease)
    snapshot = find_snapshot(context, request.name, request.at)
    manifest = manifest_of(context, snapshot)
    if not 0 <= request.part < len(manifest.segments):
        raise NotFound(
            f"{snapshot.dataset}@{snapshot.number} has no part {request.part}",
            mend=f"there are {len(manifest.segments)}, counted from 0",
        )
    segment = manifest.segments[request.part]
    stop = segment.n_rows if request.stop is None else request.stop
    own = [RID] if request.row_ids else []
    if request.where is None:
        target = target_of(manifest, request.columns, own=own)
        return read_range(context.blobs, segment, (request.start, stop), target)
    alone = msgspec.structs.replace(manifest, segments=(segment,))
    rids = _rids(context, alone, request.where)
    rows = read_where(context.blobs, alone, rids, request.columns, own=own)
    return rows.slice(request.start, max(0, stop - request.start))


def _rids(context: Context, manifest: Manifest, condition: str) -> I64:
    if not is_rowwise(condition):
        raise Invalid(
            f"the condition {condition!r} holds a subquery and cannot be asked part by part",
            mend="read at once with dataset.read, or ask with query",
        )
    return rids_meeting(context.blobs, manifest, condition or "true")
