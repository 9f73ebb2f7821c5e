"""Tries a monitor on days of the past, writing nothing: which alerts there would have been."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from headgate.core.errors import NotFound
from headgate.monitor.kept import KeptWindow
from headgate.monitor.listing import columns_of
from headgate.monitor.looking import eye_of
from headgate.monitor.referencing import newest, said_of, unkept
from headgate.monitor.requests import Backtest, Call
from headgate.monitor.running import looked
from headgate.monitor.tiers import tier_of
from headgate.monitor.watching import stretches, watch_of
from headgate.monitor.windows import floored

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.monitor.baseline import Baseline
    from headgate.monitor.documents import Monitor
    from headgate.monitor.kept import FittedReference
    from headgate.monitor.policies.nouns import Policy
    from headgate.monitor.watching import Watch
    from headgate.spine.context import Context


def backtest(context: Context, monitor: Monitor, days: int, until: datetime | None) -> Backtest:
    """Look at every window of some days, each beside those before it.

    Args:
        context: the project.
        monitor: its file.
        days: how many [count].
        until: when they end; with the newest row if nothing is said.

    Raises:
        NotFound: what is watched is not there, or no window of it is complete.
        Invalid: the reference has nothing that could be watched.
    """
    watch = watch_of(context, monitor)
    span = watch.span()
    if span is None:
        raise NotFound(f"nothing came from {monitor.watch} yet", mend="try again when it has")
    ends = until or _end(span[1], monitor)
    eye = eye_of(watch, monitor, _reference(watch, monitor))
    since = span[0] if ends - span[0] <= timedelta(days=days) else ends - timedelta(days=days)
    seen = [window for window, _ in looked(eye, list(stretches(watch, monitor, since, ends)), ())]
    if not seen:
        raise NotFound(
            f"no window of {monitor.watch} is complete in these {days} days",
            mend="give more --days, or another --until",
        )
    alerts = counted(seen, eye.policy)
    shifts = [one.smallest_shift for one in seen if one.smallest_shift is not None]
    budget = monitor.budget
    return Backtest(
        monitor=monitor.monitor,
        since=seen[0].span.since,
        until=seen[-1].span.until,
        n_windows=len(seen),
        n_pages=alerts["page"],
        n_tickets=alerts["ticket"],
        pages=budget.pages * days / budget.days,
        tickets=budget.tickets * days / budget.days,
        calls=tuple(_call(one, eye.policy) for one in seen if one.decision.action != "log"),
        smallest_shift=max(shifts) if shifts else None,
        spans=tuple(one.span for one in seen),
        columns=tuple(one for one in columns_of(seen) if any(one.exceeded)),
    )


def counted(windows: Iterable[KeptWindow], policy: Policy) -> dict[str, int]:
    """Count alerts: one for each subject, from when it is told until a window is well again.

    Args:
        windows: the oldest first.
        policy: says how loud findings are.
    """
    found = {"page": 0, "ticket": 0}
    open_now: dict[str, str] = {}
    for window in windows:
        subjects = {one.subject for one in window.findings}
        open_now = {name: tier for name, tier in open_now.items() if name in subjects}
        for one in window.findings:
            tier = tier_of(one, policy)[0]
            is_louder = open_now.get(one.subject) != "page" and tier != open_now.get(one.subject)
            if tier != "log" and is_louder:
                open_now[one.subject] = tier
                found[tier] += 1
    return found


def _end(last: datetime, monitor: Monitor) -> datetime:
    length = monitor.length
    return last if length is None else floored(last, length) + length


def _reference(watch: Watch, monitor: Monitor) -> tuple[FittedReference, Baseline]:
    """Take the reference that is kept, or fit one that is not kept."""
    kept = newest(watch.context, monitor)
    return kept if kept is not None and kept[0].said == said_of(monitor) else unkept(watch, monitor)


def _call(window: KeptWindow, policy: Policy) -> Call:
    loud = tuple(one for one in window.findings if tier_of(one, policy)[0] != "log")
    decision = window.decision
    return Call(span=window.span, action=decision.action, why=decision.why, findings=loud)
