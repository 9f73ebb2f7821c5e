"""How a terminal shows escalations: what was done or is proposed, and what a policy would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headgate.monitor.escalations.reports import (
        Escalation,
        EscalationList,
        PolicyShown,
        PolicyTested,
        PolicyWritten,
        RuleLine,
    )
    from headgate.surfaces.cli.paint import Paint

STYLES = {
    "proposed": "yellow",
    "begun": "cyan",
    "done": "green",
    "failed": "red",
    "undone": "dim",
}


def list_lines(found: EscalationList, paint: Paint) -> list[str]:
    """Show escalations, the newest first."""
    if not found.escalations:
        return ["nothing was escalated"]
    lines: list[str] = []
    for one in found.escalations:
        lines += [_head(one, paint), *paint.pairs(_facts(one), indent="  "), ""]
    return lines[:-1]


def show_lines(one: Escalation, paint: Paint) -> list[str]:
    """Show an escalation with its evidence."""
    lines = [_head(one, paint), *paint.pairs(_facts(one), indent="  ")]
    findings: Iterable[Any] = one.evidence.get("findings", ())
    rows = [
        (each["subject"], each["kind"], each["severity"], each["harm"], *_numbers(each))
        for each in findings
    ]
    if rows:
        names = ("subject", "kind", "severity", "harm", "metric", "value", "signal from")
        lines += ["", *paint.grid(names, rows)]
    held: Iterable[Any] = one.evidence.get("conditions", ())
    if held:
        lines += ["", *paint.pairs([(each["condition"], each["says"]) for each in held])]
    for name, told in one.outcome.items():
        lines += ["", paint.heading(name), *_told(told, paint)]
    if one.state in ("proposed", "failed", "begun"):
        lines += ["", paint.style("cyan", f"do it: headgate escalation apply {one.escalation_id}")]
    elif one.state == "done":
        lines += ["", paint.style("cyan", f"undo: headgate escalation undo {one.escalation_id}")]
    return lines


apply_lines = show_lines
undo_lines = show_lines


def init_lines(report: PolicyWritten, paint: Paint) -> list[str]:
    """Show where the policy was written."""
    lines = paint.told(f"{report.path} written: {count(report.n_rules, 'rule')}")
    return [*lines, *paint.told("try it on the past: headgate escalation test MONITOR", "cyan")]


def policy_lines(found: PolicyShown, paint: Paint) -> list[str]:
    """Show the rules in the order they are asked."""
    lines = paint.told(found.path or "the policy that is shipped; to change it: escalation init")
    for number, one in enumerate(found.rules, start=1):
        lines += ["", paint.heading(f"{number}. {one.name}")]
        lines += paint.pairs(_rule(one), indent="   ")
    return lines


def test_lines(report: PolicyTested, paint: Paint) -> list[str]:
    """Show what would have been done when, and what was."""
    windows, findings = (
        count(report.n_windows, "window"),
        count(report.n_findings, "finding"),
    )
    lines = paint.told(f"{report.monitor}: {windows}, {findings}")
    if not report.would:
        lines.append("nothing would have been done")
    for one in report.would:
        verb = one.action if one.mode == "act" else f"propose {one.action}"
        head = f"{cell(one.until)} {verb} of {one.target}"
        lines += ["", *paint.told(head, "bold")]
        facts = [("why", one.why), ("did", one.did or "nothing")]
        lines += paint.pairs(facts, indent="  ")
    if report.did:
        lines += ["", *paint.told("done, though the policy would not have", "yellow")]
        lines += [_head(one, paint) for one in report.did]
    if report.held_back:
        lines += ["", paint.heading("held back")]
        lines += paint.pairs(
            [(count(n, "window"), what) for what, n in report.held_back.items()], indent="  "
        )
    told = ", ".join(f"{n:,} {name}" for name, n in report.counts.items())
    return [*lines, "", f"in all: {told or 'nothing'}"]


def _head(one: Escalation, paint: Paint) -> str:
    return f"{paint.style(STYLES[one.state], one.state)} {one.action} {one.escalation_id}"


def _facts(one: Escalation) -> list[tuple[str, str]]:
    facts = [
        ("to", cell(one.target)),
        ("window", f"{cell(one.since)} to {cell(one.until)}"),
        ("why", cell(one.why)),
        ("decided", cell(one.decided_at)),
    ]
    if one.settled_at is not None:
        facts.append((one.state, f"{cell(one.settled_at)} by {one.settled_by}"))
    if one.well_at is not None:
        facts.append(("well", cell(one.well_at)))
    return facts


def _numbers(finding: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    for one in finding["measured"][:1]:
        return one["metric"], one["value"], one["threshold"]
    return None, None, None


def _rule(one: RuleLine) -> list[tuple[str, str]]:
    does = [f"propose {each}" if each in one.proposes else each for each in one.then]
    facts = [("when", one.about), ("needs", one.needs), ("then", ", ".join(does))]
    facts.append(("again after", one.cooldown))
    return [each for each in facts if each[1]]


def _told(told: Any, paint: Paint) -> list[str]:
    if not isinstance(told, dict):
        return paint.told(f"  {cell(told)}")
    return paint.pairs([(str(name), _worded(each)) for name, each in told.items()], indent="  ")


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_worded(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return "; ".join(map(_worded, value)) or "none"
    return cell(value)
