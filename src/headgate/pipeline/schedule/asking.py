"""Asks schedules and sensors whether something has come, and queues what has."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Conflict, HeadgateError, Invalid, Unavailable
from headgate.core.sensing import Polled
from headgate.core.times import parse, render
from headgate.pipeline.schedule import expected, queries
from headgate.pipeline.schedule.nouns import Cursor, Tick
from headgate.pipeline.schedule.ticks import Moved, Place, queue
from headgate.pipeline.schedule.world import Surroundings

if TYPE_CHECKING:
    from headgate.core.sensing import Message
    from headgate.pipeline.schedule.declared import Schedule, Sensor
    from headgate.pipeline.schedule.found import Declared
    from headgate.spine.context import Context

MISSED = "nothing ran it in time"


def begin_of(schedule: Schedule, written_at: datetime, cursor: Cursor | None) -> datetime:
    """Say from when on a schedule's times count.

    Those of an expression that was changed count from the change, but not from before the last
    time of the old one; those of one that nobody ever looked at from when its file was written.
    """
    if cursor is None:
        return schedule.begins_at or written_at
    if cursor.value["about"] == schedule.about:
        return parse(cursor.value["since"])
    return max(parse(cursor.value["at"]), written_at)


def ask_schedule(
    context: Context, declared: Declared, schedule: Schedule, now: datetime
) -> list[Tick]:
    """Queue the times of a schedule that have come since it was asked last.

    Returns:
        The new ticks; those that were given up or skipped are among them.
    """
    place = Place(declared.pipeline, schedule.name, schedule.overlap)
    before = _cursor(context, place)
    since = begin_of(schedule, declared.written_at, before)
    at = since
    if before is not None and before.value["about"] == schedule.about:
        at = parse(before.value["at"])
    due = expected.due(schedule, at, now)
    if before is not None and not due.run and not due.missed:
        return []
    last = max((*due.run, *due.missed), default=at)
    value = {"about": schedule.about, "since": render(since), "at": render(last)}
    found = [
        Tick(
            pipeline=declared.pipeline,
            key=expected.key_of(schedule, one),
            trigger=schedule.name,
            due_at=one,
            state="missed" if one in due.missed else "waiting",
            why=MISSED if one in due.missed else "",
        )
        for one in (*due.missed, *due.run)
    ]
    return queue(context, place, Moved(before, Cursor(value, "", now)), found) or []


def ask_sensor(
    context: Context,
    pipeline: str,
    sensor: Sensor,
    now: datetime,
    messages: tuple[Message, ...] = (),
) -> list[Tick]:
    """Queue what a sensor sees that never came before.

    What keeps it from looking is written down, and told by `pipeline.status`.

    Args:
        context: the project.
        pipeline: what runs for it.
        sensor: whom to ask.
        now: the present moment.
        messages: what was posted to it.

    Raises:
        Invalid: a message that was posted cannot be read.
        Conflict: others kept asking the same sensor at the same time.
    """
    world = Surroundings(context, now, messages)
    for _ in range(_ATTEMPTS if messages else 1):
        queued = _ask_once(context, pipeline, sensor, world)
        if queued is not None:
            return queued
    if messages:
        raise Conflict(f"sensor {sensor.name} is asked all the time", mend="post it again")
    return []


_ATTEMPTS = 20


def _ask_once(
    context: Context, pipeline: str, sensor: Sensor, world: Surroundings
) -> list[Tick] | None:
    """Ask a sensor; return nothing if another scheduler asked it meanwhile."""
    place = Place(pipeline, sensor.name)
    before = _cursor(context, place)
    value = before.value if before else None
    try:
        seen = _look(context, sensor, world, value)
    except HeadgateError as error:
        if world.messages:
            raise
        _trouble(context, place, before, Cursor(value, error.message, world.now))
        return []
    found = _fresh(context, pipeline, sensor, seen, world.now)
    if before and not before.error and seen.cursor == value and not found:
        return []
    return queue(context, place, Moved(before, Cursor(seen.cursor, "", world.now)), found)


def _look(context: Context, sensor: Sensor, world: Surroundings, cursor: Any) -> Polled:
    function = context.registry.load("sensors", sensor.kind)
    try:
        seen = function(world, cursor, *sensor.arguments, **sensor.options)
    except TypeError as error:
        raise Invalid(
            f"sensor {sensor.name} is not asked as {sensor.kind} can be: {error}",
            mend=f"look at what {sensor.kind} takes: docs/schedules.md",
        ) from error
    except OSError as error:
        raise Unavailable(
            f"sensor {sensor.name} cannot look: {error}", mend="look after the place it names"
        ) from error
    except HeadgateError:
        raise
    except Exception as error:
        raise Invalid(
            f"sensor {sensor.name} raised {type(error).__name__}: {error}",
            mend=f"mend {sensor.kind}.py",
        ) from error
    if not isinstance(seen, Polled):
        raise Invalid(
            f"sensor {sensor.kind} returned {seen!r}", mend="return headgate.core.sensing.Polled"
        )
    return seen


def _fresh(
    context: Context, pipeline: str, sensor: Sensor, seen: Polled, now: datetime
) -> list[Tick]:
    """Make ticks of those arrivals that never came before, as far as can be seen by now."""
    arrivals = {one.key: one for one in seen.arrivals}
    if not arrivals:
        return []
    with context.catalog.read() as connection:
        known = queries.known_keys(connection, context.tenant, pipeline, list(arrivals))
    return [
        Tick(
            pipeline=pipeline,
            key=key,
            trigger=sensor.name,
            due_at=now,
            arrival=msgspec.structs.asdict(one),
        )
        for key, one in arrivals.items()
        if key not in known
    ]


def _cursor(context: Context, place: Place) -> Cursor | None:
    with context.catalog.read() as connection:
        return queries.cursor_of(connection, context.tenant, place.pipeline, place.trigger)


def _trouble(context: Context, place: Place, before: Cursor | None, after: Cursor) -> None:
    """Note why a sensor cannot look, once."""
    if before is None or before.error != after.error:
        queue(context, place, Moved(before, after), [])
