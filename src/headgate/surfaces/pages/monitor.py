"""The page of a monitor: the verdict, each finding with its picture, then every number."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages import findings
from headgate.surfaces.pages.beside import usual_legend
from headgate.surfaces.pages.document import (
    cards,
    chips,
    counted,
    day,
    document,
    facts,
    heading,
    sentence,
)

if TYPE_CHECKING:
    from headgate.monitor.nouns import Decision, MonitorReport
    from headgate.spine.ports import Reference


def draw(report: MonitorReport) -> str:
    """Draw what a monitor saw in a window."""
    title = f"{report.monitor}: {report.target}"
    parts = [*heading(f"monitor {report.monitor}", _head(report)), *_told(report), about(report)]
    parts += seen(report, "Columns as usual", findings.USUAL)
    parts += ["<h2>Every number</h2>", findings.numbers(report.measured)]
    return document(title, parts)


def seen(report: MonitorReport, usual: str, sides: findings.Sides) -> list[str]:
    """Return findings with their pictures, those before, and all other columns.

    Args:
        report: what was seen.
        usual: heading of the columns without a finding.
        sides: what reference and window are called.
    """
    drawn = {one.column: one for one in report.distributions}
    told = usual_legend(sides.before, sides.now)
    parts: list[str] = []
    if report.findings:
        found = [findings.finding(one, drawn.get(one.subject), sides) for one in report.findings]
        parts += [
            "<h2>Findings</h2>",
            usual_legend(sides.before, sides.now) if drawn else "",
            cards(found),
        ]
    for past in report.earlier:
        parts.append(f"<h2>Earlier: {day(past.window.since)}</h2>")
        parts += [_asked(past.action)] if past.action is not None else []
        parts.append(findings.findings(past.findings))
    names = {one.subject for one in report.findings}
    quiet = [one for name, one in drawn.items() if name not in names]
    return [*parts, *findings.columns(quiet, usual, sides, "" if report.findings else told)]


def about(report: MonitorReport, sides: findings.Sides = findings.USUAL) -> str:
    """Return which window was looked at, beside which reference."""
    window = report.window
    sampled = ", a sample" if report.is_partial else ""
    shift = report.smallest_shift
    span = f"{day(window.since)} to {day(window.until)} UTC"
    return facts(
        [
            ("watches", report.target),
            ("window", f"{span}, {counted(window.n_rows, 'row')}{sampled}"),
            (sides.before, "; ".join(_reference(one) for one in report.references)),
            ("rows of it", f"{report.reference_n:,}"),
            ("sees", shift and f"a mean moved by {shift:.2f} standard deviations, or more"),
            ("limits", "; ".join(report.limits)),
        ]
    )


def _head(report: MonitorReport) -> str:
    if report.findings:
        return sentence(findings.verdict(report.findings))
    if report.earlier:
        return f"Well now; {len(report.earlier):,} of {report.n_windows:,} windows before were not"
    return "Nothing to see to"


def _told(report: MonitorReport) -> list[str]:
    action = report.action
    why = f"<p>{escape(sentence(action.why))}</p>"
    if not report.findings:
        return [why]
    also = (one.replace("_", " ") for one in action.also)
    return [_asked(action), chips([*action.subjects, *also])]


def _asked(decision: Decision) -> str:
    action = escape(decision.action.replace("_", " "))
    return f"<p>To do: <b>{action}</b>. {escape(sentence(decision.why))}</p>"


def _reference(one: Reference) -> str:
    return " ← ".join([*one.path, f"{one.dataset}@{one.number}"])
