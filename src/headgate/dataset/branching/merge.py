"""Merging: what a branch did since both were one is done to another, or all of it is refused.

Rows are matched by row id. A row that only one side touched since their nearest common ancestor is
taken as that side has it; one that both touched must be alike on both. Rows that each side added
with the same key must be alike as well. Otherwise nothing is merged and the rows are listed.
Rows keep their ids, hashes and the batches that wrote them, so lineage goes on through a merge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headgate.core.errors import Invalid
from headgate.dataset.branching.conflicts import described
from headgate.dataset.branching.joining import Joined, join
from headgate.dataset.branching.reports import MergeReport
from headgate.dataset.branching.threeway import Sides, Verdict, judge
from headgate.spine.adopt import State
from headgate.spine.store.refs import ancestry, common_ancestors, find_ref, steps_of
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Place, Work

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.branching.reports import MergeRequest
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


class _Outcome(NamedTuple):
    """What a merge came to, and the state to publish if it came to one."""

    report: MergeReport
    state: State | None


def merge_branch(context: Context, request: MergeRequest) -> MergeReport:
    """Merge a branch into another one.

    Raises:
        NotFound: there is no such dataset or branch.
        Invalid: the branches have different keys, or a branch would be merged into itself.
        Conflict: others kept committing first.
    """
    if request.from_ == request.into:
        raise Invalid(
            f"branch {request.into!r} cannot be merged into itself",
            mend="name another one with --into",
        )
    theirs = find_snapshot(context, request.name, request.from_)
    with context.catalog.read() as connection:
        find_ref(connection, context.tenant, request.name, "branch", request.into)
    if request.plan:
        head = find_snapshot(context, request.name, request.into)
        return _attempt(context, request, head, manifest_of(context, head), theirs).report
    outcomes: list[_Outcome] = []

    def make(head: Snapshot, manifest: Manifest) -> State | None:
        outcomes[:] = [_attempt(context, request, head, manifest, theirs)]
        return outcomes[0].state

    with Work(context) as work:
        made = work.rewrite(Place(request.name, request.into), make)
        report = outcomes[0].report
        if made is None:
            return report
        report = msgspec.structs.replace(report, snapshot=made)
        work.record("dataset_merged", f"dataset:{request.name}", _payload(report))
    return report


def _attempt(
    context: Context, request: MergeRequest, head: Snapshot, ours: Manifest, theirs: Snapshot
) -> _Outcome:
    """Merge into one state of a branch, without publishing."""
    with context.catalog.read() as connection:
        steps = steps_of(connection, context.tenant, request.name)
    shared = common_ancestors(steps, head.number, theirs.number)
    report = _report(request, head, theirs, shared[0] if shared else None)
    if theirs.number in ancestry(steps, head.number):
        return _Outcome(msgspec.structs.replace(report, state="nothing to merge"), None)
    sides = Sides(
        bases=tuple(
            manifest_of(context, find_snapshot(context, request.name, str(number)))
            for number in shared
        ),
        ours=ours,
        theirs=manifest_of(context, theirs),
        is_forward=shared == [head.number],
    )
    _refuse_keys(request, sides)
    verdict = judge(context.blobs, sides)
    joined = join(context.blobs, sides, verdict)
    if len(verdict.conflicts) or joined.clashes or joined.columns:
        return _Outcome(_refused(context, request, report, sides, (verdict, joined)), None)
    report = msgspec.structs.replace(
        report, n_added=joined.n_added, n_changed=joined.n_changed, n_removed=joined.n_removed
    )
    state = State(
        manifest=joined.manifest,
        kind="merge",
        n_added=joined.n_added,
        n_removed=joined.n_removed,
        n_changed=joined.n_changed,
        message=request.message,
        merged_from=theirs,
    )
    return _Outcome(report, state)


def _refused(
    context: Context,
    request: MergeRequest,
    report: MergeReport,
    sides: Sides,
    found: tuple[Verdict, Joined],
) -> MergeReport:
    """List what stands against a merge."""
    verdict, joined = found
    return msgspec.structs.replace(
        report,
        state="conflict",
        n_conflicts=len(verdict.conflicts) + len(joined.clashes) + len(joined.columns),
        conflicts=described(context.blobs, sides, verdict, joined.clashes, request.limit),
        columns=joined.columns,
        has_findings=True,
    )


def _refuse_keys(request: MergeRequest, sides: Sides) -> None:
    if sides.ours.key != sides.theirs.key and not sides.is_forward:
        ours, theirs = (", ".join(one.key) or "no key" for one in (sides.ours, sides.theirs))
        raise Invalid(
            f"{request.into} is keyed by {ours}, {request.from_} by {theirs}",
            mend=f"commit to one of both with the other's key first: headgate dataset commit "
            f"{request.name} FILE --mode upsert --key …",
        )


def _report(
    request: MergeRequest, head: Snapshot, theirs: Snapshot, base: int | None
) -> MergeReport:
    return MergeReport(
        dataset=request.name,
        from_=request.from_,
        from_number=theirs.number,
        into=request.into,
        into_number=head.number,
        base_number=base,
        state="planned" if request.plan else "merged",
        snapshot=msgspec.structs.replace(head, is_new=False),
    )


def _payload(report: MergeReport) -> dict[str, object]:
    """Say what a merge did, as the event log keeps it."""
    return {
        "from": report.from_,
        "from_number": report.from_number,
        "into": report.into,
        "into_number": report.into_number,
        "base": report.base_number,
        "number": report.snapshot.number,
        "n_added": report.n_added,
        "n_changed": report.n_changed,
        "n_removed": report.n_removed,
    }
