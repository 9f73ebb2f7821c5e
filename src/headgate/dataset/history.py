"""Looking back: the log of snapshots, one of them, and what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headgate.core.errors import Invalid
from headgate.dataset.compare import Difference, changed_columns, compare, images
from headgate.dataset.reports import (
    DatasetLine,
    DatasetList,
    DiffReport,
    RowChange,
    SnapshotDetail,
    SnapshotLog,
)
from headgate.spine.store import queries
from headgate.spine.store.segments import I64, RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of, resolve

if TYPE_CHECKING:
    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import DiffRequest, LogRequest, ShowRequest
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

Kind = Literal["added", "removed", "changed"]


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
    """List a dataset's snapshots, the newest first."""
    with context.catalog.read() as connection:
        resolve(connection, context.tenant, request.name, None)
        rows = queries.version_rows(connection, context.tenant, request.name, limit=request.limit)
        tags = queries.tags(connection, context.tenant, request.name)
    return SnapshotLog(dataset=request.name, snapshots=tuple(rows), tags=tags)


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


def diff_snapshots(context: Context, request: DiffRequest) -> DiffReport:
    """Compare two snapshots by row id.

    Raises:
        Invalid: there is no snapshot before the newer one to compare with.
    """
    new = find_snapshot(context, request.name, request.to)
    if request.from_ is None and new.number == 1:
        raise Invalid(
            f"{request.name}@1 is the first snapshot", mend="name the other one with --from"
        )
    old = find_snapshot(context, request.name, request.from_ or str(new.number - 1))
    before, after = manifest_of(context, old), manifest_of(context, new)
    difference = compare(context.blobs, before, after)
    was, now = (
        (_images(context, difference, before, after, difference.changed))
        if len(difference.changed)
        else (None, None)
    )
    return DiffReport(
        dataset=request.name,
        from_number=old.number,
        to_number=new.number,
        n_added=len(difference.added),
        n_removed=len(difference.removed),
        n_changed=len(difference.changed),
        n_same=new.n_rows - len(difference.added) - len(difference.changed),
        **_columns(old, new),
        changed_columns={} if was is None or now is None else changed_columns(was, now),
        examples=_examples(context, difference, before, after, request.limit),
    )


def _columns(old: Snapshot, new: Snapshot) -> dict[str, tuple[str, ...]]:
    before = {column.name: column.type for column in old.columns}
    after = {column.name: column.type for column in new.columns}
    return {
        "added_columns": tuple(name for name in after if name not in before),
        "removed_columns": tuple(name for name in before if name not in after),
        "retyped_columns": tuple(
            f"{name}: {before[name]} to {kind}"
            for name, kind in after.items()
            if before.get(name, kind) != kind
        ),
    }


def _images(
    context: Context, difference: Difference, before: Manifest, after: Manifest, rids: I64
) -> tuple[pa.Table, pa.Table]:
    old = images(context.blobs, before, difference.before, rids)
    return old, images(context.blobs, after, difference.after, rids)


def _examples(
    context: Context, difference: Difference, before: Manifest, after: Manifest, limit: int
) -> tuple[RowChange, ...]:
    kinds: tuple[tuple[Kind, I64], ...] = (
        ("added", difference.added),
        ("removed", difference.removed),
        ("changed", difference.changed),
    )
    examples: list[RowChange] = []
    for kind, rids in kinds:
        chosen = np.sort(rids[:limit])
        if len(chosen):
            old, new = _images(context, difference, before, after, chosen)
            was, now = _by_id(old), _by_id(new)
            examples += [
                RowChange(row_id=rid, kind=kind, before=was.get(rid), after=now.get(rid))
                for rid in chosen.tolist()
            ]
    return tuple(examples)


def _by_id(table: pa.Table) -> dict[int, dict[str, Any]]:
    return {row.pop(RID): row for row in table.to_pylist()}
