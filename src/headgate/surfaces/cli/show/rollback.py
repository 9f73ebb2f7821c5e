"""How a terminal shows a rollback, planned or done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell

if TYPE_CHECKING:
    from headgate.flows.reports import RollbackReport
    from headgate.surfaces.cli.paint import Paint


def rollback_lines(report: RollbackReport, paint: Paint) -> list[str]:
    """Show which release was chosen, why, and how to go on."""
    name = paint.heading(report.deployment)
    way = f"{cell(report.from_release)} to {report.to_release}"
    if report.already_there:
        lines = [f"{name} stands at {report.to_release} already; nothing was changed"]
    elif report.is_applied:
        lines = [paint.style("green", f"{report.deployment} was moved from {way}")]
    else:
        lines = [f"{name} would be moved from {way}; nothing is changed yet"]
    if report.candidates and not report.is_applied:
        rows = [
            ("->" if each.release == report.to_release else "", each.release, each.why)
            for each in report.candidates
        ]
        lines += ["", *paint.grid(("", "release", "verdict"), rows), ""]
    facts = [
        ("why", report.reason or "-"),
        ("who", report.actor),
        ("live", cell(report.live_release)),
    ]
    lines += paint.pairs(facts)
    if not report.is_applied and not report.already_there:
        lines.append(paint.style("cyan", "do it: the same command with --apply"))
    if report.undo:
        lines.append(paint.style("cyan", f"undo: {report.undo}"))
    return lines
