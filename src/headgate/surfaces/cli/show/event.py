"""How a terminal shows the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell

if TYPE_CHECKING:
    from headgate.flows.reports import EventList
    from headgate.surfaces.cli.paint import Paint


def list_lines(found: EventList, paint: Paint) -> list[str]:
    """Show what happened, the newest first."""
    if not found.events:
        return ["nothing has happened yet"]
    rows = [
        (each.seq, each.at, each.kind, each.subject, each.actor, cell(each.payload))
        for each in found.events
    ]
    return paint.grid(("seq", "at", "what", "about", "by", "facts"), rows)
