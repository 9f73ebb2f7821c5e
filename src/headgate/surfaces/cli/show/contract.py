"""How a terminal shows contracts: which there are, what changed, and what breaks whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.contract.compat.modes import Incompatibility
    from headgate.contract.requests import CompatReport, ContractDiff, ContractLine, ContractList
    from headgate.surfaces.cli.paint import Paint

STYLES = {"breaking": "red", "compatible": "green", "description": "dim"}


def list_lines(found: ContractList, paint: Paint) -> list[str]:
    """Show each contract, and under it what is wrong with its file."""
    if not found.contracts:
        return ["no contract yet", "add one: contracts/NAME.yaml"]
    lines: list[str] = []
    for one in found.contracts:
        lines += _told(one, paint)
    return lines


def _told(one: ContractLine, paint: Paint) -> list[str]:
    if one.problems:
        wrong = paint.style("red", count(len(one.problems), "problem"))
        lines = [f"{paint.heading(one.name)}: {wrong}"]
        for problem in one.problems:
            said = f"{problem.line}:{problem.column} {problem.clause}: {problem.message}"
            lines += paint.pairs([("", said), ("mend", problem.mend)])
        return lines
    head = " ".join(filter(None, (one.version, one.status)))
    facts = [("about", ", ".join(one.objects) or "nothing yet"), ("owner", one.owner or "nobody")]
    facts += [("size", f"{count(one.n_properties, 'column')}, {count(one.n_rules, 'rule')}")]
    return [f"{paint.heading(one.name)} {cell(head)}", *paint.pairs(facts, indent="  ")]


def compat_lines(report: CompatReport, paint: Paint) -> list[str]:
    """Show whether the new version may follow, and every reason why not."""
    style, what = ("green", "compatible") if report.is_compatible else ("red", "not compatible")
    lines = paint.told(f"{cell(report.new)} is {what}: {report.mode}", style)
    lines += [f"  with {cell(name)}" for name in report.old]
    for breaks, who in (
        ("producer", "breaks who still writes the older version, and what lies there"),
        ("consumer", "breaks who still reads as the older version says"),
    ):
        found = [one for one in report.incompatibilities if one.breaks == breaks]
        if found:
            lines += ["", paint.heading(who), *_reasons(found, paint, len(report.old) > 1)]
    if report.warnings:
        head = "passes, but may be read as something else"
        lines += ["", paint.heading(head), *_reasons(report.warnings, paint, len(report.old) > 1)]
    return lines


def _reasons(found: Iterable[Incompatibility], paint: Paint, is_many: bool) -> list[str]:  # noqa: FBT001 - whether to name the version
    lines: list[str] = []
    for one in found:
        against = [("against", one.against)] if is_many else []
        facts = [("was", one.was), ("now", one.now), ("why", one.why), *against]
        lines += [f"  {paint.style('red', cell(one.path))}", *paint.pairs(facts, indent="    ")]
    return lines


def diff_lines(report: ContractDiff, paint: Paint) -> list[str]:
    """Show what changed, breaking changes first."""
    lines = paint.told(f"{cell(report.old)} to {cell(report.new)}")
    if not report.changes:
        return [*lines, "nothing changed"]
    for one in report.changes:
        who = f" for {' and '.join(one.breaks)}s" if one.breaks else ""
        told = paint.style(STYLES[one.kind], one.kind + who)
        facts = [("was", one.was), ("now", one.now)]
        facts += [("why", one.why)] if one.why else []
        lines += [f"{cell(one.path)}: {told}", *paint.pairs(facts, indent="  ")]
    return [*lines, f"{count(len(report.changes), 'change')}, {report.n_breaking:,} breaking"]
