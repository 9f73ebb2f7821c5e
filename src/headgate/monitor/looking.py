"""Looks at one window: counts it, makes every check, judges, and decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import HeadgateError, Unavailable
from headgate.core.times import now
from headgate.monitor import checking
from headgate.monitor.baseline import Baseline
from headgate.monitor.judging import discovered, exceeded, judged, share_of
from headgate.monitor.kept import Counts, Glance, KeptWindow
from headgate.monitor.nouns import Measured, Span
from headgate.monitor.policies.reading import policy_of
from headgate.monitor.reference import Window
from headgate.monitor.referencing import visible
from headgate.monitor.seen import Past, Seen, looked_at
from headgate.monitor.thresholds import smallest_shift
from headgate.monitor.tiers import decided

if TYPE_CHECKING:
    from headgate.monitor.documents import Monitor
    from headgate.monitor.kept import FittedReference
    from headgate.monitor.policies.nouns import Policy
    from headgate.monitor.watching import Stretch, Watch

N_HISTORY = 2
"""Windows before this one that say whether a finding lasts [count]."""


class Before(NamedTuple):
    """What was seen before a window.

    Args:
        windows: earlier windows, the oldest first.
        carried: what checks remember of the window before, as msgpack.
    """

    windows: Sequence[Glance] = ()
    carried: Mapping[str, bytes] = {}


class Eye(NamedTuple):
    """What every window of a monitor is looked at with.

    Args:
        watch: what is watched.
        monitor: its file.
        reference: which one.
        baseline: the reference, fitted.
        checks: by name, each with its settings and what it remembers of the reference.
        policy: says how loud findings are.
    """

    watch: Watch
    monitor: Monitor
    reference: FittedReference
    baseline: Baseline
    checks: Mapping[str, tuple[checking.Check, Any, Any]]
    policy: Policy


def eye_of(watch: Watch, monitor: Monitor, reference: tuple[FittedReference, Baseline]) -> Eye:
    """Make ready to look at windows: load the checks, and what they remember.

    Args:
        watch: what is watched.
        monitor: its file.
        reference: with what was fitted.
    """
    fitted, baseline = reference
    checks: dict[str, tuple[checking.Check, Any, Any]] = {}
    for name, (check, settings) in checking.wanted(watch.context.registry, monitor).items():
        if check.fit is None:
            checks[name] = check, settings, baseline
        elif name in baseline.fitted:
            remembered = msgspec.msgpack.decode(baseline.fitted[name], type=check.fitted)
            checks[name] = check, settings, remembered
    return Eye(
        watch, monitor, fitted, baseline, checks, policy_of(watch.context.root, monitor.policy)
    )


def look(
    eye: Eye, stretch: Stretch, before: Before, parts: Iterable[Any] | None = None
) -> tuple[KeptWindow, Counts]:
    """Look at a window.

    Args:
        eye: what to look with.
        stretch: which.
        before: what was seen before.
        parts: its rows, where they are read already.

    Returns:
        What was seen, its counts not stored yet, and the counts.
    """
    parts = eye.watch.rows(stretch) if parts is None else parts
    seen = see(eye, stretch, before.windows, parts)
    measured = tuple(discovered(measure(eye, seen, before.carried)))
    history = [one.exceeded for one in before.windows[-N_HISTORY:]]
    findings = judged(eye.baseline, seen, measured, history)
    window = KeptWindow(
        span=seen.span,
        reference=eye.reference.number,
        n_looked=seen.n_looked,
        smallest_shift=_smallest(eye.baseline.n, seen.n_looked),
        measured=measured,
        exceeded=tuple(sorted(exceeded(measured))),
        decision=decided(findings, eye.policy),
        findings=findings,
        looked_at=now(),
        counts="",
    )
    counts = Window(seen.data.columns | seen.answers.columns)
    return window, Counts(counts, carried(eye, seen, before.carried))


def see(eye: Eye, stretch: Stretch, before: Sequence[Glance], parts: Iterable[Any]) -> Seen:
    """Count the rows of a window."""
    monitor = eye.monitor
    sample = (monitor.sample.rows, monitor.sample.by) if monitor.sample else None
    tally, rows, n_rows = looked_at(parts, eye.baseline, sample)
    data, answers = tally.windows()
    length = monitor.length
    return Seen(
        span=Span(stretch.since, stretch.until, n_rows),
        data=data,
        answers=answers,
        types=tally.types,
        rows=rows,
        n_looked=tally.n_rows,
        newest_at=tally.newest_at,
        trailing=tuple(Past(one.since, one.n_rows) for one in before),
        share=share_of(monitor.budget, eye.baseline, length.total_seconds() if length else None),
        important=frozenset(monitor.columns.important),
        known=_known(eye, tally.types),
    )


def measure(eye: Eye, seen: Seen, state: Mapping[str, bytes]) -> list[Measured]:
    """Make every check; one that finds nothing to look at in this window says why."""
    found: list[Measured] = []
    for name, (check, settings, remembered) in eye.checks.items():
        if check.fit is None:
            found += check.function(remembered, seen, settings)
        elif seen.rows.num_rows:
            rows = visible(eye.monitor, seen.rows)
            found += _of_rows(check, _remembered(eye, name, state), rows, settings)
    return found


def carried(eye: Eye, seen: Seen, state: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make of a window what checks remember for the one that follows."""
    found = dict(state)
    for name, (check, settings, _) in eye.checks.items():
        if check.carry is not None and seen.rows.num_rows:
            try:
                rows = visible(eye.monitor, seen.rows)
                made = check.carry(_remembered(eye, name, state), rows, settings)
            except Unavailable:
                raise
            except HeadgateError:
                continue
            found[name] = msgspec.msgpack.encode(made)
    return found


def _remembered(eye: Eye, name: str, state: Mapping[str, bytes]) -> Any:
    check, _, fitted = eye.checks[name]
    return msgspec.msgpack.decode(state[name], type=check.fitted) if name in state else fitted


def _of_rows(check: checking.Check, remembered: Any, rows: Any, settings: Any) -> list[Measured]:
    try:
        return check.function(remembered, rows, settings)
    except Unavailable:
        raise
    except HeadgateError as error:
        name: Any = check.name
        why = {"why": error.message}
        return [Measured(check=name, subject="rows", metric="none", value=None, evidence=why)]


def _known(eye: Eye, types: Mapping[str, str]) -> frozenset[str]:
    """Name the columns that the monitor's file leaves out."""
    columns = eye.monitor.columns
    if not columns.include:
        return frozenset(columns.exclude)
    return frozenset(name for name in types if name not in columns.include)


def _smallest(n: int, m: int) -> float | None:
    return smallest_shift("wasserstein", n, m) if n and m else None
