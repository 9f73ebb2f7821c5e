"""How a terminal shows notifiers: which there are, and how one was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell
from headgate.surfaces.cli.show.outbox import told

if TYPE_CHECKING:
    from headgate.incident.requests import NotifierList, TryReport
    from headgate.surfaces.cli.paint import Paint


def list_lines(found: NotifierList, paint: Paint) -> list[str]:
    """Show each notifier with its settings, and what keeps it from sending."""
    if not found.notifiers:
        return ["no notifier yet", "add one: [notifiers.NAME] in headgate.toml"]
    lines: list[str] = []
    for one in found.notifiers:
        state = "ready" if one.is_ready else paint.style("red", "not ready")
        lines.append(f"{paint.heading(one.name)} {one.type}: {state}")
        facts = [(key, cell(value)) for key, value in one.settings.items()]
        facts += [("problem", one.problem)] if one.problem else []
        facts += [("mend", one.mend)] if one.mend else []
        lines += paint.pairs(facts, indent="  ")
    return [*lines, "try one: headgate notifier test NAME"]


def test_lines(report: TryReport, paint: Paint) -> list[str]:
    """Show what the receiver answered to a trigger and its resolve."""
    what = "does not work" if report.has_findings else "works"
    style = "red" if report.has_findings else "green"
    lines = [f"{paint.heading(report.name)} {report.type}: {paint.style(style, what)}"]
    entries = [(one.kind, told(one)) for one in report.messages]
    return [*lines, *paint.pairs(entries)]
