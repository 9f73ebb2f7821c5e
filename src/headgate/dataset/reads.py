"""Reading a snapshot: whole, by condition, by SQL; a run's reads are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.refs import split_at
from headgate.spine.lineage.reads import put_read, read_of, save_rowset
from headgate.spine.lineage.runs import require_running
from headgate.spine.store.reading import arrow_dataset, read_rows, read_where
from headgate.spine.store.scope import rids_meeting
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import (
    find_snapshot,
    manifest_of,
    require_kept,
    resolve,
)
from headgate.spine.work import Work

if TYPE_CHECKING:
    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import QueryRequest, ReadRequest
    from headgate.spine.context import Context


def read_dataset(context: Context, request: ReadRequest) -> pa.Table:
    """Read rows of a snapshot, and remember it for the run that asks.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: the condition cannot be read.
    """
    snapshot = find_snapshot(context, request.name, request.at)
    if request.where is None:
        own = [RID] if request.row_ids else []
        table = read_rows(context.blobs, manifest_of(context, snapshot), request.columns, own=own)
        if request.run is not None:
            remember(context, request.run, snapshot)
        return table
    manifest = manifest_of(context, snapshot)
    rids = rids_meeting(context.blobs, manifest, request.where or "true")
    own = [RID] if request.row_ids else []
    table = read_where(context.blobs, manifest, rids, request.columns, own=own)
    if request.run is not None:
        remember(context, request.run, snapshot, condition=request.where, rids=rids)
    return table


def remember(
    context: Context,
    run: str,
    snapshot: Snapshot,
    *,
    condition: str | None = None,
    rids: Any = None,
) -> None:
    """Record that a run read a snapshot, or only some rows of it."""
    rowset = None if rids is None else save_rowset(context.blobs, rids)
    n_rows = snapshot.n_rows if rids is None else len(rids)
    read = read_of(run, snapshot, condition=condition, rowset=rowset, n_rows=n_rows)
    context.blobs.settle()
    with Work(context) as work:
        require_running(work.connection, context.tenant, run)
        # under the lock: retention spares what a run has read, and only that
        require_kept(
            resolve(work.connection, context.tenant, snapshot.dataset, str(snapshot.number))
        )
        work.require(rowset)
        if put_read(work.connection, context.tenant, read):
            payload: dict[str, object] = {"dataset": snapshot.dataset, "number": snapshot.number}
            work.record("snapshot_read", f"run:{run}", payload | {"n_rows": n_rows})


def query_snapshots(context: Context, request: QueryRequest) -> pa.Table:
    """Run one query over snapshots; a run that asks is taken to have read all their rows.

    Raises:
        NotFound: the query names no dataset of ours.
        Invalid: it is no query, or cannot be run.
    """
    from headgate.spine.store.sql import run_query

    used: list[Snapshot] = []

    def load(name: str) -> Any:
        snapshot = find_snapshot(context, *split_at(name))
        used.append(snapshot)
        return arrow_dataset(context.blobs, manifest_of(context, snapshot))

    table = run_query(request.sql, load)
    for snapshot in used:
        if request.run is not None:
            remember(context, request.run, snapshot)
    return table
