"""Readings of runs that every stage may need: is this one there, and still running?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from sqlalchemy import desc, select

from headgate.core.errors import Conflict, NotFound
from headgate.spine.store.tables import events, runs

if TYPE_CHECKING:
    from sqlalchemy import Connection

TurnKind = Literal["START", "RUNNING", "END"]
TURNS: dict[str, tuple[TurnKind, ...]] = {
    "run_started": ("START",),
    "run_finished": ("END",),
    "step_done": ("START", "END"),
    "step_failed": ("START", "END"),
    "pipeline_run_started": ("START",),
    "pipeline_run_resumed": ("RUNNING",),
    "pipeline_run_ended": ("END",),
    "pipeline_run_cancelled": ("END",),
}
"""What each kind of event tells of a run; that of a step is written when it has ended."""
_NAMED = 1000
"""How many of the newest runs a mistyped id is compared with."""


def newest_runs(connection: Connection, tenant: str) -> list[str]:
    """List the ids of the newest runs, to name the nearest when one is not found."""
    query = select(runs.c.run_id).where(runs.c.tenant == tenant)
    return list(connection.execute(query.order_by(desc(runs.c.run_id)).limit(_NAMED)).scalars())


class Turn(NamedTuple):
    """A beginning or an end of a run, or that it goes on again.

    Args:
        of: `run` or `pipeline_run`.
        at: when it was written down.
        state: to which it came; empty where that is not told.
    """

    of: str
    run_id: str
    kind: TurnKind
    at: datetime
    state: str


def turns_of_runs(
    connection: Connection, tenant: str, after: int, run_id: str | None
) -> list[Turn]:
    """List the beginnings and ends of runs, in the order they happened.

    Args:
        connection: of a reading transaction.
        tenant: whose runs.
        after: only what happened after the event of this number.
        run_id: only this run, or this run of a pipeline; all of them if none.

    Returns:
        A step's beginning comes right before its end.
    """
    query = select(events.c.kind, events.c.subject, events.c.at, events.c.body).where(
        events.c.tenant == tenant, events.c.seq > after, events.c.kind.in_(list(TURNS))
    )
    if run_id is not None:
        query = query.where(events.c.subject.in_([f"run:{run_id}", f"pipeline_run:{run_id}"]))
    return [
        Turn(of, name, turn, at, state)
        for kind, subject, at, body in connection.execute(query.order_by(events.c.seq))
        for of, _, name in [subject.partition(":")]
        for state in [_state_in(body)]
        for turn in TURNS[kind]
        if state or kind != "pipeline_run_cancelled"
    ]


def _state_in(body: bytes) -> str:
    """Return the state that an event tells; none if its body was erased."""
    return msgspec.json.decode(body)["payload"].get("state", "") if body else ""


def require_running(connection: Connection, tenant: str, run_id: str) -> None:
    """Make sure that a run may still read and write.

    Raises:
        NotFound: there is no such run.
        Conflict: it has ended.
    """
    query = select(runs.c.state).where(runs.c.tenant == tenant, runs.c.run_id == run_id)
    state = connection.execute(query).scalar()
    if state is None:
        raise NotFound(f"no run {run_id}", mend="start one with project.run(…)")
    if state != "running":
        raise Conflict(f"run {run_id} is {state}", mend="start another run")
