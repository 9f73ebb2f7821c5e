"""Tells a monitor's notifiers what is worth somebody's time, and when it is over.

There is one alert for each monitor and subject; it is told once and stays open until a window is
well again. What leaves the house names columns and numbers, never a value of a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headgate.core.messages import Message
from headgate.core.times import render
from headgate.monitor.tiers import tier_of
from headgate.spine.outbox import queries
from headgate.spine.outbox.writing import N_KEY, put, resolve

if TYPE_CHECKING:
    from headgate.core.messages import Severity
    from headgate.monitor.documents import Monitor
    from headgate.monitor.kept import KeptWindow
    from headgate.monitor.nouns import Finding
    from headgate.spine.context import Context
    from headgate.spine.work import Work


def key_of(monitor: str, subject: str) -> str:
    """Return the dedup key of what is told of a subject.

    >>> key_of("churn", "age")
    'monitor/churn/age'
    """
    return f"monitor/{monitor}/{subject}"[:N_KEY]


def tell(
    work: Work, context: Context, monitor: Monitor, window: KeptWindow, before: Sequence[str]
) -> list[str]:
    """Put alerts of the newest window into the outbox, and what is well again.

    Args:
        work: the unit that stores the window.
        context: the project.
        monitor: its file; nobody is told who does not stand in `notify`.
        window: the newest.
        before: subjects that were worth a look in windows before.

    Returns:
        The keys of what was told.
    """
    told = _told(work, context, monitor, window)
    seen = {one.subject for one in window.findings}
    well = [subject for subject in dict.fromkeys(before) if subject not in seen]
    return told + _resolved(work, context, monitor, well)


def _told(work: Work, context: Context, monitor: Monitor, window: KeptWindow) -> list[str]:
    """Tell the worst finding of each subject to those who have not heard of it."""
    loud: dict[str, Finding] = {}
    for one in window.findings:
        if tier_of(one)[0] != "log":
            loud.setdefault(one.subject, one)
    keys: list[str] = []
    for subject, finding in loud.items():
        key = key_of(monitor.monitor, subject)
        to = [name for name in monitor.notify if not _is_open(work, context, name, key)]
        if put(work, context, _alert(monitor, window, finding, key), to=to):
            keys.append(key)
    return keys


def _resolved(work: Work, context: Context, monitor: Monitor, well: Sequence[str]) -> list[str]:
    """Tell those who heard of a subject that it is over."""
    keys: list[str] = []
    for subject in well:
        key = key_of(monitor.monitor, subject)
        title = f"{monitor.monitor}: {subject} is as usual again"
        over = Message(kind="resolve", dedup_key=key, title=title, severity="info")
        if resolve(work, context, over, to=monitor.notify):
            keys.append(key)
    return keys


def _is_open(work: Work, context: Context, notifier: str, key: str) -> bool:
    return bool(queries.open_keys(work.connection, context.tenant, notifier, [key]))


def _alert(monitor: Monitor, window: KeptWindow, finding: Finding, key: str) -> Message:
    tier, rule = tier_of(finding)
    severity: Severity = finding.severity
    first = finding.measured[0]
    details = {
        "monitor": monitor.monitor,
        "watches": monitor.watch,
        "window": f"{render(window.span.since)} to {render(window.span.until)}",
        "kind": finding.kind,
        "asks for": tier,
        "rule": rule,
        "harm": finding.harm,
        "rows": str(window.span.n_rows),
        first.metric: "-" if first.value is None else f"{first.value:.4g}",
    }
    return Message(
        kind="trigger",
        dedup_key=key,
        title=f"{monitor.monitor}: {finding.kind} in {finding.subject}",
        body=f"see: headgate monitor show {monitor.monitor}",
        severity=severity,
        details=details | ({"owner": monitor.owner} if monitor.owner else {}),
    )
