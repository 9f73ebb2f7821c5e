"""Runs a monitor: looks at every window that nobody looked at yet, and keeps what was seen.

A window is looked at again when labels of its rows came late. All windows of a run are stored
together with its event. The policy is asked about those before the newest first, so that a run that
is killed looks at them again; and then about the newest one, also if a run before stored it and
went away. What was done about a window is not done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now, parse, render, span
from headgate.monitor import queries
from headgate.monitor.kept import Counts, Glance, KeptWindow, blob_key
from headgate.monitor.looking import Before, eye_of, look
from headgate.monitor.reference import Window
from headgate.monitor.referencing import current
from headgate.monitor.telling import acted_on, done_about, escalated, report, with_earlier
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
    from headgate.monitor.nouns import MonitorReport
    from headgate.monitor.watching import Watch
    from headgate.spine.context import Context


def run(
    context: Context, monitor: Monitor, *, since: str | None = None, until: str | None = None
) -> MonitorReport:
    """Look at the windows that are complete and were not looked at yet.

    Args:
        context: the project.
        monitor: its file.
        since: from when on; windows that were looked at are looked at again, the newest of these is
            reported, and nothing is done about those that are past.
        until: no window ends after this; now if nothing is said.

    Raises:
        NotFound: what is watched is not there, or no window is complete yet.
        Invalid: the reference has nothing that could be watched, or since is not before until.
    """
    watch = watch_of(context, monitor)
    reference = current(watch, monitor)
    eye = eye_of(watch, monitor, reference)
    with context.catalog.read() as connection:
        known = queries.glances(connection, context.tenant, monitor.monitor)
    began = _moment(context, known if since else ())
    seen = looked(eye, _wanted(eye, known, since, parse(until) if until else now()), known)
    newest = max(
        [*(one.since for one in known), *(one.span.since for one, _ in seen)], default=None
    )
    past = [one for one, _ in seen if one.span.since != newest]
    done = acted_on(context, monitor, reference, past) if known and since is None else {}
    if seen:
        kept = [(done_about(one, done), counts) for one, counts in seen]
        _keep(context, monitor, kept, began)
    if seen and (since is not None or seen[-1][0].span.since == newest):
        window, counts = seen[-1]
        told = report(monitor, reference, window, counts.window)
    else:
        told = stored(context, monitor, reference)
    told = with_earlier(told, [one for one, _ in seen], done)
    return escalated(context, monitor, told) if told.window.since == newest else told


def _wanted(eye: Eye, known: Sequence[Glance], since: str | None, end: datetime) -> list[Stretch]:
    """List the windows to look at: from a moment on, or what is new and what labels came for.

    Raises:
        Invalid: since is not before the end.
        NotFound: no window is complete between the two.
    """
    if since is None:
        fresh = stretches(eye.watch, eye.monitor, frontier(eye.reference, known), end)
        return merged(fresh, late(eye.watch, _open(known, eye.monitor, end)))
    begin = parse(since)
    if begin >= end:
        raise Invalid("the windows end before they begin", mend="give --since before --until")
    wanted = list(stretches(eye.watch, eye.monitor, begin, end))
    if not wanted:
        raise NotFound(
            f"no window of {eye.monitor.monitor} is complete from {render(begin)} to {render(end)}",
            mend=f"give --since and --until {_length(eye.monitor)} apart or more",
        )
    return wanted


def _moment(context: Context, known: Sequence[Glance]) -> datetime:
    """Return from when on what comes is late, so that the next run finds it.

    It is taken before anything is read; whoever looks back leaves it where it was.

    Args:
        context: the project.
        known: windows that were looked at; none if nobody looks back.
    """
    if known:
        return max(one.looked_at for one in known)
    with Work(context) as work:
        return take_moment(work.connection, context.tenant)


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
