"""Runs a monitor: looks at every window that nobody looked at yet, and keeps what was seen.

A window is looked at again when labels of its rows came late. All windows of a run are stored
together with its event. Then the policy is asked about the newest one, also if a run before stored
it and went away: what was done about it is not done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now, parse, render, span
from headgate.monitor import queries
from headgate.monitor.distributions import distributions
from headgate.monitor.escalations.acting import Said, act
from headgate.monitor.kept import Counts, Glance, KeptWindow, blob_key
from headgate.monitor.limits import limits_of
from headgate.monitor.looking import Before, eye_of, look
from headgate.monitor.nouns import Earlier, MonitorReport
from headgate.monitor.policies.nouns import Past
from headgate.monitor.reference import Window
from headgate.monitor.referencing import current
from headgate.monitor.watching import stretches, watch_of
from headgate.monitor.windows import Stretch
from headgate.spine.context import Step
from headgate.spine.store.moments import take_moment
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.monitor.baseline import Baseline
    from headgate.monitor.documents import Monitor
    from headgate.monitor.kept import FittedReference
    from headgate.monitor.looking import Eye
    from headgate.monitor.watching import Watch
    from headgate.spine.context import Context

WORTH = frozenset({"critical", "error", "warning"})
"""Severities that make a run end with findings."""


def run(
    context: Context, monitor: Monitor, *, since: str | None = None, until: str | None = None
) -> MonitorReport:
    """Look at the windows that are complete and were not looked at yet.

    Args:
        context: the project.
        monitor: its file.
        since: from when on; windows that were looked at are looked at again, and so are earlier
            ones of which labels came late.
        until: no window ends after this; now if nothing is said.

    Raises:
        NotFound: what is watched is not there, or no window is complete yet.
        Invalid: the reference has nothing that could be watched, or since is not before until.
    """
    watch = watch_of(context, monitor)
    reference = current(watch, monitor)
    eye = eye_of(watch, monitor, reference)
    # before anything is read: what comes from now on is late, and the next run finds it
    with Work(context) as work:
        began = take_moment(work.connection, context.tenant)
    with context.catalog.read() as connection:
        known = queries.glances(connection, context.tenant, monitor.monitor)
    end = parse(until) if until else now()
    begin = parse(since) if since else frontier(reference[0], known)
    if since is not None and begin is not None and begin >= end:
        raise Invalid("the windows end before they begin", mend="give --since before --until")
    fresh = stretches(watch, monitor, begin, end)
    wanted = merged(fresh, late(watch, _open(known, monitor, end)))
    seen = looked(eye, wanted, known)
    if seen:
        _keep(context, monitor, seen, began)
        window, counts = seen[-1]
        if not known or window.span.since >= known[-1].since:
            told = report(monitor, reference, window, counts.window)
            return escalated(context, monitor, _with_earlier(told, [one for one, _ in seen[:-1]]))
    return escalated(context, monitor, stored(context, monitor, reference))


def _with_earlier(told: MonitorReport, windows: Sequence[KeptWindow]) -> MonitorReport:
    """Tell beside the newest window what the others of a run had, where it is worth a look."""
    loud = [
        Earlier(one.span, found)
        for one in windows
        if (found := tuple(each for each in one.findings if each.severity in WORTH))
    ]
    return msgspec.structs.replace(
        told,
        n_windows=len(windows) + 1,
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
    with context.catalog.read() as connection:
        before = queries.findings_before(
            connection, context.tenant, monitor.monitor, seen.window.since
        )
    windows = [Past(span, findings) for span, findings in before]
    said = Said(monitor.notify, monitor.owner, monitor.policy)
    acted = act(context, seen, windows=windows, said=said)
    return msgspec.structs.replace(seen, action=acted.decision)


def stored(
    context: Context, monitor: Monitor, reference: tuple[FittedReference, Baseline]
) -> MonitorReport:
    """Report the newest window as it was kept.

    Raises:
        NotFound: none was looked at yet.
    """
    with context.catalog.read() as connection:
        found = queries.windows(connection, context.tenant, monitor.monitor, limit=1)
    if not found:
        raise NotFound(
            f"{monitor.monitor} has no complete window yet",
            mend=f"wait until one of {_length(monitor)} has passed, or say until when with --until",
        )
    return report(monitor, reference, found[0], counts_at(context, found[0].counts).window)


def frontier(reference: FittedReference, known: Sequence[Glance]) -> datetime | None:
    """Say from where on nobody looked yet; windows without rows after all others do not count."""
    with_rows = [one.until for one in known if one.n_rows]
    return max(with_rows) if with_rows else reference.after


def late(watch: Watch, known: Sequence[Glance]) -> list[Stretch]:
    """List the windows that were looked at before all labels of their rows had come."""
    if not known:
        return []
    moments = watch.late(max(one.looked_at for one in known))
    return [
        Stretch(one.since, one.until)
        for one in known
        if any(one.since <= at < one.until for at in moments)
    ]


def _open(known: Sequence[Glance], monitor: Monitor, end: datetime) -> list[Glance]:
    """List the windows whose labels may still come."""
    delay = monitor.labels.delay
    return [one for one in known if delay is None or end - one.until <= span(delay)]


def merged(fresh: Iterable[Stretch], again: Iterable[Stretch]) -> list[Stretch]:
    """Put windows in order, each once."""
    return sorted({*fresh, *again})


def looked(
    eye: Eye, wanted: Sequence[Stretch], known: Sequence[Glance]
) -> list[tuple[KeptWindow, Counts]]:
    """Look at windows, each beside those before it.

    Args:
        eye: what to look with.
        wanted: which, the oldest first.
        known: those that were looked at before, the oldest first.

    Returns:
        What was seen, with its counts.
    """
    glances = {one.since: one for one in known}
    found: list[tuple[KeptWindow, Counts]] = []
    states: dict[datetime, dict[str, bytes]] = {}
    progress = eye.watch.context.progress
    for place, stretch in enumerate(wanted):
        progress(Step(eye.monitor.monitor, place, len(wanted), unit="windows"))
        before = sorted(
            (one for one in glances.values() if one.since < stretch.since),
            key=lambda one: one.since,
        )
        state = _state(eye, before[-1], states) if before else {}
        window, counts = look(eye, stretch, Before(before[-queries.N_TRAILING :], state))
        found.append((window, counts))
        states[stretch.since] = counts.carried
        glances[stretch.since] = glance_of(window)
    return found


def counts_at(context: Context, key: str) -> Counts:
    """Read what is stored of a window."""
    return msgspec.msgpack.decode(context.blobs.get(key), type=Counts)


def _state(
    eye: Eye, before: Glance, states: Mapping[datetime, dict[str, bytes]]
) -> dict[str, bytes]:
    """Return what checks remember of the window before, if it was held against this reference."""
    if before.since in states:
        return states[before.since]
    is_carrying = any(check.carry for check, _, _ in eye.checks.values())
    if not is_carrying or before.reference != eye.reference.number:
        return {}
    return counts_at(eye.watch.context, before.counts).carried


def glance_of(window: KeptWindow) -> Glance:
    """Take of a window what later ones are judged by."""
    span = window.span
    return Glance(
        since=span.since,
        until=span.until,
        n_rows=span.n_rows,
        exceeded=frozenset(window.exceeded),
        looked_at=window.looked_at,
        reference=window.reference,
        counts=window.counts,
    )


def report(
    monitor: Monitor,
    reference: tuple[FittedReference, Baseline],
    window: KeptWindow,
    counts: Window,
) -> MonitorReport:
    """Say what was seen in a window.

    Args:
        monitor: its file.
        reference: what it is held against now.
        window: the window.
        counts: of its columns.
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
        distributions=distributions(baseline, counts, subjects),
        smallest_shift=window.smallest_shift,
        is_partial=window.n_looked < window.span.n_rows,
        limits=tuple(limits_of(monitor, window, baseline.fitted)),
        has_findings=any(one.severity in WORTH for one in window.findings),
    )


