"""Readings of runs that every stage may need: is this one there, and still running?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import desc, select

from headgate.core.errors import Conflict, NotFound
from headgate.spine.store.tables import runs

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NAMED = 1000
"""How many of the newest runs a mistyped id is compared with."""


def newest_runs(connection: Connection, tenant: str) -> list[str]:
    """List the ids of the newest runs, to name the nearest when one is not found."""
    query = select(runs.c.run_id).where(runs.c.tenant == tenant)
    return list(connection.execute(query.order_by(desc(runs.c.run_id)).limit(_NAMED)).scalars())


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
