"""The page of an inspection: every suite, and what is wrong in it with its place."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import (
    card,
    cards,
    counted,
    document,
    facts,
    heading,
    listed,
)
from headgate.surfaces.pages.tables import Loud, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.inspecting.nouns import Case, Place, Remark
    from headgate.spine.inspecting.requests import Inspected

MARKS = {"error": "▲", "warning": "△", "note": "○"}
"""How bad a remark is, by shape."""


def draw(report: Inspected) -> str:
    """Draw what an inspection looked at, and what is wrong."""
    verdict = _head(report)
    wrote = facts([("wrote", ", ".join(report.wrote))]) if report.wrote else ""
    parts = [*heading("headgate ci", verdict), wrote]
    suites = [(name, list(some)) for name, some in groupby(report.cases, lambda one: one.suite)]
    for name, cases in suites:
        remarks = [one for case in cases for one in case.remarks]
        if remarks:
            parts += [f"<h2>{escape(name)}</h2>", cards(map(_remark, remarks))]
    skipped = [f"{one.suite}, {one.name}: {one.skipped}" for one in report.cases if one.skipped]
    if skipped:
        parts += ["<h2>Left out</h2>", listed(skipped)]
    if suites:
        parts += ["<h2>Every suite</h2>", _suites(suites)]
    return document("headgate ci", parts)


def _head(report: Inspected) -> str:
    if not report.cases:
        return "There is nothing to look at"
    looked = counted(report.n_looked, "thing")
    if report.n_broken:
        return f"{report.n_broken:,} of {looked} broken"
    return f"{looked} looked at, nothing broken"


def _remark(one: Remark) -> str:
    level = "muted" if one.level == "note" else "off"
    mark = f'<span class="{level}">{MARKS[one.level]} {one.level}</span>'
    seen = [f"{_where(place)}: {place.says}" for place in one.seen_at]
    mend = f'<p class="small muted">mend: {escape(one.mend)}</p>' if one.mend else ""
    return card(
        _where(one.place),
        f"<p>{mark}: {escape(one.message)}</p>",
        listed(seen) if seen else "",
        mend,
    )


def _where(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.line else place.file


def _suites(suites: Sequence[tuple[str, Sequence[Case]]]) -> str:
    names = ["suite", "looked at", "left out", "errors", "warnings", "notes", "took [ms]"]
    return grid(names, [_suite(name, cases) for name, cases in suites], wide=["suite"])


def _suite(name: str, cases: Sequence[Case]) -> tuple[str | float | None, ...]:
    """Count what became of a suite; what there is none of stays empty."""
    n_skipped = sum(bool(one.skipped) for one in cases)
    levels = [one.level for case in cases for one in case.remarks]
    n_errors, n_warnings, n_notes = (levels.count(one) for one in ("error", "warning", "note"))
    return (
        name,
        len(cases) - n_skipped,
        n_skipped or None,
        Loud(f"{n_errors:,}") if n_errors else None,
        Loud(f"{n_warnings:,}") if n_warnings else None,
        n_notes or None,
        sum(one.took_ms for one in cases),
    )
