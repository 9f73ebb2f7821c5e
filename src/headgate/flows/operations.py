"""The verbs that cross stages."""

from __future__ import annotations

from headgate.flows.reports import (
    BlastReport,
    BlastRequest,
    EventList,
    EventListRequest,
    RollbackReport,
    RollbackRequest,
    TraceReport,
    TraceRequest,
)
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("blast", bare=True)
def blast(context: Context, request: BlastRequest) -> BlastReport:
    """Show everything that bad data touched: rows, snapshots, models, predictions, people."""
    from headgate.flows.blast import blast_radius

    return blast_radius(context, request)


@operation("trace", bare=True)
def trace(context: Context, request: TraceRequest) -> TraceReport:
    """Show what a prediction, row, snapshot or model was made of, back to its sources."""
    from headgate.flows.trace import trace_back

    return trace_back(context, request)


@operation("rollback", writes=True, bare=True)
def rollback(context: Context, request: RollbackRequest) -> RollbackReport:
    """Point a deployment back at a clean release: a plan first, then --apply."""
    from headgate.flows.rollback import roll_back

    return roll_back(context, request)


@operation("event.list")
def list_happenings(context: Context, request: EventListRequest) -> EventList:
    """List what happened in the project, the newest first."""
    from headgate.spine.lineage.events import list_events

    with context.catalog.read() as connection:
        found = list_events(
            connection, context.tenant, subject=request.subject, limit=request.limit
        )
    return EventList(events=tuple(found))
