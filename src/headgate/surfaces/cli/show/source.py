"""How a terminal shows what was taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import count

if TYPE_CHECKING:
    from headgate.ingest.requests import IngestReport
    from headgate.surfaces.cli.paint import Paint


def ingest_lines(report: IngestReport, paint: Paint) -> list[str]:
    """Show what went in, what waits, and why."""
    snapshot = report.snapshot
    objects = count(report.n_objects, "object")
    skipped = report.n_objects_skipped
    seen = f", {count(skipped)} of them taken before or empty" if skipped else ""
    facts = [
        ("source", report.source),
        ("offered", f"{objects}{seen}"),
        ("read", count(report.n_read, "record")),
        ("taken", count(report.n_taken, "row")),
        ("quarantined", _waiting(report)),
        ("version", snapshot.version_id),
        ("content root", snapshot.content_root),
    ]
    title = paint.heading(f"{snapshot.dataset}@{snapshot.number}")
    told = count(snapshot.n_rows, "row") if snapshot.is_new else "stays as it was; nothing new came"
    lines = [f"{title}: {told}", *paint.pairs(facts)]
    lines += [paint.style("yellow", f"noticed: {fact}") for fact in report.facts]
    if report.n_quarantined:
        see = f"see them: headgate quarantine show {report.dataset}"
        lines.append(paint.style("cyan", see))
    return lines


def _waiting(report: IngestReport) -> str:
    reasons = ", ".join(f"{name} {number:,}" for name, number in report.reasons.items())
    return count(report.n_quarantined, "record") + (f" ({reasons})" if reasons else "")
