"""The page of a monitor: the verdict, each finding with its picture, then every number."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages.charts import distribution
from headgate.surfaces.pages.document import (
    MARKS,
    card,
    chips,
    document,
    facts,
    grid,
    share,
)

if TYPE_CHECKING:
    from headgate.monitor.nouns import Distribution, Finding, Measured, MonitorReport
    from headgate.spine.ports import Reference

MOST_QUIET = 60
"""Columns without a finding that are drawn."""

HARM = {
    "harmful": "the model answers worse",
    "different": "different, not harmful",
    "unknown": "harm not known",
}


def draw(report: MonitorReport) -> str:
    """Draw what a monitor saw in a window."""
    title = f"{report.monitor}: {report.target}"
    drawn = {one.column: one for one in report.distributions}
    parts = [*_verdict(report), _about(report)]
    if report.findings:
        cards = "".join(_finding(one, drawn.get(one.subject)) for one in report.findings)
        parts += ["<h2>Findings</h2>", f'<div class="cards">{cards}</div>']
    for past in report.earlier:
        cards = "".join(_finding(one, None) for one in past.findings)
        when = past.window.since.strftime("%Y-%m-%d %H:%M")
        parts += [f"<h2>Earlier: {when}</h2>", f'<div class="cards">{cards}</div>']
    found = {one.subject for one in report.findings}
    quiet = [one for name, one in drawn.items() if name not in found and _is_there(one)]
    parts += [*_quiet(quiet), "<h2>Every number</h2>", _numbers(report)]
    parts.append(
        "<footer>Shaded: where windows of this size lie without drift. Dashed: the reference. "
        "Line: this window, in colour where it lies outside.</footer>"
    )
    return document(title, parts)


def _quiet(columns: list[Distribution]) -> list[str]:
    if not columns:
        return []
    cards = "".join(_column(one) for one in columns[:MOST_QUIET])
    parts = ["<h2>Columns as usual</h2>", f'<div class="cards">{cards}</div>']
    more = len(columns) - MOST_QUIET
    return [*parts, f'<p class="muted">{more} more are not drawn</p>'] if more > 0 else parts


def _verdict(report: MonitorReport) -> list[str]:
    n = len(report.findings)
    if not n and report.earlier:
        n_loud = len(report.earlier)
        head = f"Well now; {n_loud} of {report.n_windows} windows before were not"
        return [f"<h1>{head}</h1>", f"<p>{escape(report.action.why)}</p>"]
    if not n:
        return ["<h1>Nothing to see to</h1>", f"<p>{escape(report.action.why)}</p>"]
    worst = report.findings[0]
    more = f", and {n - 1} more" if n > 1 else ""
    action = escape(report.action.action.replace("_", " "))
    return [
        f"<h1>{escape(_sentence(worst.says))}{more}</h1>",
        f"<p>To do: <b>{action}</b>. {escape(_sentence(report.action.why))}</p>",
        chips([*report.action.subjects, *(one.replace("_", " ") for one in report.action.also)]),
    ]


def _about(report: MonitorReport) -> str:
    window = report.window
    since, until = (moment.strftime("%Y-%m-%d %H:%M") for moment in (window.since, window.until))
    sampled = ", a sample" if report.is_partial else ""
    shift = report.smallest_shift
    return facts(
        [
            ("monitor", report.monitor),
            ("watches", report.target),
            ("window", f"{since} to {until} UTC, {window.n_rows:,} rows{sampled}"),
            ("reference", "; ".join(_reference(one) for one in report.references)),
            ("rows of it", f"{report.reference_n:,}"),
            ("sees", shift and f"a mean moved by {shift:.2f} standard deviations, or more"),
            ("limits", "; ".join(report.limits)),
        ]
    )


def _reference(one: Reference) -> str:
    return " ← ".join([*one.path, f"{one.dataset}@{one.number}"])


def _finding(one: Finding, drawn: Distribution | None) -> str:
    mark = MARKS[one.severity]
    words = [
        one.kind,
        HARM[one.harm],
        "important" if one.is_important else "",
        "2 of 3 windows" if one.persists else "first seen",
    ]
    head = f'<p><span class="off">{mark} {one.severity}</span>: {escape(one.says)}</p>'
    picture = distribution(drawn) if drawn is not None else ""
    return card(one.subject, head, chips(words), picture)


def _is_there(one: Distribution) -> bool:
    return min(one.missing, one.missing_before) < 1


def _column(one: Distribution) -> str:
    missing = one.missing or one.missing_before
    told = f"missing {share(one.missing)}, before {share(one.missing_before)}" if missing else ""
    return card(one.column, f'<p class="muted">{told}</p>' if told else "", distribution(one))


def _numbers(report: MonitorReport) -> str:
    names = ["subject", "check", "metric", "slice", "value", "threshold", "before", "n", "is"]
    rows = [
        [
            one.subject,
            one.check.replace("_", " "),
            one.metric,
            one.slice_ or None,
            one.value,
            one.threshold,
            one.before,
            one.n,
            _state(one),
        ]
        for one in sorted(report.measured, key=lambda one: not one.is_exceeded)
    ]
    return grid(names, rows)


def _state(one: Measured) -> str:
    words = ["worth a look" if one.is_exceeded else "as usual"]
    words += ["estimated"] if one.is_estimated else []
    return ", ".join(words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
