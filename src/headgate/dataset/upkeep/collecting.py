"""Garbage collection of a project: retention, marks, trash, and the way back out of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import HeadgateError, Invalid
from headgate.dataset.upkeep.packs import PackFates, all_packs, judge_packs, settle_packs
from headgate.dataset.upkeep.reports import GcReport
from headgate.spine.store.erasing import erasures
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.packs.index import NOWHERE
from headgate.spine.store.packs.queries import dataset_kind
from headgate.spine.store.packs.upkeep import live_digests
from headgate.spine.store.upkeep import retention
from headgate.spine.store.upkeep.leases import drop_expired
from headgate.spine.store.upkeep.marking import Marker
from headgate.spine.store.upkeep.retention import Judgment, Policy
from headgate.spine.store.upkeep.sweeping import Swept, bring_back, grace_of, survey, sweep
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.dataset.upkeep.reports import GcRequest
    from headgate.spine.context import Context
    from headgate.spine.store.packs.index import Shelf
    from headgate.spine.store.upkeep.sweeping import Survey


MOST_GRACE_H = 876_000
"""A hundred years."""


def collect(context: Context, request: GcRequest) -> GcReport:
    """Collect what nothing names, or say what would be collected; ends erasures that were cut off.

    Raises:
        Invalid: what is asked contradicts itself, or a setting of retention cannot be read.
        NotFound: a manifest is lost, so that nobody can say what it names.
        Conflict: a manifest is damaged.
    """
    _check(request)
    if request.undo:
        return _undo(context, request)
    grace = grace_of(context, timedelta(hours=request.grace_h))
    policy = _policy(context, request)
    if not request.apply:
        return _planned(context, policy, grace)
    erasures.finish(context)
    judgment = _expire(context, policy, grace)
    marker = Marker(context)
    packs = settle_packs(context, marker)
    with context.catalog.read() as connection:
        marker.refresh(connection)
    found = survey(context, marker, grace)
    swept = sweep(context, marker, found, grace=grace, is_purging=request.purge)
    return _report(_Found(found, judgment, packs), grace, swept)


def _check(request: GcRequest) -> None:
    """Refuse what contradicts itself."""
    if not 0 <= request.grace_h <= MOST_GRACE_H:
        raise Invalid(
            f"a grace of {request.grace_h} hours is none", mend=f"give 0 to {MOST_GRACE_H} hours"
        )
    if request.keep_last is not None and request.keep_last < 1:
        raise Invalid(
            f"{request.keep_last} snapshots cannot be kept",
            mend="keep at least 1; the newest of a branch always stays",
        )
    if request.undo and (request.apply or request.purge):
        raise Invalid("undo stands alone", mend="leave out --apply and --purge")
    if request.purge and not request.apply:
        raise Invalid("nothing is purged without apply", mend="add --apply")


def _planned(context: Context, policy: Policy, grace: timedelta) -> GcReport:
    with context.catalog.read() as connection:
        judgment = retention.judge(connection, context, policy, grace)
    marker = Marker(context, {(one.dataset, one.number) for one in judgment.expiring})
    packs = judge_packs(context, marker)
    return _report(_Found(survey(context, marker, grace), judgment, packs), grace, None)


def _expire(context: Context, policy: Policy, grace: timedelta) -> Judgment:
    """Let snapshots expire, judged under the lock so that nobody takes one up meanwhile."""
    with context.catalog.write() as connection:
        drop_expired(connection, context.tenant)
    with Work(context) as work:
        judgment = retention.judge(work.connection, context, policy, grace)
        retention.expire(work.connection, context.tenant, judgment.expiring)
        for dataset in sorted({one.dataset for one in judgment.expiring}):
            own = [one for one in judgment.expiring if one.dataset == dataset]
            payload: dict[str, object] = {"numbers": [one.number for one in own]}
            payload["reasons"] = sorted({one.reason for one in own})
            work.record("snapshots_expired", f"dataset:{dataset}", payload)
    return judgment


def _undo(context: Context, request: GcRequest) -> GcReport:
    n_back = bring_back(context)
    shelf = all_packs(context)
    with Work(context) as work:
        revived = [
            (dataset, number)
            for dataset, number, version_id in retention.expired_versions(
                work.connection, context.tenant
            )
            if _is_whole(context, work.connection, version_id, shelf)
        ]
        retention.revive(work.connection, context.tenant, revived)
        if n_back or revived:
            payload: dict[str, object] = {"n_files": n_back}
            payload["snapshots"] = [f"{dataset}@{number}" for dataset, number in revived]
            work.record("collection_undone", "store", payload)
    settle_packs(context, Marker(context), is_undoing=True)
    swept = Swept(n_brought_back=n_back)
    return GcReport(is_applied=True, grace_h=request.grace_h, swept=swept, n_revived=len(revived))


def _is_whole(context: Context, connection: Connection, version_id: str, shelf: Shelf) -> bool:
    """Say whether every file of a snapshot is there, and the bytes of those that it lists."""
    try:
        manifest = load_manifest(context.blobs, version_id)
        keys = manifest.keys()
    except HeadgateError:
        return False
    if not all(context.blobs.has(key) for key in keys):
        return False
    if dataset_kind(connection, context.tenant, manifest.dataset) != "files":
        return True
    return bool((shelf.find(live_digests(context.blobs, [manifest])).packs != NOWHERE).all())


def _policy(context: Context, request: GcRequest) -> Policy:
    keep_last = request.keep_last
    if keep_last is None and context.settings.text("retention.keep_last"):
        keep_last = context.settings.number("retention.keep_last")
    older_than = request.older_than or context.settings.text("retention.older_than")
    return Policy(
        keep_last=keep_last, older_than=retention.span_of(older_than) if older_than else None
    )


class _Found(NamedTuple):
    """What a collection found."""

    survey: Survey
    judgment: Judgment
    packs: PackFates


def _report(found: _Found, grace: timedelta, swept: Swept | None) -> GcReport:
    what, judgment, packs = found
    return GcReport(
        is_applied=swept is not None,
        grace_h=grace.total_seconds() / 3600,
        areas=what.areas,
        expiring=judgment.expiring,
        spared=judgment.spared,
        n_dead_packs=len(packs.dead),
        n_dead_pack_bytes=packs.n_dead_bytes,
        n_trash=len(what.trash),
        n_trash_bytes=sum(one.n_bytes for one in what.trash),
        n_leftovers=len(what.leftovers),
        swept=swept or Swept(),
    )
