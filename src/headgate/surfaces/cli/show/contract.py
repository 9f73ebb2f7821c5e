"""How a terminal shows contracts: which there are, what changed, and what breaks whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import broken, cell, count, shorten
from headgate.surfaces.cli.show.left_out import left_out_lines
from headgate.surfaces.cli.show.problems import problem_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headgate.contract.compat.modes import Incompatibility
    from headgate.contract.published.nouns import Checked, Version
    from headgate.contract.published.requests import ContractHistory, ContractState
    from headgate.contract.reports import CheckReport, LevelResult, RuleResult, Violation
    from headgate.contract.requests import (
        CompatReport,
        ContractDiff,
        ContractExported,
        ContractImported,
        ContractLine,
        ContractList,
        InferReport,
        Proposed,
    )
    from headgate.core.left_out import LeftOut
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
        return problem_lines(one.name, one.problems, paint)
    head = " ".join(filter(None, (one.version, one.status)))
    facts = [("about", ", ".join(one.objects) or "nothing yet"), ("owner", one.owner or "nobody")]
    facts += [("size", f"{count(one.n_properties, 'column')}, {count(one.n_rules, 'rule')}")]
    facts += [("gate", one.standing)]
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
            head = paint.told(who, "bold")
            lines += ["", *head, *_reasons(found, paint, report.old)]
    if report.warnings:
        head = "passes, but may be read as something else"
        lines += ["", paint.heading(head), *_reasons(report.warnings, paint, report.old)]
    return lines


def _reasons(found: Iterable[Incompatibility], paint: Paint, old: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for one in found:
        against = [("against", one.against)] if len(old) > 1 else []
        facts = [("was", one.was), ("now", one.now), ("why", one.why), *against]
        lines += [f"  {paint.style('red', cell(one.path))}", *paint.pairs(facts, indent="    ")]
    return lines


def diff_lines(report: ContractDiff, paint: Paint) -> list[str]:
    """Show what changed, breaking changes first."""
    lines = paint.told(f"{cell(report.old)} to {cell(report.new)}")
    if not report.changes:
        return [*lines, "nothing changed"]
    for one in report.changes:
        who = f" for {' and '.join(f'{who}s' for who in one.breaks)}" if one.breaks else ""
        told = paint.style(STYLES[one.kind], one.kind + who)
        facts = [("was", one.was), ("now", one.now)]
        facts += [("why", one.why)] if one.why else []
        lines += [f"{cell(one.path)}: {told}", *paint.pairs(facts, indent="  ")]
    return [*lines, f"{count(len(report.changes), 'change')}, {report.n_breaking:,} breaking"]


def import_lines(report: ContractImported, paint: Paint) -> list[str]:
    """Show which contract was made, and what did not translate."""
    size = f"{', '.join(report.objects)}: {count(report.n_columns, 'column')}"
    lines = [f"{paint.heading(report.name)} from {report.format}"]
    lines += paint.pairs([("about", size), ("file", report.path)], indent="  ")
    return [*lines, *_left_out(report.left_out, paint)]


def export_lines(report: ContractExported, paint: Paint) -> list[str]:
    """Show the text, or where it was written, and what did not translate."""
    lines = report.text.splitlines()
    if report.path is not None:
        lines = paint.told(f"{report.name} written as {report.format} to {cell(report.path)}")
    return [*lines, *_left_out(report.left_out, paint)]


def _left_out(found: Sequence[LeftOut], paint: Paint) -> list[str]:
    head = ["", paint.heading("not translated")] if found else []
    return [*head, *left_out_lines(found, paint)]


def check_lines(report: CheckReport, paint: Paint) -> list[str]:
    """Show whether data keeps its contract, then each broken clause with rows that break it."""
    style, does = ("green", "keeps") if report.passed else ("red", "breaks")
    name = cell(f"{report.contract} {report.version}")
    lines = paint.told(f"{cell(report.dataset)} {does} {name}", style)
    n_rules = len(report.rules) + sum(one.is_met is not None for one in report.service_levels)
    size = f"{count(report.n_rows, 'row')}, {count(n_rules, 'clause')}"
    lines += [f"  {size}" + (f", {report.n_broken:,} broken" if report.n_broken else "")]
    for one in report.rules:
        if not one.is_kept:
            found = [each for each in report.violations if each.rule == one.rule]
            lines += _broken_clause(one, found, paint)
    if report.service_levels:
        lines += ["", paint.heading("service levels")]
        lines += paint.pairs(map(_service_level, report.service_levels), indent="  ")
    if report.untold:
        lines += ["", paint.heading("not looked at")]
        lines += [f"  {part}" for one in report.untold for part in paint.inset().told(cell(one))]
    return lines


def _service_level(one: LevelResult) -> tuple[str, str]:
    name = shorten(cell(f"{one.level} of {one.about}" if one.about else one.level))
    if one.is_met is None:
        return name, cell(f"not checked: {one.measured}")
    place = "" if one.line is None else f", line {one.line}"
    broken = "" if one.is_met else f" ({one.severity}{place})"
    is_met = "met" if one.is_met else "not met"
    return name, cell(f"{is_met}: {one.measured}, promised {one.promised}{broken}")


def _broken_clause(one: RuleResult, found: Sequence[Violation], paint: Paint) -> list[str]:
    more = ", ".join(filter(None, (one.severity, one.dimension)))
    name = f"{cell(one.rule)} ({more})" if more else cell(one.rule)
    lines = ["", *(paint.style("red", part) for part in broken(name, paint.width))]
    most = paint.width // 3
    rows = [(_values(each.row, most), _values(each.values, most) or "-") for each in found]
    return lines + paint.pairs([("why", one.told), *rows], indent="  ")


def _values(held: Mapping[str, object], most: int) -> str:
    return ", ".join(f"{cell(name)} {shorten(cell(value), most)}" for name, value in held.items())


def publish_lines(report: ContractState, paint: Paint) -> list[str]:
    """Show what is in force now, what waits, and what a breaking version breaks."""
    lines = _state(report, paint)
    if not report.is_new:
        lines.append("nothing has changed")
    if report.pending is not None and report.incompatibilities:
        lines += _reasons(report.incompatibilities, paint, ())
    return lines


def sign_lines(report: ContractState, paint: Paint) -> list[str]:
    """Show what is in force now, and whose signature is still lacking."""
    return _state(report, paint)


def withdraw_lines(report: ContractState, paint: Paint) -> list[str]:
    """Show what is in force now."""
    return _state(report, paint)


def show_lines(report: ContractHistory, paint: Paint) -> list[str]:
    """Show what is in force, what its gate found last, and every version."""
    lines = _state(report, paint)
    lines += [f"  zone {report.zone}"] if report.zone else []
    lines += [line for one in report.checks for line in _check(one, paint)]
    rows = [
        (
            one.version,
            one.state,
            one.gate,
            one.mode,
            one.published_by,
            ", ".join(f"{each.party} {each.signed_by}" for each in one.signatures) or None,
        )
        for one in report.history
    ]
    names = ("version", "state", "gate", "mode", "published by", "signed by")
    return [*lines, *paint.grid(names, rows)]


def _state(report: ContractState | ContractHistory, paint: Paint) -> list[str]:
    guards, pending = report.in_force, report.pending
    if guards is None:
        lines = paint.told(f"{report.name}: nothing is in force", "yellow")
    else:
        lines = paint.told(f"{report.name} {guards.version} is in force", "green")
        lines += paint.pairs(_guarding(guards), indent="  ")
    if pending is not None:
        waits = " and ".join(f"a {party}" for party in report.lacks)
        have = "have" if len(report.lacks) > 1 else "has"
        lines += paint.told(f"{pending.version} waits until {waits} {have} signed", "yellow")
        party = next(iter(report.lacks))
        lines += broken(f"next: headgate contract sign {report.name} --as {party}", paint.width)
    return lines


def _guarding(one: Version) -> list[tuple[str, str]]:
    facts = [("about", ", ".join(one.about) or "nothing yet"), ("gate", one.gate)]
    return [*facts, ("mode", one.mode)]


def _check(one: Checked, paint: Paint) -> list[str]:
    style, what = ("green", "passed") if one.is_passed else ("red", "did not pass")
    held = f", {count(one.n_held, 'row')} held" if one.n_held else ""
    lines = paint.told(f"  {one.dataset}@{one.number} {what}{held}", style)
    facts = [(name, _breach(n)) for name, n in one.broken.items()]
    return [*lines, *paint.pairs(facts, indent="    ")]


def _breach(n_rows: int) -> str:
    if n_rows < 0:
        return "not all rows were compared"
    return count(n_rows, "row") if n_rows else "broken"


def infer_lines(report: InferReport, paint: Paint) -> list[str]:
    """Show what is proposed, column by column, with the figures it stands on."""
    size = f"{count(report.n_rows, 'row')}, {count(report.n_snapshots, 'snapshot')}"
    lines = paint.told(f"{cell(report.name)} proposed from {cell(report.dataset)}: {size}", "bold")
    groups: dict[str, list[Proposed]] = {}
    for one in report.clauses:
        groups.setdefault(one.column, []).append(one)
    for column, clauses in groups.items():
        lines += ["", paint.heading(cell(column) if column else "all rows")]
        lines += paint.pairs(map(_proposed, clauses), indent="  ")
    if report.service_levels:
        lines += ["", paint.heading("service levels")]
        lines += paint.pairs(map(_proposed, report.service_levels), indent="  ")
    if report.broken:
        lines += ["", paint.heading("tried, and not so")]
        lines += [f"  {part}" for one in report.broken for part in paint.inset().told(cell(one))]
    told = f"written to {report.path}" if report.path else "not written: add --write"
    return [*lines, "", *paint.told(cell(told))]


def _proposed(one: Proposed) -> tuple[str, str]:
    reason = f" ({one.reason})" if one.reason else ""
    return shorten(cell(one.clause)), cell(one.says + reason)
