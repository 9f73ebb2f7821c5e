"""How a terminal shows monitors: how one was made, what it saw, and what it would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count
from headgate.surfaces.cli.show import source
from headgate.surfaces.cli.show.problems import problem_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from headgate.monitor.kept import FittedReference
    from headgate.monitor.nouns import Finding, MonitorReport, Span
    from headgate.monitor.requests import (
        Backtest,
        ColumnLine,
        MonitorDetail,
        MonitorLine,
        MonitorList,
        MonitorMade,
        ReferenceList,
    )
    from headgate.monitor.versus.reports import Comparison
    from headgate.spine.ports import Reference
    from headgate.surfaces.cli.paint import Paint

STYLES = {"critical": "red", "error": "red", "warning": "yellow", "info": "dim"}
HARMS = {"harmful": "harmful", "different": "different, not harmful", "unknown": ""}
N_SHOWN = 12
"""Windows of a number that are shown side by side at most [count]."""
N_QUIET = 8
"""Quiet numbers that are listed at most [count]."""


def init_lines(made: MonitorMade, paint: Paint) -> list[str]:
    """Show what was chosen and why, and how to run it by itself."""
    lines = [f"{paint.heading(made.monitor)}: {cell(made.path)}"]
    for one in made.choices:
        facts = [(one.key, f"{one.value}: {one.why}")]
        lines += paint.pairs(facts, indent="  ")
    lines += ["", paint.heading("reference"), *_reference(made.reference, paint)]
    if made.pipeline:
        runs = f"headgate up runs it by itself: {made.pipeline}"
        return [*lines, "", *paint.told(runs, "bold")]
    lines += ["", *paint.told("to run it by itself, keep this as a pipeline:", "bold")]
    return [*lines, *(f"  {line}".rstrip() for line in made.schedule.splitlines())]


def list_lines(found: MonitorList, paint: Paint) -> list[str]:
    """Show each monitor, and under it what is wrong with its file."""
    if not found.monitors:
        return ["no monitor yet", "make one: headgate monitor init NAME --watch deployment:NAME"]
    lines: list[str] = []
    for one in found.monitors:
        lines += _told(one, paint)
    return lines


def _told(one: MonitorLine, paint: Paint) -> list[str]:
    if one.problems:
        return problem_lines(one.name, one.problems, paint)
    seen = count(one.n_windows, "window")
    until = f" to {_day(one.looked_until)}" if one.looked_until else ""
    facts = [("watches", f"{one.watches} by {one.window}"), ("saw", f"{seen}{until}")]
    facts += [("owner", one.owner)] if one.owner else []
    return [paint.heading(one.name), *paint.pairs(facts, indent="  ")]


def run_lines(report: MonitorReport, paint: Paint) -> list[str]:
    """Show what is worth a look in the newest window, and what is to be done."""
    head = f"{report.monitor} of {report.target}, {_span(report.window)}"
    lines = paint.told(head, "bold")
    against = f"{count(report.reference_n, 'row')}{_named(report.references)}"
    facts = [("reference", against)]
    if report.smallest_shift is not None:
        part = "a sample" if report.is_partial else "this window"
        shift = f"{report.smallest_shift:.2f} standard deviations"
        facts += [("sees", f"in {part} a mean moved by {shift} or more")]
    facts += [("limits", one) for one in report.limits]
    facts += [("asks for", f"{report.action.action}: {report.action.why}")]
    lines += paint.pairs(facts, indent="  ")
    lines += ["", *_findings(report.findings, paint)]
    for one in report.earlier:
        lines += ["", *paint.told(f"earlier: {_span(one.window)}", "bold")]
        if one.action is not None:
            asked = f"{one.action.action}: {one.action.why}"
            lines += paint.pairs([("asks for", asked)], indent="  ")
        lines += _findings(one.findings, paint)
    if report.n_windows > 1:
        n_loud = len(report.earlier) + bool(report.findings)
        told = f"{count(report.n_windows, 'window')} looked at, {n_loud:,} with findings"
        lines += ["", *paint.told(told, "dim")]
    return lines


def compare_lines(found: Comparison, paint: Paint) -> list[str]:
    """Show what moved between training and production, and what is said otherwise."""
    seen = found.seen
    lines = paint.told(f"{seen.target}, {_span(seen.window)}", "bold")
    against = f"{count(seen.reference_n, 'row')}{_named(seen.references)}"
    limits = [("limits", one) for one in seen.limits]
    lines += paint.pairs([("training", against), *limits], indent="  ")
    lines += ["", *_findings(seen.findings, paint)]
    for one in found.wording:
        lines += source.difference_lines(one, paint)
    return [*lines, f"  {count(found.n_more)} more with --limit"] if found.n_more else lines


def backtest_lines(report: Backtest, paint: Paint) -> list[str]:
    """Show which alerts there would have been, and when."""
    n = count(report.n_windows, "window")
    lines = paint.told(
        f"{report.monitor}: {n} from {_day(report.since)} to {_day(report.until)}", "bold"
    )
    facts = [
        ("pages", f"{report.n_pages}, budget {report.pages:g}"),
        ("tickets", f"{report.n_tickets}, budget {report.tickets:g}"),
    ]
    if report.smallest_shift is not None:
        facts += [("sees", f"a mean moved by {report.smallest_shift:.2f} standard deviations")]
    lines += paint.pairs(facts, indent="  ")
    for call in report.calls:
        lines += ["", *paint.told(f"{_span(call.span)}: {call.action}", "bold")]
        lines += _findings(call.findings, paint)
    return lines


def show_lines(found: MonitorDetail, paint: Paint) -> list[str]:
    """Show the newest windows, and each number over them."""
    lines = paint.told(f"{found.monitor} of {found.watches}", "bold")
    if found.owner:
        lines += paint.pairs([("owner", found.owner)], indent="  ")
    if found.reference is not None:
        lines += _reference(found.reference, paint)
    if not found.windows:
        return [*lines, "", f"no window yet: headgate monitor run {found.monitor}"]
    rows = [
        [_day(one.span.since), one.span.n_rows, one.action, _kinds(one.findings)]
        for one in found.windows
    ]
    lines += ["", *paint.grid(["window", "rows", "asks for", "findings"], rows), ""]
    loud = [one for one in found.columns if any(one.exceeded)]
    quiet = [one for one in found.columns if not any(one.exceeded)]
    lines += _numbers([*loud, *quiet[:N_QUIET]], paint)
    left = len(quiet) - N_QUIET
    return [*lines, f"{count(left, 'quiet number')} more"] if left > 0 else lines


def reference_lines(found: ReferenceList, paint: Paint) -> list[str]:
    """Show the reference that was fitted, and those before it."""
    lines = [paint.heading(found.monitor), *_reference(found.made, paint)]
    older = [one for one in found.versions if one.number != found.made.number]
    if older:
        rows = [[one.number, _day(one.fitted_at), one.n_rows, one.n_columns] for one in older]
        lines += ["", *paint.grid(["before", "fitted", "rows", "columns"], rows)]
    return lines


def _reference(one: FittedReference, paint: Paint) -> list[str]:
    data = f"{count(one.n_rows, 'row')} of {count(one.n_columns, 'column')}"
    facts = [("version", str(one.number)), ("data", f"{data}{_named(one.references)}")]
    if one.n_answers:
        facts += [("answers", count(one.n_answers, "row"))]
    if one.outcome:
        told = ", ".join(f"{name} {value:.4g}" for name, value in one.outcome.items())
        facts += [("outcome", told)]
    return paint.pairs(facts, indent="  ")


def _findings(findings: Sequence[Finding], paint: Paint) -> list[str]:
    if not findings:
        return [paint.style("green", "nothing is worth a look")]
    lines: list[str] = []
    for one in findings:
        lasts = "" if one.persists else ", for the first time"
        matters = ", important" if one.is_important else ""
        head = f"{one.severity}: {one.kind} in {one.subject}{matters}{lasts}"
        lines += paint.told(cell(head), STYLES[one.severity])
        facts = [("", one.says)]
        facts += [("harm", HARMS[one.harm])] if HARMS[one.harm] else []
        lines += paint.pairs(facts, indent="  ")
    return lines


def _numbers(columns: Sequence[ColumnLine], paint: Paint) -> list[str]:
    names = ["subject", "number", "threshold", "newest first"]
    rows = [[one.subject, one.metric, _number(one.threshold), _series(one)] for one in columns]
    return paint.grid(names, rows)


def _series(one: ColumnLine) -> str:
    pairs = list(zip(one.values, one.exceeded, strict=True))[::-1][:N_SHOWN]
    return " ".join(f"{_number(value)}{'!' * is_over}" for value, is_over in pairs)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _kinds(findings: Iterable[Finding]) -> str:
    return ", ".join(dict.fromkeys(f"{one.kind} ({one.subject})" for one in findings)) or "-"


def _named(references: Iterable[Reference]) -> str:
    names = ", ".join(f"{one.dataset}@{one.number}" for one in references)
    return f" from {names}" if names else ""


def _span(span: Span) -> str:
    return f"{_day(span.since)} to {_day(span.until)}, {count(span.n_rows, 'row')}"


def _day(moment: datetime) -> str:
    return (
        f"{moment:%Y-%m-%d}" if not (moment.hour or moment.minute) else f"{moment:%Y-%m-%d %H:%M}"
    )
