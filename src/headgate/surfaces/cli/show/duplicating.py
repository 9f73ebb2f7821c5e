"""How a terminal shows rows that say the same twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import broken, count

if TYPE_CHECKING:
    from headgate.monitor.duplicates.reports import DuplicatesReport
    from headgate.surfaces.cli.paint import Paint


def duplicates_lines(report: DuplicatesReport, paint: Paint) -> list[str]:
    """Show how much is said twice, what it wastes, and what leaks into the other dataset."""
    facts = [
        ("compared", ", ".join(report.columns)),
        ("exact", count(report.n_exact, "row")),
        ("near", count(report.n_near, "row") if report.texts else "no column of free text"),
        ("duplicates", f"{report.duplicate_ratio:.2%} of {count(report.n_rows, 'row')}"),
    ]
    if report.texts:
        facts.append(("wasted", _wasted(report)))
    if report.against is not None:
        told = f"{count(report.n_leaked, 'row')} of {report.against} ({report.leaked_ratio:.2%})"
        facts.append(("leaked", told))
    lines = [paint.heading(f"{report.dataset}@{report.number}"), *paint.pairs(facts)]
    if report.groups:
        rows = [(one.kind, one.n_rows, _ids(one.row_ids, one.n_rows)) for one in report.groups]
        lines += ["", *paint.grid(("group", "rows", "row ids"), rows)]
    if report.leaks:
        names = ("leak", "row id", f"row id in {report.against}", "in common")
        pairs = [
            (one.kind, one.row_id, one.other_row_id, f"{one.similarity:.0%}")
            for one in report.leaks
        ]
        lines += ["", *paint.grid(names, pairs)]
    if not report.has_findings:
        lines += broken("no row says what another one says", paint.width)
    return lines


def _wasted(report: DuplicatesReport) -> str:
    told = f"{report.n_wasted_tokens:,} of {count(report.n_tokens, 'token')}"
    return told if report.wasted_cost is None else f"{told}, cost {report.wasted_cost:,.4g}"


def _ids(row_ids: tuple[int, ...], n_rows: int) -> str:
    listed = ", ".join(str(one) for one in row_ids[:5])
    return listed if n_rows <= len(row_ids[:5]) else f"{listed} ..."
