"""Changing a dataset: commits, of one or several at once, and restores, each one unit of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.dataset.compare import compare
from headgate.dataset.dependents import dependents_of
from headgate.dataset.reports import RestoreReport
from headgate.spine.adopt import State
from headgate.spine.lineage.runs import require_running
from headgate.spine.lineage.unfold import unfolded
from headgate.spine.store.refs import ancestry, refuse_protected, steps_of
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Place, Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import CommitRequest, RestoreRequest
    from headgate.spine.context import Context


def commit_rows(context: Context, request: CommitRequest, rows: pa.Table) -> Snapshot:
    """Write rows as the dataset's next snapshot.

    Raises:
        Invalid: rows do not fit the dataset's types or key; nothing is changed.
        Denied: the branch is protected.
    """
    if request.run is not None:
        with context.catalog.read() as connection:
            require_running(connection, context.tenant, request.run)
    with Work(context) as work:
        return work.write(*deed_of(request, rows))


def deed_of(request: CommitRequest, rows: pa.Table) -> tuple[Write, list[Part]]:
    """Say what a commit asks the store to write.

    Raises:
        Invalid: there is no column, one of parents that are none, or text that is not UTF-8.
    """
    if not rows.num_columns:
        raise Invalid(f"{request.name} was given no column", mend="give a table with columns")
    _require_readable(rows)
    rows, edges = unfolded(rows, request.name, request.run)
    write = Write(
        dataset=request.name,
        mode=request.mode,
        key=request.key,
        message=request.message,
        run=request.run,
        branch=request.branch,
        where=request.where,
        edges=edges,
    )
    origin = Origin(kind="derive" if request.run else "commit", arrived_at=now())
    return write, [Part(rows=rows, origin=origin)]


def _require_readable(rows: pa.Table) -> None:
    """Refuse text that is not UTF-8 and offsets that lead nowhere: nobody could read them again."""
    try:
        rows.validate(full=True)
    except pa.ArrowInvalid as error:
        raise Invalid(
            f"the rows are not what their types say: {error}",
            mend="read them again with the right encoding, or as binary",
        ) from error


def restore_snapshot(context: Context, request: RestoreRequest) -> RestoreReport:
    """Make an older state a branch's newest one; row ids stay what they were.

    Raises:
        Invalid: it is not said which.
        Denied: the branch is protected.
    """
    if request.to is None:
        raise Invalid(
            f"no snapshot of {request.name} to go back to was named",
            mend=f"add --to N; see: headgate dataset log {request.name}",
        )
    head = find_snapshot(context, request.name, request.branch)
    if request.plan:
        return _reported(context, request, head, _older(context, head, request))
    with Work(context) as work:
        asked: list[RestoreReport] = []

        def make(head: Snapshot, _: object) -> State | None:
            state = _older(context, head, request)
            asked[:] = [_reported(context, request, head, state)]
            return state

        made = work.rewrite(Place(request.name, request.branch), make)
        if made is None:
            return asked[0]
        refuse_protected(work.connection, context.tenant, request.name, request.branch)
        report = msgspec.structs.replace(asked[0], snapshot=made)
        payload: dict[str, object] = {"to": report.restored_from, "number": made.number}
        payload["dependents"] = list(report.dependents)
        work.record("dataset_restored", f"dataset:{request.name}", payload)
    return report


def _older(context: Context, head: Snapshot, request: RestoreRequest) -> State | None:
    """Make the state to go back to, nothing if it is the newest one."""
    target = find_snapshot(context, request.name, request.to)
    if target.number == head.number:
        return None
    older = manifest_of(context, target)
    difference = compare(context.blobs, manifest_of(context, head), older)
    return State(
        manifest=older,
        kind="restore",
        n_added=len(difference.added),
        n_removed=len(difference.removed),
        n_changed=len(difference.changed),
        message=request.message,
        restored_from=target.number,
    )


def _reported(
    context: Context, request: RestoreRequest, head: Snapshot, state: State | None
) -> RestoreReport:
    """Say what going back to a state does, before it is done."""
    to = head.number if state is None else state.restored_from or 0
    with context.catalog.read() as connection:
        steps = steps_of(connection, context.tenant, request.name)
    left = ancestry(steps, head.number) - ancestry(steps, to)
    return RestoreReport(
        snapshot=msgspec.structs.replace(head, is_new=False),
        restored_from=to,
        n_left_behind=len(left),
        dependents=dependents_of(context, request.name, left),
        n_added=0 if state is None else state.n_added,
        n_changed=0 if state is None else state.n_changed,
        n_removed=0 if state is None else state.n_removed,
        is_planned=request.plan,
    )
