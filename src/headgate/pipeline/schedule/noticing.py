"""Says once what has become late, missing or broken, and once that it is over: as events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from headgate.pipeline.schedule import queries
from headgate.pipeline.schedule.announcing import Change, announce, matter_of, matters
from headgate.pipeline.schedule.explaining import explained
from headgate.pipeline.schedule.nouns import Cursor
from headgate.pipeline.schedule.promises import PROMISES
from headgate.pipeline.schedule.status import SCHEDULER, status
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.pipeline.schedule.found import Declared
    from headgate.spine.context import Context


def notice(context: Context, declared: Sequence[Declared], at: datetime) -> int:
    """Record an event for each trouble that is new or over; return how many.

    Notifiers are told in the same transaction; the messages are delivered by whoever comes by.
    An event holds the kind of trouble, its subject and key; not what an error said.
    """
    found = {
        (one.pipeline, trouble.what): trouble
        for one in status(context, declared, at).pipelines
        for trouble in one.troubles
    }
    with context.catalog.read() as connection:
        known = queries.noticed_before(connection, context.tenant)
    if known.keys() == found.keys():
        return 0
    accounts = {
        matter_of(*one): explained(context, trouble, at)
        for one, trouble in found.items()
        if one not in known and trouble.kind in PROMISES
    }
    with Work(context) as work:
        before = queries.noticed_before(work.connection, context.tenant)
        fresh = [one for one in found if one not in before]
        gone = [one for one in before if one not in found]
        queries.put_noticed(work.connection, context.tenant, fresh, at)
        queries.drop_noticed(work.connection, context.tenant, gone)
        for kind, ones in (("pipeline_troubled", fresh), ("pipeline_recovered", gone)):
            for pipeline, what in ones:
                work.record(kind, f"pipeline:{pipeline}", _payload(what))
        announce(work, context, Change(matters(before), matters(found), accounts))
    return len(fresh) + len(gone)


def beat(context: Context, name: str, at: datetime) -> None:
    """Let it be known that a scheduler is there."""
    with context.catalog.write() as connection:
        queries.put_cursor(connection, context.tenant, SCHEDULER, Cursor(name, "", at))


def _payload(what: str) -> dict[str, object]:
    trouble, _, subject = what.partition(" ")
    return {"trouble": trouble, "subject": subject}
