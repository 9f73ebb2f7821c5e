"""Which times of a schedule should have run, and which of them did not; nothing is read here."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.times import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.pipeline.schedule.clock import Clock
    from headgate.pipeline.schedule.declared import Schedule
    from headgate.pipeline.schedule.nouns import Tick

_WINDOWS = (timedelta(days=7), timedelta(days=62), timedelta(days=800))
N_RECENT = 500
"""Times that are looked at, the newest; ten thousand that were missed say no more than these."""
_SETTLING = ("done", "failed", "running", "skipped")


class Reckoned(NamedTuple):
    """How a schedule stands.

    Args:
        next_at: when it is due next.
        late: times that should have begun by now and still may, ascending.
        missing: times that did not begin until the next was due, ascending; those before the last
            that began are history and not among them.
    """

    next_at: datetime | None
    late: tuple[datetime, ...]
    missing: tuple[datetime, ...]


class Due(NamedTuple):
    """What a scheduler does about times that have come.

    Args:
        run: those to run, ascending.
        missed: those that are given up, ascending; the newest of them if there are very many.
    """

    run: tuple[datetime, ...]
    missed: tuple[datetime, ...]


def key_of(schedule: Schedule, due_at: datetime) -> str:
    """Return what a time of a schedule is known by."""
    return f"{schedule.name}@{render(due_at)}"


def recent(clock: Clock, after: datetime, until: datetime) -> list[datetime]:
    """List the newest times of a clock after one moment and up to another, ascending."""
    for window in _WINDOWS:
        start = max(after, until - window)
        found = deque(clock.between(start, until), maxlen=N_RECENT)
        if found or start == after:
            return list(found)
    return list(deque(clock.between(after, until), maxlen=N_RECENT))


def due(schedule: Schedule, after: datetime, until: datetime) -> Due:
    """Sort the times that came after one moment and up to another by the policy of catching up."""
    if schedule.catch_up == "all":
        return Due(tuple(schedule.clock.between(after, until)), ())
    times = recent(schedule.clock, after, until)
    if schedule.catch_up == "latest":
        return Due(tuple(times[-1:]), tuple(times[:-1]))
    in_time = [one for one in times if one + schedule.patience >= until]
    return Due(tuple(in_time), tuple(one for one in times if one not in in_time))


def reckon(
    schedule: Schedule, since: datetime, known: Mapping[datetime, Tick], at: datetime
) -> Reckoned:
    """Compare the times of a schedule with what became of them.

    Args:
        schedule: what should have run.
        since: from when on its times count.
        known: its ticks, by the time they were due.
        at: the present moment.
    """
    times = recent(schedule.clock, since, at)
    settled = max((one for one, tick in known.items() if tick.state in _SETTLING), default=since)
    overdue = [one for one in times if one > settled and one + schedule.patience < at]
    newest = times[-1:]
    return Reckoned(
        next_at=schedule.clock.after(at),
        late=tuple(one for one in overdue if one in newest),
        missing=tuple(one for one in overdue if one not in newest),
    )
