"""Writes what people are told: what was found, what is known, what to do; no value of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blake3 import blake3

from headgate.core.times import render
from headgate.monitor.policies.deciding import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.nouns import MonitorReport
    from headgate.monitor.policies.nouns import Deed

N_SHOWN = 3
"""Subjects that a title names [count]."""


def message_of(
    report: MonitorReport, deed: Deed, name: str, beside: Sequence[str]
) -> dict[str, Any]:
    """Say what is told about a deed.

    Args:
        report: what was found.
        deed: a ticket or a page.
        name: the escalation's id.
        beside: ids of what else was decided.
    """
    subjects = ", ".join(deed.subjects[:N_SHOWN])
    more = len(deed.subjects) - N_SHOWN
    digest = blake3("\n".join((deed.rule, *deed.subjects)).encode()).hexdigest()[:12]
    details = {"monitor": report.monitor, "watches": report.target, "rule": deed.rule}
    details |= {"since": render(report.window.since), "until": render(report.window.until)}
    return {
        "key": f"monitor/{report.monitor}/{deed.action}/{digest}",
        "title": f"{report.monitor}: {deed.rule}: {subjects}" + (f" and {more} more" * (more > 0)),
        "body": "\n".join(_lines(report, deed, name, beside)),
        "to": None if deed.to is None else list(deed.to),
        "details": details,
    }


def _lines(report: MonitorReport, deed: Deed, name: str, beside: Sequence[str]) -> list[str]:
    window = report.window
    ends = f"{window.since:%Y-%m-%d %H:%M} to {window.until:%Y-%m-%d %H:%M} UTC"
    lines = [f"{report.target}, {ends}, {window.n_rows:,} rows"]
    lines += [
        f"- {told(one)} ({one.severity}, {one.harm})"
        for one in report.findings
        if one.subject in deed.subjects
    ]
    lines += [f"{one['condition']}: {one['says']}" for one in deed.evidence.get("conditions", ())]
    lines += [f"Decided too: headgate escalation show {one}" for one in beside]
    return [*lines, f"See: headgate escalation show {name}"]
