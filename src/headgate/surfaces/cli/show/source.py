"""How a terminal shows what was taken in, and where two writings came apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import broken, cell, count

if TYPE_CHECKING:
    from headgate.ingest.requests import Apart, CompareReport, IngestReport
    from headgate.monitor.sources.reports import Difference, SourceDiffReport
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


def diff_lines(report: SourceDiffReport, paint: Paint) -> list[str]:
    """Show what each source says otherwise, with some of its rows."""
    lines = [paint.heading(report.dataset)]
    for one in report.sources:
        head = f"{cell(one.source)}: {count(one.n_rows, 'row')}, first {one.first_at[:10]}"
        lines += ["", *paint.told(head, "bold")]
        if one.n_quarantined:
            lines.append(f"  {count(one.n_quarantined, 'record')} did not fit: quarantine")
        for difference in one.differences:
            lines += _difference(difference, paint)
        if not one.differences:
            lines.append("  says nothing otherwise than the others")
        if one.n_more:
            lines.append(f"  {count(one.n_more)} more with --limit")
    return lines


def _difference(one: Difference, paint: Paint) -> list[str]:
    said = broken(cell(one.says), paint.inset(2).width)
    examples = dict.fromkeys(cell(each) for each in one.examples)
    facts = [("such as", ", ".join(examples)), ("rows", one.rows)]
    return [*(f"  {paint.style('yellow', part)}" for part in said), *paint.pairs(facts, "    ")]


def compare_lines(report: CompareReport, paint: Paint) -> list[str]:
    """Show how far the two are apart, and the differences furthest apart in time."""
    facts = [
        ("same", count(report.n_same, "row")),
        ("only changes", count(report.n_only_changes, "row")),
        ("only direct", count(report.n_only_direct, "row")),
        ("differing", count(report.n_differing, "row")),
        ("too young", count(report.n_settling, "difference")),
    ]
    lines = [paint.heading(f"{report.changes} beside {report.direct}"), *paint.pairs(facts)]
    if report.columns_unpaired:
        told = f"not compared, for one has them: {', '.join(report.columns_unpaired)}"
        lines += [paint.style("yellow", line) for line in broken(told, paint.width)]
    if report.apart:
        head = ("key", "where", "columns", "apart s", "changed at", "written at")
        lines += ["", *paint.grid(head, [_apart(one) for one in report.apart])]
    return lines


def _apart(one: Apart) -> tuple[Any, ...]:
    key = ", ".join(str(value) for value in one.key.values())
    where = f"{one.kind}, deleted" if one.is_deleted else one.kind
    columns = ", ".join(one.columns) or None
    return (key, where, columns, one.apart_s, one.changed_at, one.written_at)


def _waiting(report: IngestReport) -> str:
    reasons = ", ".join(f"{name} {number:,}" for name, number in report.reasons.items())
    return count(report.n_quarantined, "record") + (f" ({reasons})" if reasons else "")