def _keep(
    context: Context, monitor: Monitor, seen: Sequence[tuple[KeptWindow, Counts]], began: datetime
) -> None:
    """Store windows with their counts and the moment their run began, and record the run."""
    stored = [_stored(context, window, counts) for window, counts in seen]
    kept = [msgspec.structs.replace(one, looked_at=began) for one in stored]
    context.blobs.settle()
    newest = kept[-1]
    with Work(context) as work:
        work.require(*(one.counts for one in kept))
        for window in kept:
            queries.put_window(work.connection, context.tenant, monitor.monitor, window)
        facts: dict[str, object] = {
            "windows": len(kept),
            "since": render(kept[0].span.since),
            "until": render(newest.span.until),
            "reference": newest.reference,
            "n_findings": sum(len(one.findings) for one in kept),
        }
        work.record("monitor_run", f"monitor:{monitor.monitor}", facts)


def _stored(context: Context, window: KeptWindow, counts: Counts) -> KeptWindow:
    """Store the counts of a window, without what only its own distances needed."""
    lean = {
        name: msgspec.structs.replace(one, depths=()) if hasattr(one, "depths") else one
        for name, one in counts.window.columns.items()
    }
    data = msgspec.msgpack.encode(Counts(Window(lean), counts.carried))
    key = blob_key(data)
    context.blobs.put(key, data)
    return msgspec.structs.replace(window, counts=key)


def _length(monitor: Monitor) -> str:
    window = monitor.window
    return window if isinstance(window, str) else f"{window.rows} rows"
