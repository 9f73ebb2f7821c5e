"""Tells what a run saw, and asks the policy about it: of each window that came new or with labels.

Who is told of the newest window alone never hears of what labels say, for they come late, nor of
the days a scheduler was away. Windows of a first run are history: they are told of, and nothing is
done about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from headgate.monitor import queries
from headgate.monitor.distributions import distributions
from headgate.monitor.escalations.acting import Said, act
from headgate.monitor.limits import limits_of
from headgate.monitor.nouns import Decision, Earlier, MonitorReport
from headgate.monitor.policies.nouns import Past

if TYPE_CHECKING:
    from headgate.monitor.baseline import Baseline
    from headgate.monitor.documents import Monitor
    from headgate.monitor.escalations.acting import Acted
    from headgate.monitor.kept import FittedReference, KeptWindow
    from headgate.monitor.reference import Window
    from headgate.spine.context import Context

WORTH = frozenset({"critical", "error", "warning"})
"""Severities that make a run end with findings."""


def report(
    monitor: Monitor,
    reference: tuple[FittedReference, Baseline],
    window: KeptWindow,
    counts: Window | None,
) -> MonitorReport:
    """Say what was seen in a window.

    Args:
        monitor: its file.
        reference: what it is held against now.
        window: the window.
        counts: of its columns; nothing where they are not to be drawn.
    """
    fitted, baseline = reference
    subjects = [one.subject for one in window.findings]
    return MonitorReport(
        monitor=monitor.monitor,
        target=monitor.watch,
        window=window.span,
        references=fitted.references,
        reference_n=fitted.n_rows,
        findings=window.findings,
        action=window.decision,
        measured=window.measured,
        distributions=distributions(baseline, counts, subjects) if counts else (),
        smallest_shift=window.smallest_shift,
        is_partial=window.n_looked < window.span.n_rows,
        limits=tuple(limits_of(monitor, window, baseline.fitted)),
        has_findings=any(one.severity in WORTH for one in window.findings),
    )


def with_earlier(
    told: MonitorReport, windows: Sequence[KeptWindow], done: Mapping[datetime, Acted]
) -> MonitorReport:
    """Tell beside a window what the others of a run had, where it is worth a look.

    Args:
        told: the report of the window.
        windows: that the run looked at, the oldest first.
        done: what was done about some of them, by when they began.
    """
    others = [one for one in windows if one.span.since != told.window.since]
    loud = [
        Earlier(one.span, found, _decision(done.get(one.span.since)))
        for one in others
        if (found := tuple(each for each in one.findings if each.severity in WORTH))
    ]
    return msgspec.structs.replace(
        told,
        n_windows=len(others) + 1,
        earlier=tuple(loud),
        has_findings=told.has_findings or bool(loud),
    )


def escalated(context: Context, monitor: Monitor, seen: MonitorReport) -> MonitorReport:
    """Do about a window what the policy says, and report that.

    Args:
        context: the project.
        monitor: its file; its `notify` hears of what a rule names nobody for.
        seen: what was seen.
    """
    before = _before(context, monitor, seen.window.since)
    acted = act(context, seen, windows=list(before.values()), said=_said(monitor))
    return msgspec.structs.replace(seen, action=acted.decision)


def acted_on(
    context: Context,
    monitor: Monitor,
    reference: tuple[FittedReference, Baseline],
    windows: Sequence[KeptWindow],
) -> dict[datetime, Acted]:
    """Do about windows that are not stored yet what the policy says of each.

    Args:
        context: the project.
        monitor: its file.
        reference: what they were held against.
        windows: the oldest first.

    Returns:
        What was done, by when a window began.
    """
    done: dict[datetime, Acted] = {}
    for place, window in enumerate(windows):
        since = window.span.since
        before = _before(context, monitor, since)
        before |= {one.span.since: Past(one.span, one.findings) for one in windows[:place]}
        past = [before[at] for at in sorted(before)]
        told = report(monitor, reference, window, None)
        done[since] = act(context, told, windows=past, said=_said(monitor))
    return done


def done_about(window: KeptWindow, done: Mapping[datetime, Acted]) -> KeptWindow:
    """Return a window with what was decided about it, where something was done."""
    acted = done.get(window.span.since)
    if acted is None or not acted.escalations:
        return window
    return msgspec.structs.replace(window, decision=acted.decision)


def _decision(acted: Acted | None) -> Decision | None:
    return None if acted is None else acted.decision


def _said(monitor: Monitor) -> Said:
    return Said(monitor.notify, monitor.owner, monitor.policy)


def _before(context: Context, monitor: Monitor, since: datetime) -> dict[datetime, Past]:
    """Return the windows before a moment that are stored, by when they began."""
    with context.catalog.read() as connection:
        found = queries.findings_before(connection, context.tenant, monitor.monitor, since)
    return {span.since: Past(span, findings) for span, findings in found}
