"""Sets quarantined records aside, or lets them wait again; nothing is ever deleted."""

from __future__ import annotations

from collections import Counter

from headgate.core.errors import Invalid
from headgate.ingest.choosing import choose, texts_of
from headgate.ingest.quarantine_requests import (
    MovedReport,
    QuarantineDiscardRequest,
    QuarantineRestoreRequest,
)
from headgate.ingest.releasing import choice_of, unmoved
from headgate.spine.context import Context
from headgate.spine.store import quarantine
from headgate.spine.store import quarantine_deeds as deeds
from headgate.spine.work import Work


def discard(context: Context, request: QuarantineDiscardRequest) -> MovedReport:
    """Set waiting records aside.

    Raises:
        NotFound: there is no such dataset, batch or record.
        Invalid: it is not said why.
    """
    if not request.because.strip():
        raise Invalid(
            "it is not said why the records are discarded", mend="--because 'rows of a test'"
        )
    return _move(context, request, "waiting")


def restore(context: Context, request: QuarantineRestoreRequest) -> MovedReport:
    """Let discarded records wait again.

    Raises:
        NotFound: there is no such dataset, batch or record.
    """
    return _move(context, request, "discarded")


def _move(
    context: Context, request: QuarantineDiscardRequest | QuarantineRestoreRequest, state: str
) -> MovedReport:
    is_back = state == "discarded"
    choice = choice_of(request, state)
    chosen = choose(context, choice)
    reasons: Counter[str] = Counter()
    with Work(context) as work:
        chosen = unmoved(context, work, choice, chosen)
        for one in chosen.found:
            rules = texts_of(one.rows, "rule")
            reasons.update(rules)
            change = deeds.Change(
                numbers=one.numbers,
                kind="restored" if is_back else "discarded",
                before=() if is_back else rules,
                after=rules if is_back else (),
            )
            deeds.put_deed(work.connection, context, one.entry, change, request.because)
        if chosen.found:
            payload: dict[str, object] = {
                "n_records": reasons.total(),
                "reasons": dict(reasons),
                "batches": [one.entry.rev for one in chosen.found],
            }
            kind = "records_restored" if is_back else "records_discarded"
            work.record(kind, f"dataset:{request.dataset}", payload)
        left = quarantine.listed(work.connection, context.tenant, request.dataset)
    return MovedReport(
        dataset=request.dataset,
        state="waiting" if is_back else "discarded",
        n_records=reasons.total(),
        n_waiting=sum(one.n_waiting for one in left),
        reasons=dict(reasons),
    )
