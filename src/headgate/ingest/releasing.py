"""Releases records from quarantine: a plan, then rows and the records' new state in one unit.

The records are read and taken apart without a lock. Then the unit takes it, looks whether any of
them has become another one meanwhile, tries them against the state that the dataset has now, and
holds the lock to the end: so a record becomes a row once, whoever else releases it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.core.errors import Conflict
from headgate.core.nouns import Snapshot
from headgate.ingest.choosing import Choice, Chosen, Found, choose, parsed, texts_of
from headgate.ingest.quarantine_requests import QuarantineReleaseRequest, Refused, ReleaseReport
from headgate.ingest.trying import Group, Trial, attempt, parts_of, write_of
from headgate.spine.context import Context
from headgate.spine.store import quarantine
from headgate.spine.store import quarantine_deeds as deeds
from headgate.spine.work import Work

SHOWN = 10
"""Records that stay and are shown with their reasons [count]."""


class Landed(NamedTuple):
    """What was written: the snapshots, and the batches of the new rows."""

    snapshots: list[Snapshot]
    batches: list[int]


def release(context: Context, request: QuarantineReleaseRequest) -> ReleaseReport:
    """Try records again; with `apply` those that pass become rows, the others keep waiting.

    Raises:
        NotFound: there is no such dataset, batch, record or branch.
        Conflict: others kept changing the dataset first.
    """
    choice = choice_of(request)
    chosen = choose(context, choice)
    if not request.apply:
        trial = attempt(context, chosen.found, request.branch)
        return report_of(request.dataset, chosen, trial, None)
    with Work(context) as work:
        chosen = unmoved(context, work, choice, chosen)
        trial = attempt(context, chosen.found, request.branch, work.connection)
        landed = land(context, work, chosen.found, trial, request.because)
        return report_of(request.dataset, chosen, trial, landed)


def choice_of(request: Any, state: str = "waiting") -> Choice:
    """Read which records a request means."""
    return Choice(
        dataset=request.dataset,
        batch=request.batch,
        record=tuple(map(parsed, request.record)),
        reason=request.reason,
        source=request.source,
        where=request.where,
        state=state,
    )


def unmoved(context: Context, work: Work, choice: Choice, chosen: Chosen) -> Chosen:
    """Take the lock; return the records as they are now, read again only if any was touched."""
    connection = work.connection
    if deeds.stamp(connection, context.tenant, choice.dataset) == chosen.stamp:
        return chosen
    return choose(context, choice, connection)


def land(
    context: Context, work: Work, found: Sequence[Found], trial: Trial, because: str
) -> Landed:
    """Write what passes, and what became of every record, in a unit that holds the lock."""
    snapshots: list[Snapshot] = []
    batches: list[int] = []
    keys: list[str | None] = []
    for group in trial.groups:
        snapshot, revs, rids = _write(work, group, because)
        snapshots.append(snapshot)
        batches += revs
        for one, rev, own in zip(group.ready, revs, rids, strict=True):
            numbers = one.found.numbers[one.places]
            change = deeds.Change(
                numbers=numbers,
                kind="released",
                before=_rules(one.found, one.places),
                after=(),
                table=deeds.change_of(one.found.entry, numbers, {"rid": own}),
                into_rev=rev,
            )
            keys.append(deeds.put_deed(work.connection, context, one.found.entry, change, because))
    keys += [_refuse(context, work, one, trial.refused[one.entry.rev]) for one in found]
    context.blobs.settle()
    work.require(*keys)
    if any(keys):
        _record(work, found, trial, snapshots)
    return Landed(snapshots, batches)


def _write(work: Work, group: Group, because: str) -> tuple[Snapshot, list[int], list[Any]]:
    """Write a group's rows; return their batches and, for each, the ids of its rows."""
    dataset = group.ready[0].found.entry.dataset
    snapshot = work.write(write_of(group, dataset, because), parts_of(group))
    if any(work.rejected):
        raise Conflict(
            f"records of {dataset} passed the gates and then did not",
            mend="release them one batch after the other: --batch N",
        )
    [candidate] = work.landed
    ends = np.cumsum([one.rows.num_rows for one in group.ready])
    rids = np.split(candidate.staged.rids, ends[:-1])
    return snapshot, [candidate.numbers.rev(index) for index in range(len(rids))], rids


def _refuse(context: Context, work: Work, one: Found, refused: dict[int, str]) -> str | None:
    """Keep the new reasons of records that stay, where they are other ones than before."""
    known = one.rows["reason"].to_pylist()
    fresh = sorted(place for place, reason in refused.items() if known[place] != reason)
    if not fresh:
        return None
    places = np.array(fresh)
    reasons = [refused[place] for place in fresh]
    change = deeds.Change(
        numbers=one.numbers[places],
        kind="refused",
        before=_rules(one, places),
        after=[quarantine.name_of(reason) for reason in reasons],
        table=deeds.change_of(one.entry, one.numbers[places], {"reason": reasons}),
    )
    return deeds.put_deed(work.connection, context, one.entry, change, "")


def _rules(one: Found, places: Any) -> list[str]:
    return texts_of(one.rows.take(pa.array(places, pa.int64())), "rule")


def _record(
    work: Work, found: Sequence[Found], trial: Trial, snapshots: Sequence[Snapshot]
) -> None:
    n_released = sum(len(one.places) for group in trial.groups for one in group.ready)
    payload: dict[str, object] = {
        "n_records": n_released,
        "reasons": _reasons(trial),
        "batches": [one.entry.rev for one in found],
        "numbers": [one.number for one in snapshots],
    }
    work.record("records_released", f"dataset:{found[0].entry.dataset}", payload)


def _reasons(trial: Trial) -> dict[str, int]:
    reasons = [one for refused in trial.refused.values() for one in refused.values()]
    return dict(Counter(map(quarantine.name_of, reasons)))


def report_of(
    dataset: str, chosen: Chosen, trial: Trial, landed: Landed | None, n_fixed: int = 0
) -> ReleaseReport:
    """Say what became of records, or would."""
    n_released = sum(len(one.places) for group in trial.groups for one in group.ready)
    n_chosen = sum(len(one.numbers) for one in chosen.found)
    facts = [f"{record} is {state} already" for record, state in chosen.others]
    return ReleaseReport(
        dataset=dataset,
        is_applied=landed is not None,
        n_chosen=n_chosen,
        n_fixed=n_fixed,
        n_released=n_released,
        n_waiting=n_chosen - n_released,
        reasons=_reasons(trial),
        refused=_shown(chosen.found, trial),
        snapshots=landed.snapshots if landed else [],
        batches=landed.batches if landed else [],
        facts=[*facts, *trial.facts],
    )


def _shown(found: Sequence[Found], trial: Trial) -> list[Refused]:
    shown: list[Refused] = []
    for one in found:
        refused = trial.refused[one.entry.rev]
        shown += [
            Refused(
                record=f"{one.entry.rev}/{one.numbers[place]}",
                reason=refused[place],
                before=one.rows["reason"][place].as_py(),
            )
            for place in sorted(refused)[: SHOWN - len(shown)]
        ]
    return shown
