"""The catalog's SQL on escalations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import desc, insert, select, update

from headgate.core.texts import json_text
from headgate.monitor.escalations.reports import Escalation
from headgate.monitor.tables import escalations
from headgate.spine.store.queries import bump

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from headgate.monitor.nouns import MonitorReport
    from headgate.monitor.policies.nouns import State

_COUNTER = "escalation"
_AS_JSON = ("subjects", "settings", "evidence", "outcome")
_TOLD = ("ticket", "page")


def put(connection: Connection, tenant: str, found: Escalation) -> None:
    """Add an escalation."""
    row = msgspec.structs.asdict(found)
    row |= {name: json_text(row[name]) for name in _AS_JSON}
    seq = bump(connection, tenant, _COUNTER, 1)
    connection.execute(insert(escalations).values(tenant=tenant, seq=seq, **row))


def find(connection: Connection, tenant: str, escalation_id: str) -> Escalation | None:
    """Return an escalation, or nothing."""
    query = select(escalations).where(*_is(tenant, escalation_id))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _escalation(row)


def ids(connection: Connection, tenant: str) -> list[str]:
    """List the ids of the newest escalations."""
    query = select(escalations.c.escalation_id).where(escalations.c.tenant == tenant)
    return list(connection.execute(query.order_by(desc(escalations.c.seq)).limit(100)).scalars())


def listed(
    connection: Connection,
    tenant: str,
    monitor: str | None = None,
    *,
    state: State | None = None,
    limit: int | None = None,
) -> list[Escalation]:
    """List escalations, the newest first.

    Args:
        connection: the catalog.
        tenant: whose.
        monitor: only those of this monitor.
        state: only those in this state.
        limit: the most to list [count].
    """
    query = select(escalations).where(escalations.c.tenant == tenant)
    if monitor is not None:
        query = query.where(escalations.c.monitor == monitor)
    if state is not None:
        query = query.where(escalations.c.state == state)
    query = query.order_by(desc(escalations.c.seq)).limit(limit)
    return [_escalation(row) for row in connection.execute(query).mappings()]


def decided_after(
    connection: Connection, tenant: str, monitor: str, at: datetime
) -> list[Escalation]:
    """List the escalations of a monitor that were decided after a moment."""
    query = select(escalations).where(
        escalations.c.tenant == tenant,
        escalations.c.monitor == monitor,
        escalations.c.decided_at > at,
    )
    return [_escalation(row) for row in connection.execute(query).mappings()]


def about(connection: Connection, tenant: str, report: MonitorReport) -> list[Escalation]:
    """List the escalations about a report's window."""
    query = select(escalations).where(
        escalations.c.tenant == tenant,
        escalations.c.monitor == report.monitor,
        escalations.c.since == report.window.since,
        escalations.c.until == report.window.until,
    )
    return [_escalation(row) for row in connection.execute(query).mappings()]


def open_alerts(connection: Connection, tenant: str, monitor: str) -> list[Escalation]:
    """List tickets and pages of a monitor whose trouble is not over, the oldest first."""
    query = select(escalations).where(
        escalations.c.tenant == tenant,
        escalations.c.monitor == monitor,
        escalations.c.action.in_(_TOLD),
        escalations.c.state == "done",
        escalations.c.well_at.is_(None),
    )
    rows = connection.execute(query.order_by(escalations.c.seq)).mappings()
    return [_escalation(row) for row in rows]


def settle(connection: Connection, tenant: str, found: Escalation) -> None:
    """Write down how an escalation stands now."""
    row: dict[str, Any] = {
        "state": found.state,
        "outcome": json_text(found.outcome),
        "settled_at": found.settled_at,
        "settled_by": found.settled_by,
        "well_at": found.well_at,
    }
    connection.execute(update(escalations).where(*_is(tenant, found.escalation_id)).values(**row))


def _is(tenant: str, escalation_id: str) -> tuple[Any, ...]:
    return escalations.c.tenant == tenant, escalations.c.escalation_id == escalation_id


def _escalation(row: RowMapping) -> Escalation:
    values: dict[str, Any] = {name: row[name] for name in Escalation.__struct_fields__}
    for name in _AS_JSON:
        values[name] = msgspec.json.decode(values[name])
    values["subjects"] = tuple(values["subjects"])
    return Escalation(**values)
