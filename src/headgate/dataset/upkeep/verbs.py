"""Upkeep of datasets: compaction, and legal holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Conflict, Invalid
from headgate.dataset.upkeep.reports import CompactReport, HoldReport, Layout
from headgate.spine.adopt import State
from headgate.spine.context import Step
from headgate.spine.store.snapshots import find_snapshot, manifest_of, resolve
from headgate.spine.store.upkeep import holds
from headgate.spine.store.upkeep.compaction import SMALL_ROWS, Group, compacted, plan
from headgate.spine.work import Place, Work

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.upkeep.reports import CompactRequest, HoldRequest
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


def compact_dataset(context: Context, request: CompactRequest) -> CompactReport:
    """Write the small and thinned-out segments of a branch's newest state anew.

    Raises:
        NotFound: there is no such dataset or branch.
    """
    if request.plan:
        snapshot = find_snapshot(context, request.name, request.branch)
        manifest = manifest_of(context, snapshot)
        return _report(snapshot, manifest, plan(manifest.segments))
    made = _Compaction(context)
    with Work(context) as work:
        snapshot = work.rewrite(Place(request.name, request.branch), made.state)
        if snapshot is not None:
            payload: dict[str, object] = {"number": snapshot.number, "branch": snapshot.branch}
            payload |= {"n_before": len(made.before.segments), "n_after": len(made.after.segments)}
            work.record("dataset_compacted", f"dataset:{request.name}", payload)
    report = _report(snapshot or made.head, made.before, made.groups)
    return msgspec.structs.replace(
        report,
        snapshot=msgspec.structs.replace(report.snapshot, is_new=snapshot is not None),
        is_planned=False,
        after=_layout(made.after),
    )


class _Compaction:
    """What compaction found and made at its last attempt."""

    head: Snapshot
    before: Manifest
    after: Manifest
    groups: list[Group]

    def __init__(self, context: Context) -> None:
        self._context = context

    def state(self, head: Snapshot, manifest: Manifest) -> State | None:
        """Make the state to publish, nothing if all is well as it is."""
        self.head, self.before, self.after = head, manifest, manifest
        self.groups = plan(manifest.segments)
        if not self.groups:
            return None
        total, done = _n_rows(manifest, self.groups), 0

        def written(n_rows: int) -> None:
            nonlocal done
            done += n_rows
            self._context.progress(Step("compact", done, total))

        self.after = compacted(self._context.blobs, manifest, self.groups, written)
        return State(manifest=self.after, kind="compact", message="compacted")


def hold_dataset(context: Context, request: HoldRequest) -> HoldReport:
    """Place or lift a legal hold, or show those there are.

    Raises:
        NotFound: there is no such dataset.
        Invalid: a reason was given with `lift`, or an empty one.
        Conflict: there is no hold to lift.
    """
    if request.reason is not None and request.lift:
        raise Invalid("a hold is placed or lifted, not both", mend="leave out --reason or --lift")
    if request.reason is not None and not request.reason.strip():
        raise Invalid("a hold needs a reason", mend="add --reason 'case 2026-17'")
    if request.reason is not None or request.lift:
        _change(context, request)
    with context.catalog.read() as connection:
        resolve(connection, context.tenant, request.name, None)
        found = holds.listed(connection, context.tenant, request.name)
    is_held = any(one.lifted_at is None for one in found)
    return HoldReport(dataset=request.name, is_held=is_held, holds=tuple(found))


def _change(context: Context, request: HoldRequest) -> None:
    with Work(context) as work:
        connection, tenant = work.connection, context.tenant
        resolve(connection, tenant, request.name, None)
        if request.reason is not None:
            placed = holds.place(connection, tenant, request.name, request.reason, context.actor)
            # the reason may name people, so it stays in the table
            payload: dict[str, object] = {"hold": placed.hold_id}
            work.record("hold_placed", f"dataset:{request.name}", payload)
            return
        lifted = holds.lift(connection, tenant, request.name)
        if not lifted:
            raise Conflict(
                f"{request.name} is under no hold",
                mend=f"see: headgate dataset hold {request.name}",
            )
        for one in lifted:
            work.record("hold_lifted", f"dataset:{request.name}", {"hold": one.hold_id})


def _report(snapshot: Snapshot, manifest: Manifest, groups: list[Group]) -> CompactReport:
    return CompactReport(
        snapshot=snapshot,
        is_planned=True,
        n_rewritten=sum(group.n_segments for group in groups),
        n_rewritten_rows=_n_rows(manifest, groups),
        before=_layout(manifest),
    )


def _n_rows(manifest: Manifest, groups: list[Group]) -> int:
    return sum(
        segment.n_live
        for group in groups
        for segment in manifest.segments[group.start : group.stop]
    )


def _layout(manifest: Manifest) -> Layout:
    return Layout(
        n_segments=len(manifest.segments),
        n_bytes=sum(segment.n_bytes for segment in manifest.segments),
        n_deleted=sum(segment.n_deleted for segment in manifest.segments),
        n_small=sum(segment.n_live < SMALL_ROWS for segment in manifest.segments),
    )
