"""How a terminal shows what was inspected: each suite, and each remark with its place."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count, said

if TYPE_CHECKING:
    from headgate.spine.inspecting.nouns import Case, Place, Remark
    from headgate.spine.inspecting.requests import Inspected
    from headgate.surfaces.cli.paint import Paint

STYLES = {"error": "red", "warning": "yellow", "note": "dim"}


def ci_lines(report: Inspected, paint: Paint) -> list[str]:
    """Show every suite with what is wrong in it, then the sum."""
    if not report.cases:
        return [*(f"wrote {cell(one)}" for one in report.wrote)] or ["there is nothing to look at"]
    lines: list[str] = []
    for name, some in groupby(report.cases, key=lambda one: one.suite):
        lines += _suite(name, list(some), paint)
    style, verdict = (
        ("red", "found something") if report.has_findings else ("green", "found nothing")
    )
    told = f"{count(report.n_looked, 'thing')} looked at, {report.n_broken:,} broken"
    lines += ["", paint.style(style, f"{verdict}: {told}")]
    return [*lines, *(f"wrote {cell(one)}" for one in report.wrote)]


def _suite(name: str, cases: list[Case], paint: Paint) -> list[str]:
    n_looked = sum(not one.skipped for one in cases)
    lines = paint.told(f"{said(name)}: {n_looked:,} looked at", "bold")
    for case in cases:
        if case.skipped:
            lines += paint.told(f"  left out {said(case.name)}: {said(case.skipped)}", "dim")
        for remark in case.remarks:
            lines += _remark(remark, paint)
    return lines


def _remark(remark: Remark, paint: Paint) -> list[str]:
    level = paint.style(STYLES[remark.level], remark.level)
    facts = [("is", said(remark.message))]
    facts += [("seen", f"{_where(one)}: {said(one.says)}") for one in remark.seen_at]
    facts += [("mend", said(remark.mend))] if remark.mend else []
    return [f"  {level} {_where(remark.place)}", *paint.pairs(facts, indent="    ")]


def _where(place: Place) -> str:
    return f"{cell(place.file)}:{place.line}" if place.line else cell(place.file)
