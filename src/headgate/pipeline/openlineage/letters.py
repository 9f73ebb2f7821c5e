"""Puts what our runs tell into the outbox, in the unit that records them.

A letter holds the events as they are sent, one a line: what was told to others can be found again
when somebody is to be forgotten. What cannot be told is left out and logged: no run fails for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from headgate.core.messages import Message
from headgate.pipeline.openlineage.endpoint import ENDPOINT, is_told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.pipeline.memo import Parts
    from headgate.pipeline.openlineage.emitting import Event, Kind
    from headgate.pipeline.runs import RunRecord
    from headgate.spine.context import Context
    from headgate.spine.work import Work

log = logging.getLogger("headgate.lineage")


def tell_step(work: Work, context: Context, run_id: str, parts: Parts) -> None:
    """Tell of a run of a step, which is written down as a whole when it has ended."""

    def events() -> Sequence[Event]:
        from headgate.pipeline.openlineage.emitting import events_of_run

        return events_of_run(work.connection, context, run_id, parts)

    _tell(work, context, run_id, events)


def tell_run(work: Work, context: Context, record: RunRecord, *, is_end: bool) -> None:
    """Tell that a run by hand began, or ended."""

    def events() -> Sequence[Event]:
        from headgate.pipeline.openlineage.emitting import events_of_run

        start, end = events_of_run(work.connection, context, record.run_id)
        return [end if is_end else start]

    _tell(work, context, record.run_id, events)


def tell_pipeline_run(work: Work, context: Context, pipeline_run_id: str, kind: Kind) -> None:
    """Tell that a run of a pipeline began, goes on again or ended.

    Args:
        work: the unit that records it.
        context: the project.
        pipeline_run_id: of the run.
        kind: what became of it; an end is told as the catalog has it.
    """

    def events() -> Sequence[Event]:
        from headgate.pipeline.openlineage.emitting import event_of_pipeline_run
        from headgate.pipeline.queries import pipeline_run_by_id

        record = pipeline_run_by_id(work.connection, context.tenant, pipeline_run_id)
        if record is None:
            return []
        return [event_of_pipeline_run(work.connection, context, record, kind)]

    _tell(work, context, pipeline_run_id, events)


def _tell(work: Work, context: Context, run_id: str, make: Callable[[], Sequence[Event]]) -> None:
    if not is_told(context.settings):
        return
    try:
        events = make()
        if events:
            _put(work, context, run_id, events)
    except Exception:  # the run is done, and must not be undone for what is told of it
        log.exception("run_not_told", extra={"run_id": run_id})


def _put(work: Work, context: Context, run_id: str, events: Sequence[Event]) -> None:
    from headgate.spine.outbox.writing import put

    kinds = " and ".join(one["eventType"] for one in events)
    message = Message(
        kind="note",
        dedup_key=f"lineage/{run_id}",
        title=f"{kinds} of {events[-1]['job']['name']}",
        body="\n".join(msgspec.json.encode(one).decode() for one in events),
        severity="info",
        details={"run": run_id},
    )
    put(work, context, message, to=[ENDPOINT])
