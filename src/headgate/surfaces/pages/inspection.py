"""The page of an inspection: every suite, and what is wrong in it with its place."""

from __future__ import annotations

from html import escape
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
from headgate.surfaces.pages.tables import grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.spine.inspecting.nouns import Case, Place, Remark
    from headgate.spine.inspecting.requests import Inspected

MARKS = {"error": "▲", "warning": "△", "note": "○"}
"""How bad a remark is, by shape."""


def draw(report: Inspected) -> str:
    """Draw what an inspection looked at, and what is wrong."""
    verdict = _head(report)
    wrote = facts([("wrote", ", ".join(report.wrote))]) if report.wrote else ""
    parts = [*heading("headgate ci", verdict), wrote]
    suites: dict[str, list[Case]] = {}
    for case in report.cases:
        suites.setdefault(case.suite, []).append(case)
    for name, cases in suites.items():
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
    mend = f'<p class="small muted">mend: {escape(one.mend)}</p>' if one.mend else ""
    says = f"<p>{mark}: {escape(one.message)}</p>"
    return card(_where(one.place), says, _seen(one.seen_at), mend)


def _seen(places: Sequence[Place]) -> str:
    """Return where it can be seen, file by file."""
    found: dict[str, list[Place]] = {}
    for place in places:
        found.setdefault(place.file, []).append(place)
    return "".join(
        f'<p class="small muted">seen in {escape(file)}</p>'
        + listed(f"line {one.line}: {one.says}" if one.line else one.says for one in some)
        for file, some in found.items()
    )


def _where(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.line else place.file


def _suites(suites: Mapping[str, Sequence[Case]]) -> str:
    names = ["suite", "looked at", "left out", "errors", "warnings", "notes", "took [ms]"]
    return grid(names, [_suite(name, cases) for name, cases in suites.items()], wide=["suite"])


def _suite(name: str, cases: Sequence[Case]) -> tuple[str | float | None, ...]:
    """Count what became of a suite; what there is none of stays empty."""
    n_skipped = sum(bool(one.skipped) for one in cases)
    levels = [one.level for case in cases for one in case.remarks]
    n_errors, n_warnings, n_notes = (levels.count(one) for one in ("error", "warning", "note"))
    return (
        name,
        len(cases) - n_skipped,
        n_skipped or None,
        n_errors or None,
        n_warnings or None,
        n_notes or None,
        sum(one.took_ms for one in cases) or None,
    )
