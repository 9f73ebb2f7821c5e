"""The page of a backtest: which alerts there would have been, on a line of windows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import counted, day, document, facts, heading, sentence
from headgate.surfaces.pages.findings import findings, said
from headgate.surfaces.pages.history import kinds, numbers
from headgate.surfaces.pages.strip import Stop, strip

if TYPE_CHECKING:
    from headgate.monitor.requests import Backtest, Call


def draw(report: Backtest) -> str:
    """Draw what a monitor would have done."""
    tickets, pages = (
        counted(report.n_tickets, "ticket") if report.n_tickets else "no ticket",
        counted(report.n_pages, "page") if report.n_pages else "no page",
    )
    verdict = f"{tickets} and {pages} in {counted(report.n_windows, 'window')}"
    shift = report.smallest_shift
    about = facts(
        [
            ("windows", f"{day(report.since)} to {day(report.until)} UTC"),
            ("tickets", _budget(report.n_tickets, report.tickets)),
            ("pages", _budget(report.n_pages, report.pages)),
            ("sees", shift and f"a mean moved by {shift:.2f} standard deviations, or more"),
        ]
    )
    parts = [*heading(f"backtest of {report.monitor}", sentence(verdict)), about]
    parts += ["<h2>Windows</h2>", strip(_stops(report))]
    parts += numbers(report.columns, report.spans)
    for call in report.calls:
        parts += _called(call)
    return document(f"{report.monitor}: backtest", parts)


def _called(call: Call) -> list[str]:
    """Return what a window asked for, and why; figures stand with the findings only."""
    why = call.why
    for one in call.findings:
        why = why.replace(f" ({said(one)[1]})", "")
    head = f"{day(call.span.since)}: {call.action.replace('_', ' ')}"
    return [
        f"<h2>{escape(head)}</h2>",
        f'<p class="muted">{escape(sentence(why))}</p>',
        findings(call.findings),
    ]


def _stops(report: Backtest) -> list[Stop]:
    """Return every window with what it asked for; most asked for nothing."""
    calls = {call.span: call for call in report.calls}
    return [_stop(calls[span]) if span in calls else Stop(span, "log") for span in report.spans]


def _stop(call: Call) -> Stop:
    return Stop(call.span, call.action, kinds(call.findings))


def _budget(n: int, most: float) -> str:
    kept = "within" if n <= most else "more than"
    return f"{n:,}, {kept} the budget of {most:g}"
