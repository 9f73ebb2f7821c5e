"""Readings of runs that every stage may need: is this one there, and still running?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import desc, select

from headgate.core.errors import Conflict, NotFound
from headgate.spine.store.tables import events, runs

if TYPE_CHECKING:
    from sqlalchemy import Connection

BEGINNINGS = frozenset({"run_started", "step_started"})
ENDS = frozenset({"run_finished", "step_done", "step_failed"})
_NAMED = 1000
"""How many of the newest runs a mistyped id is compared with."""


def newest_runs(connection: Connection, tenant: str) -> list[str]:
    """List the ids of the newest runs, to name the nearest when one is not found."""
    query = select(runs.c.run_id).where(runs.c.tenant == tenant)
    return list(connection.execute(query.order_by(desc(runs.c.run_id)).limit(_NAMED)).scalars())


def turns_of_runs(
    connection: Connection, tenant: str, after: int, run_id: str | None
) -> list[tuple[str, bool]]:
    """List the beginnings and ends of runs, in the order they happened.

    Args:
        connection: of a reading transaction.
        tenant: whose runs.
        after: only what happened after the event of this number.
        run_id: only this run; all of them if none.

    Returns:
        For each the run, and whether it is an end.
    """
    query = select(events.c.kind, events.c.subject).where(
        events.c.tenant == tenant,
        events.c.seq > after,
        events.c.kind.in_([*BEGINNINGS, *ENDS]),
    )
    if run_id is not None:
        query = query.where(events.c.subject == f"run:{run_id}")
    found = connection.execute(query.order_by(events.c.seq))
    return [(subject.removeprefix("run:"), kind in ENDS) for kind, subject in found]


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
