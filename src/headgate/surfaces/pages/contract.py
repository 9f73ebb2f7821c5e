"""The page of a check: whether data keeps its contract, which clauses break, and at which rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import MARKS, counted, document, facts, heading, listed
from headgate.surfaces.pages.tables import Loud, grid

if TYPE_CHECKING:
    from headgate.contract.reports import CheckReport, LevelResult, RuleResult, Violation


def draw(report: CheckReport) -> str:
    """Draw whether a dataset keeps what its contract promises."""
    title = f"{report.contract} {report.version}: {report.dataset}"
    n_looked = len(report.rules) + sum(one.is_met is not None for one in report.service_levels)
    n = counted(n_looked, "clause")
    verdict = (
        f"{report.dataset} keeps its contract"
        if report.passed
        else f"{report.dataset} breaks {report.n_broken:,} of {n}"
    )
    about = facts([("rows", f"{report.n_rows:,}"), ("clauses", len(report.rules))])
    over = f"contract {report.contract} {report.version}"
    parts = [*heading(over, verdict), about, "<h2>Clauses</h2>", _clauses(report)]
    if report.violations:
        names = ["clause", "row", "values", "why"]
        rows = [_row(one) for one in report.violations]
        parts += ["<h2>Rows that break them</h2>", grid(names, rows, wide=["values", "why"])]
    if report.service_levels:
        parts += ["<h2>Service levels</h2>", _levels(report)]
    if report.untold:
        parts += ["<h2>Not looked at</h2>", listed(report.untold)]
    return document(title, parts)


def _clauses(report: CheckReport) -> str:
    names = ["clause", "is", "dimension", "figure", "why"]
    rows = [
        [one.rule, _state(one), one.dimension or None, one.figure, one.told or None]
        for one in sorted(report.rules, key=lambda one: one.is_kept)
    ]
    return grid(names, rows, wide=["why"])


def _levels(report: CheckReport) -> str:
    names = ["is", "level", "about", "measured", "promised", "clause", "line"]
    rows = [
        [
            _met(one),
            one.level,
            one.about or None,
            one.measured,
            one.promised,
            one.clause,
            one.line,
        ]
        for one in report.service_levels
    ]
    return grid(names, rows, wide=["measured", "promised"])


def _met(one: LevelResult) -> str:
    if one.is_met is None:
        return "not checked"
    return "met" if one.is_met else Loud(f"{MARKS.get(one.severity, '▲')} {one.severity}")


def _state(one: RuleResult) -> str:
    return "kept" if one.is_kept else Loud(f"{MARKS.get(one.severity, '▲')} {one.severity}")


def _row(one: Violation) -> list[str]:
    row = ", ".join(str(value) for value in one.row.values())
    values = ", ".join(f"{name} {value!r}" for name, value in one.values.items())
    return [one.rule, row, values, one.told]
