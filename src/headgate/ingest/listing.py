"""Lists what waits in quarantine, by batch, and shows single records page by page."""

from __future__ import annotations

from collections import Counter

from headgate.ingest.choosing import Choice, pages, parsed, texts_of
from headgate.ingest.quarantine_requests import (
    Quarantined,
    QuarantineList,
    QuarantineListRequest,
    QuarantineShowRequest,
)
from headgate.spine.context import Context
from headgate.spine.operations import Rows
from headgate.spine.store import quarantine
from headgate.spine.store import quarantine_deeds as deeds
from headgate.spine.store.quarantine import Waiting


def listed(context: Context, request: QuarantineListRequest) -> QuarantineList:
    """List the batches of which records were kept out."""
    with context.catalog.read() as connection:
        entries = quarantine.listed(connection, context.tenant, request.dataset)
        done = deeds.deeds_of(connection, context.tenant, request.dataset)
    shown: list[Quarantined] = []
    for entry in entries:
        if not _is_meant(entry, request):
            continue
        reasons = entry.reasons
        if reasons is None:
            reasons = _count(context, entry, done.get(entry.rev, []))
        if request.reason in {None, *reasons}:
            shown.append(_shown(entry, reasons))
    total: Counter[str] = Counter()
    for one in shown:
        total.update(one.reasons)
    return QuarantineList(shown, dict(total.most_common()))


def show(context: Context, request: QuarantineShowRequest) -> Rows:
    """Show records as they are now.

    Raises:
        NotFound: there is no such dataset, or the batch has none.
    """
    choice = Choice(
        dataset=request.dataset,
        batch=request.batch,
        reason=request.reason,
        source=request.source,
        where=request.where,
        state=request.state,
        after=parsed(request.after) if request.after else (0, 0),
    )
    return pages(context, choice, request.limit)


def _is_meant(entry: Waiting, request: QuarantineListRequest) -> bool:
    counts = {
        "waiting": entry.n_waiting,
        "released": entry.n_released,
        "discarded": entry.n_discarded,
        "any": entry.n_rows,
    }
    return bool(
        counts[request.state]
        and request.batch in {None, entry.rev}
        and request.source in {None, entry.source}
    )


def _count(context: Context, entry: Waiting, done: list[deeds.Deed]) -> dict[str, int]:
    """Count the reasons of a batch of which nobody wrote them down."""
    counts: Counter[str] = Counter()
    for table in deeds.records(context, entry, done):
        for rule, state in zip(texts_of(table, "rule"), texts_of(table, "state"), strict=True):
            counts[rule] += state == "waiting"
    return dict(+counts)


def _shown(entry: Waiting, reasons: dict[str, int]) -> Quarantined:
    return Quarantined(
        dataset=entry.dataset,
        batch=entry.rev,
        source=entry.source,
        uri=entry.uri,
        n_rows=entry.n_waiting,
        n_released=entry.n_released,
        n_discarded=entry.n_discarded,
        reasons=reasons,
        arrived_at=entry.arrived_at,
        kind=entry.kind,
        run=entry.run_id,
    )
