"""Looking back: the datasets there are, the log of their snapshots, and one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.dataset.reports import DatasetLine, DatasetList, SnapshotDetail, SnapshotLog
from headgate.spine.store import queries
from headgate.spine.store.refs import find_ref, line_of, steps_of
from headgate.spine.store.snapshots import find_snapshot, manifest_of, resolve

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import LogRequest, ShowRequest
    from headgate.spine.context import Context


def datasets(context: Context) -> DatasetList:
    """List the datasets and their newest snapshots."""
    with context.catalog.read() as connection:
        counts = queries.count_versions(connection, context.tenant)
        return DatasetList(
            tuple(
                DatasetLine(
                    name=name,
                    n_snapshots=counts[name],
                    newest=resolve(connection, context.tenant, name, None),
                )
                for name in queries.dataset_names(connection, context.tenant)
            )
        )


def snapshot_log(context: Context, request: LogRequest) -> SnapshotLog:
    """List a dataset's snapshots, the newest first.

    Raises:
        NotFound: there is no such dataset or branch.
    """
    with context.catalog.read() as connection:
        resolve(connection, context.tenant, request.name, None)
        if request.branch is None:
            rows = queries.version_rows(
                connection, context.tenant, request.name, limit=request.limit
            )
        else:
            rows = _line(connection, context.tenant, request, request.branch)
        tags = queries.tags(connection, context.tenant, request.name)
        branches = queries.branches(connection, context.tenant, request.name)
    return SnapshotLog(dataset=request.name, snapshots=tuple(rows), tags=tags, branches=branches)


def snapshot_detail(context: Context, request: ShowRequest) -> SnapshotDetail:
    """Describe a snapshot and the files it is made of."""
    snapshot = find_snapshot(context, request.name, request.at)
    manifest = manifest_of(context, snapshot)
    with context.catalog.read() as connection:
        tags = queries.tags(connection, context.tenant, request.name)
    return SnapshotDetail(
        snapshot=snapshot,
        key=manifest.key,
        n_segments=len(manifest.segments),
        n_bytes=sum(segment.n_bytes for segment in manifest.segments),
        n_deleted=sum(segment.n_deleted for segment in manifest.segments),
        tags=tuple(sorted(tag for tag, number in tags.items() if number == snapshot.number)),
    )


def _line(connection: Connection, tenant: str, request: LogRequest, branch: str) -> list[Snapshot]:
    """List the states a branch went through, the newest first."""
    ref = find_ref(connection, tenant, request.name, "branch", branch)
    numbers = line_of(steps_of(connection, tenant, request.name), ref.number)
    return [
        resolve(connection, tenant, request.name, str(number))
        for number in numbers[: request.limit]
    ]
