"""fsck of a project or a dataset: checks, repairs what is safe to repair, and checks again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headgate.core.errors import Conflict, NotFound
from headgate.dataset.upkeep.reports import FsckReport
from headgate.spine.store import queries
from headgate.spine.store.erasing import erasures
from headgate.spine.store.refs import drop_ref, list_refs
from headgate.spine.store.snapshots import resolve
from headgate.spine.store.upkeep.fsck import check_store
from headgate.spine.store.upkeep.marking import Marker
from headgate.spine.store.upkeep.sweeping import Survey, survey
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.dataset.upkeep.reports import FsckRequest
    from headgate.spine.context import Context
    from headgate.spine.store.upkeep.fsck import Findings


_FOREVER = timedelta(days=36_500)


def check(context: Context, request: FsckRequest) -> FsckReport:
    """Check everything that is named, and mend what can be mended if asked to.

    Raises:
        NotFound: there is no such dataset.
    """
    if request.name is not None:
        with context.catalog.read() as connection:
            resolve(connection, context.tenant, request.name, None)
    findings = check_store(context, request.name, is_deep=request.deep)
    rest = _rest(context)
    repairs: tuple[str, ...] = ()
    if request.repair:
        repairs = _repair(context, findings, rest)
        findings = check_store(context, request.name, is_deep=request.deep)
        rest = _rest(context)
    return FsckReport(
        problems=findings.problems,
        repairs=repairs,
        is_deep=findings.is_deep,
        n_snapshots=findings.n_snapshots,
        n_segments=findings.n_segments,
        n_files=findings.n_files,
        n_orphans=sum(area.n_orphans for area in rest.areas),
        n_orphan_bytes=sum(area.n_orphan_bytes for area in rest.areas),
        n_trash=len(rest.trash),
        n_leftovers=len(rest.leftovers),
    )


def _rest(context: Context) -> Survey:
    """Count what nothing names; nothing does where a manifest is lost or damaged."""
    marker = Marker(context)
    with context.catalog.read() as connection:
        try:
            marker.refresh(connection)
        except (NotFound, Conflict):
            return survey(context, marker, _FOREVER)
    return survey(context, marker, timedelta())


def _repair(context: Context, findings: Findings, rest: Survey) -> tuple[str, ...]:
    n_finished = erasures.finish(context)
    repairs = [f"finished erasures: {n_finished} files"] if n_finished else []
    for problem in findings.problems:
        if problem.kind == "trashed":
            context.blobs.untrash(problem.subject)
            repairs.append(f"brought {problem.subject} back from the trash")
    for leftover in rest.leftovers:
        context.blobs.delete(leftover.key)
        repairs.append(f"removed {leftover.key}, left by a process that is gone")
    context.blobs.settle()
    return (*repairs, *_drop_tags(context))


def _drop_tags(context: Context) -> list[str]:
    """Forget tags that point at snapshots which are not there."""
    dropped: list[str] = []
    with Work(context) as work:
        for dataset in queries.dataset_names(work.connection, context.tenant):
            for ref in list_refs(work.connection, context.tenant, dataset).values():
                found = queries.version_by_number(
                    work.connection, context.tenant, dataset, ref.number
                )
                if ref.kind == "tag" and found is None:
                    drop_ref(work.connection, context.tenant, dataset, ref.name)
                    payload: dict[str, object] = {"tag": ref.name, "number": ref.number}
                    work.record("tag_dropped", f"dataset:{dataset}", payload)
                    dropped.append(f"dropped tag {dataset}@{ref.name}")
    return dropped
