"""What the catalog keeps of schedules and sensors: ticks, and how far each trigger has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

TickState = Literal["waiting", "running", "done", "failed", "skipped", "missed"]


class Tick(msgspec.Struct, frozen=True):
    """One time or arrival that a pipeline is to run for.

    Args:
        pipeline: what runs.
        key: the time or the object; there is one tick of a key in a pipeline.
        trigger: name of the schedule or sensor.
        due_at: when it was to run: the time of the schedule, or when the arrival was seen.
        state: how far it has come.
        why: why it was skipped, missed or failed.
        arrival: `uri`, `version` and `body` of what arrived.
        n_tries: how often it was begun [count].
        holder: the scheduler that runs it.
        held_until: when it counts as given up, unless its holder says otherwise before.
    """

    pipeline: str
    key: str
    trigger: str
    due_at: datetime
    state: TickState = "waiting"
    why: str = ""
    arrival: dict[str, str] = {}
    n_tries: int = 0
    holder: str | None = None
    held_until: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Cursor(msgspec.Struct, frozen=True):
    """How far a trigger has come.

    Args:
        value: what the trigger left behind.
        error: why it could not be asked the last time.
        moved_at: when it was written.
    """

    value: Any
    error: str
    moved_at: datetime


class Hold(NamedTuple):
    """Who takes a tick, until when it counts as held, and when it is begun."""

    holder: str
    until: datetime
    at: datetime


class Commit(NamedTuple):
    """A snapshot that rows came in with, or what a run of another tool wrote.

    Args:
        number: of the snapshot; 0 for a run of another tool.
        n_rows: rows it holds, or that the run wrote; nothing if that was not told [count].
        created_at: when it was made.
        n_written: rows that it was written with; nothing if that is not known [count].
    """

    number: int
    n_rows: int | None
    created_at: datetime
    n_written: int | None = None
