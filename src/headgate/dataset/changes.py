"""Changing a dataset: commit, tag and restore, each one unit of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Conflict, Invalid
from headgate.core.refs import check_name
from headgate.core.times import now
from headgate.dataset.compare import compare
from headgate.dataset.reports import RestoreReport
from headgate.spine.lineage.reads import readers_of
from headgate.spine.lineage.runs import require_running
from headgate.spine.publish import Change
from headgate.spine.store import queries
from headgate.spine.store.snapshots import find_snapshot, manifest_of, resolve
from headgate.spine.work import Work
from headgate.spine.writes import PARENTS, Origin, Part, Write

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import CommitRequest, RestoreRequest, TagRequest
    from headgate.spine.context import Context


def commit_rows(context: Context, request: CommitRequest, rows: pa.Table) -> Snapshot:
    """Write rows as the dataset's next snapshot.

    Raises:
        Invalid: rows do not fit the dataset's types or key; nothing is changed.
    """
    if not rows.num_columns:
        raise Invalid(f"{request.name} was given no column", mend="give a table with columns")
    rows, edges = _unfolded(rows, request)
    kind = "derive" if request.run else "commit"
    write = Write(
        dataset=request.name,
        mode=request.mode,
        key=request.key,
        message=request.message,
        run=request.run,
        edges=edges,
    )
    if request.run is not None:
        with context.catalog.read() as connection:
            require_running(connection, context.tenant, request.run)
    with Work(context) as work:
        return work.write(write, [Part(rows=rows, origin=Origin(kind=kind, arrived_at=now()))])


def tag_snapshot(context: Context, request: TagRequest) -> Snapshot:
    """Point a tag at a snapshot.

    Raises:
        Conflict: the tag points at another snapshot already, or is `main`.
    """
    check_name("tag", request.tag)
    if request.tag == queries.HEAD:
        raise Conflict(
            f"{request.tag!r} names the newest snapshot of every dataset", mend="choose another tag"
        )
    snapshot = find_snapshot(context, request.name, request.at)
    with Work(context) as work:
        known = queries.tags(work.connection, context.tenant, request.name)
        if known.get(request.tag, snapshot.number) != snapshot.number:
            raise Conflict(
                f"tag {request.tag!r} of {request.name} stands at @{known[request.tag]}",
                mend="choose another tag",
            )
        if request.tag not in known:
            to = queries.Pointer(request.name, request.tag, "tag", snapshot.number)
            queries.put_ref(work.connection, context.tenant, to)
            payload: dict[str, object] = {"tag": request.tag, "number": snapshot.number}
            work.record("snapshot_tagged", f"dataset:{request.name}", payload)
    return snapshot


def restore_snapshot(context: Context, request: RestoreRequest) -> RestoreReport:
    """Make an older state the newest one; row ids stay what they were.

    Raises:
        Invalid: it is not said which.
    """
    if request.to is None:
        raise Invalid(
            f"no snapshot of {request.name} to go back to was named",
            mend=f"add --to N; see: headgate dataset log {request.name}",
        )
    with Work(context) as work:
        head = resolve(work.connection, context.tenant, request.name, None)
        target = resolve(work.connection, context.tenant, request.name, request.to)
        snapshot = head
        if target.content_root != head.content_root or target.number != head.number:
            snapshot = work.restore(head, target, _change(context, head, target, request.message))
        left = readers_of(work.connection, context.tenant, request.name, after=target.number)
        dependents = tuple(sorted({f"run:{read.run_id}" for read in left}))
        if snapshot is not head:
            payload: dict[str, object] = {"to": target.number, "number": snapshot.number}
            payload["dependents"] = list(dependents)
            work.record("dataset_restored", f"dataset:{request.name}", payload)
    return RestoreReport(
        snapshot=msgspec.structs.replace(snapshot, is_new=snapshot is not head),
        restored_from=target.number,
        n_left_behind=head.number - target.number,
        dependents=dependents,
    )


def _change(context: Context, head: Snapshot, target: Snapshot, message: str) -> Change:
    difference = compare(context.blobs, manifest_of(context, head), manifest_of(context, target))
    return Change(
        n_added=len(difference.added),
        n_removed=len(difference.removed),
        n_changed=len(difference.changed),
        message=message,
    )


def _unfolded(rows: pa.Table, request: CommitRequest) -> tuple[pa.Table, pa.Table | None]:
    """Take the column of parents off the rows and write it as edges, one a parent.

    Raises:
        Invalid: the column holds no lists of row ids, or there is no run that read them.
    """
    if PARENTS not in rows.column_names:
        return rows, None
    if request.run is None:
        raise Invalid(
            f"rows of {request.name} name parents outside a run",
            mend="read the parents and commit inside project.run(…)",
        )
    column = rows[PARENTS].combine_chunks()
    if not pa.types.is_list(column.type) or not pa.types.is_integer(column.type.value_type):
        raise Invalid(
            f"column {PARENTS} is {column.type}", mend="give a list of row ids for each row"
        )
    edges = pa.table(
        {
            "child": pc.list_parent_indices(column).cast(pa.int64()),
            "parent_rid": pc.list_flatten(column).cast(pa.int64()),
        }
    )
    return rows.drop_columns([PARENTS]), edges
