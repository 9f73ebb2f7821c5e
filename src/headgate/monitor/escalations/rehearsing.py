"""Retells history by a policy: what would have been done about each window, against what was.

Windows and findings are those the monitor kept; nothing is looked at anew, nothing is done. What
would have been done about one window counts as done for those after it.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import NotFound
from headgate.monitor import queries as kept
from headgate.monitor.escalations import queries
from headgate.monitor.escalations.acting import louder_than_log
from headgate.monitor.escalations.reports import PolicyTested, Would
from headgate.monitor.files import files_of, named
from headgate.monitor.nouns import Decision, MonitorReport
from headgate.monitor.policies.deciding import resolve
from headgate.monitor.policies.facts import gather
from headgate.monitor.policies.nouns import History, Past, Taken
from headgate.monitor.policies.reading import policy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.escalations.reports import Escalation
    from headgate.monitor.kept import FittedReference, KeptWindow
    from headgate.monitor.policies.deciding import Resolution
    from headgate.monitor.policies.nouns import Deed, Policy
    from headgate.spine.context import Context

MOST = 10_000
"""Windows that are gone through [count]."""


class Kept(NamedTuple):
    """What a monitor kept: its windows, the oldest first, and what they were held against."""

    windows: list[KeptWindow]
    references: dict[int, FittedReference]


def rehearse(context: Context, monitor: str, days: int) -> PolicyTested:
    """Say what the policy would have done about the windows of some days, against what was done.

    Args:
        context: the project.
        monitor: its name.
        days: how far back from the newest window [days].

    Raises:
        NotFound: the monitor has looked at nothing yet.
        Invalid: the policy is broken.
    """
    policy = _policy_of(context, monitor)
    found = _kept(context, monitor, days)
    did = _done_in(context, monitor, found.windows)
    would: list[Would] = []
    lacking: Counter[str] = Counter()
    taken: list[Taken] = []
    for report, before in reports_of(monitor, found):
        resolution = _resolved(context, policy, report, before, taken)
        deeds = louder_than_log(resolution.deeds)
        would += [_would(report, one, did) for one in deeds]
        taken += [_taken(report, one) for one in deeds]
        lacking.update(_lacks(resolution))
    return PolicyTested(
        monitor=monitor,
        n_windows=len(found.windows),
        n_findings=sum(len(one.findings) for one in found.windows),
        would=tuple(would),
        did=tuple(one for one in did[::-1] if _is_alone(one, would)),
        counts=dict(Counter(one.action for one in would).most_common()),
        held_back=dict(lacking.most_common()),
    )


def _policy_of(context: Context, monitor: str) -> Policy:
    """Read the policy that a monitor goes by; the project's, if its file is gone."""
    is_there = monitor in files_of(context.root)
    said = named(context.root, monitor, context.registry).policy if is_there else None
    return policy_of(context.root, said)


def _done_in(context: Context, monitor: str, windows: Sequence[KeptWindow]) -> list[Escalation]:
    """List what was done about some windows, the newest first."""
    first, last = windows[0].span.since, windows[-1].span.until
    with context.catalog.read() as connection:
        did = queries.listed(connection, context.tenant, monitor)
    return [one for one in did if first <= one.since and one.until <= last]


def _lacks(resolution: Resolution) -> list[str]:
    """Say which rules lacked what."""
    held_back = resolution.held_back
    return [
        f"{one['rule']} lacks {each['condition']}" for one in held_back for each in one["lacks"]
    ]


def reports_of(monitor: str, found: Kept) -> list[tuple[MonitorReport, tuple[Past, ...]]]:
    """Make a report of each window that was kept, with the windows before it."""
    told: list[tuple[MonitorReport, tuple[Past, ...]]] = []
    for place, window in enumerate(found.windows):
        fitted = found.references.get(window.reference)
        before = found.windows[max(place - kept.N_BEFORE, 0) : place]
        report = MonitorReport(
            monitor=monitor,
            target=fitted.target if fitted else "",
            window=window.span,
            references=fitted.references if fitted else (),
            reference_n=fitted.n_rows if fitted else 0,
            findings=window.findings,
            action=Decision(action="log", why="", rule=""),
            measured=window.measured,
            has_findings=bool(window.findings),
        )
        told.append((report, past_of(before)))
    return told


def past_of(windows: Sequence[KeptWindow]) -> tuple[Past, ...]:
    """Return of windows what a decision about a later one stands on."""
    return tuple(Past(one.span, one.findings) for one in windows)


def _kept(context: Context, monitor: str, days: int) -> Kept:
    with context.catalog.read() as connection:
        windows = kept.windows(connection, context.tenant, monitor, limit=MOST)
        references = kept.references(connection, context.tenant, monitor)
    if not windows:
        raise NotFound(
            f"monitor {monitor} has looked at nothing yet",
            mend=f"run: headgate monitor run {monitor}",
        )
    begins = windows[0].span.until - timedelta(days=days)
    chosen = [one for one in reversed(windows) if one.span.since >= begins]
    return Kept(chosen or windows[:1], {one.number: one for one in references})


def _resolved(
    context: Context,
    policy: Policy,
    report: MonitorReport,
    before: tuple[Past, ...],
    taken: Sequence[Taken],
) -> Resolution:
    facts = gather(context, report, policy, before)
    history = History(at=report.window.until, taken=tuple(taken), windows=before)
    return resolve(report, facts, policy, history)


def _taken(report: MonitorReport, deed: Deed) -> Taken:
    return Taken(
        rule=deed.rule,
        action=deed.action,
        target=deed.target,
        subjects=deed.subjects,
        since=report.window.since,
        until=report.window.until,
        at=report.window.until,
    )


def _would(report: MonitorReport, deed: Deed, did: Sequence[Escalation]) -> Would:
    """Say what would have been done, and what was done about the same."""
    window = report.window
    alike = [
        one
        for one in did
        if (one.since, one.until, one.action) == (window.since, window.until, deed.action)
        and set(one.subjects) & set(deed.subjects)
    ]
    return Would(
        since=window.since,
        until=window.until,
        action=deed.action,
        target=deed.target,
        rule=deed.rule,
        mode=deed.mode,
        subjects=deed.subjects,
        why=deed.why,
        did=f"{alike[0].state} {alike[0].escalation_id}" if alike else "",
    )


def _is_alone(one: Escalation, would: Sequence[Would]) -> bool:
    """Say whether something was done that the policy would not have done."""
    return not any(each.did.endswith(one.escalation_id) for each in would)
