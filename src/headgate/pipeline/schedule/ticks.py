"""What is done with ticks: queued once, run by one scheduler at a time, and never lost.

A trigger's cursor and the ticks it led to are one transaction, and so are a tick's end and its
event. Whoever runs a tick holds it for a while and goes on saying so; when it is not heard of any
more, the tick waits again, and the pipeline's memos see to it that no step is done twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from headgate.pipeline.schedule import queries
from headgate.spine.lineage.events import Fact, append

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.pipeline.schedule.nouns import Cursor, Hold, Tick
    from headgate.spine.context import Context

MOST_TRIES = 3
"""How often a tick is begun whose scheduler is lost on the way: it may be what kills it."""


class Place(NamedTuple):
    """A trigger of a pipeline, and what becomes of a tick that comes while another is pending."""

    pipeline: str
    trigger: str
    overlap: Literal["skip", "queue"] = "queue"


class Moved(NamedTuple):
    """Where a trigger's cursor stood when it was asked, and where it stands after."""

    before: Cursor | None
    after: Cursor


def queue(context: Context, place: Place, moved: Moved, found: Sequence[Tick]) -> list[Tick] | None:
    """Write down what a trigger led to, and how far it came.

    Returns:
        The ticks that are new; nothing if another scheduler moved the cursor meanwhile, in which
        case nothing was written.
    """
    tenant, at = context.tenant, (place.pipeline, place.trigger)
    with context.catalog.write() as connection:
        if queries.cursor_of(connection, tenant, *at) != moved.before:
            return None
        is_pending = queries.is_pending(connection, tenant, *at)
        if is_pending and place.overlap == "skip":
            found = [_skipped(one) for one in found]
        fresh = queries.put_ticks(connection, tenant, found)
        queries.put_cursor(connection, tenant, at, moved.after)
        if fresh:
            payload: dict[str, object] = {"trigger": place.trigger}
            states = [one.state for one in fresh]
            payload |= {f"n_{state}": states.count(state) for state in sorted(set(states))}
            fact = Fact("ticks_queued", f"pipeline:{place.pipeline}", payload)
            append(connection, tenant, context.actor, [fact])
    return fresh


def take(context: Context, pipelines: Sequence[str], hold: Hold) -> Tick | None:
    """Begin the oldest tick that may run; nothing if there is none."""
    with context.catalog.read() as connection:
        if not queries.n_waiting(connection, context.tenant, pipelines):
            return None
    with context.catalog.write() as connection:
        return queries.claim(connection, context.tenant, pipelines, hold)


def keep(context: Context, held: Sequence[Tick], until: datetime) -> int:
    """Go on holding what a scheduler runs; return how many of the ticks it still holds."""
    with context.catalog.write() as connection:
        return sum(queries.renew(connection, context.tenant, one, until) for one in held)


def finish(context: Context, tick: Tick) -> bool:
    """Write how a tick ended; return whether it was still held.

    What a run was told may name people: it stays in the table, and the event holds none of it.
    """
    with context.catalog.write() as connection:
        if not queries.is_held(connection, context.tenant, tick):
            return False
        queries.change(connection, context.tenant, tick)
        append(connection, context.tenant, context.actor, [_fact_of(tick)])
    return True


def put_back(context: Context, tick: Tick, n_tries: int) -> None:
    """Let a tick wait again that was begun and not brought to its end.

    Args:
        context: the project.
        tick: as it was taken.
        n_tries: how often it counts as begun [count].
    """
    with context.catalog.write() as connection:
        if queries.is_held(connection, context.tenant, tick):
            queries.change(connection, context.tenant, _waiting(tick, n_tries))


def recover(context: Context, now: datetime) -> int:
    """Let the ticks wait again whose schedulers were lost; return how many.

    One that was begun too often fails: it may be what kills them.
    """
    with context.catalog.read() as connection:
        if not queries.given_up(connection, context.tenant, now):
            return 0
    with context.catalog.write() as connection:
        lost = queries.given_up(connection, context.tenant, now)
        for tick in lost:
            if tick.n_tries < MOST_TRIES:
                queries.change(connection, context.tenant, _waiting(tick, tick.n_tries))
                continue
            why = f"whoever ran it was lost {tick.n_tries} times"
            ended = msgspec.structs.replace(tick, state="failed", why=why, finished_at=now)
            queries.change(connection, context.tenant, ended)
            append(connection, context.tenant, context.actor, [_fact_of(ended)])
    return len(lost)


def retry(context: Context, pipeline: str) -> list[Tick]:
    """Let a pipeline's failed ticks wait again; return them."""
    with context.catalog.write() as connection:
        failed = queries.failed_ticks(connection, context.tenant, pipeline)
        for tick in failed:
            queries.change(connection, context.tenant, _waiting(tick, 0))
        if failed:
            fact = Fact("ticks_retried", f"pipeline:{pipeline}", {"n": len(failed)})
            append(connection, context.tenant, context.actor, [fact])
    return failed


def _waiting(tick: Tick, n_tries: int) -> Tick:
    return msgspec.structs.replace(
        tick,
        state="waiting",
        why="",
        n_tries=n_tries,
        holder=None,
        held_until=None,
        started_at=None,
        finished_at=None,
    )


def _skipped(tick: Tick) -> Tick:
    if tick.state != "waiting":
        return tick
    return msgspec.structs.replace(tick, state="skipped", why="the tick before it had not ended")


def _fact_of(tick: Tick) -> Fact:
    payload: dict[str, object] = {"trigger": tick.trigger, "key": tick.key, "state": tick.state}
    return Fact(f"tick_{tick.state}", f"pipeline:{tick.pipeline}", payload)
