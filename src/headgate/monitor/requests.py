"""What the verbs on monitors are asked and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from headgate.monitor.kept import FittedReference
from headgate.monitor.nouns import ActionName, Finding, Span
from headgate.spine.problems import Problem

Days = Annotated[int, Meta(ge=1, le=3660)]


class InitMonitor(msgspec.Struct, frozen=True):
    """Which monitor to make.

    Args:
        name: its name, and that of its file.
        watch: `deployment:NAME` or `dataset:NAME`; it has to be given.
        reference: what is normal: `lineage`, or a snapshot such as `orders@3`; found if not given.
        window: how long a window is, such as `1d`.
        time: the column that says when a row happened, of a dataset.
        owner: who answers for it.
        replace: write a file that is there anew.
        scheduled: write the pipeline that runs it by itself, too.
    """

    name: str
    watch: str = ""
    reference: str | None = None
    window: str = "1d"
    time: str | None = None
    owner: str = ""
    replace: bool = False
    scheduled: bool = False


class Choice(msgspec.Struct, frozen=True):
    """Something that was chosen for a monitor, and why.

    Args:
        key: where it stands in the file.
        value: what was chosen.
        why: in a sentence.
    """

    key: str
    value: str
    why: str


class MonitorMade(msgspec.Struct, frozen=True, kw_only=True):
    """A monitor that was made.

    Args:
        monitor: its name.
        path: its file.
        choices: what stands in it, and why.
        reference: what was fitted.
        schedule: a pipeline that runs it by itself.
        pipeline: the file that it was written to; nothing if it was not asked for.
    """

    monitor: str
    path: str
    choices: tuple[Choice, ...]
    reference: FittedReference
    schedule: str
    pipeline: str | None = None


class ListMonitors(msgspec.Struct, frozen=True, kw_only=True):
    """Which monitors to list: all of the project."""


class MonitorLine(msgspec.Struct, frozen=True, kw_only=True):
    """A monitor of the project.

    Args:
        name: its name.
        watches: what it watches.
        window: how long its windows are.
        owner: who answers for it.
        n_windows: windows that were looked at [count].
        looked_until: when the newest of them ended.
        problems: what is wrong with its file.
    """

    name: str
    watches: str = ""
    window: str = ""
    owner: str = ""
    n_windows: int = 0
    looked_until: datetime | None = None
    problems: tuple[Problem, ...] = ()


class MonitorList(msgspec.Struct, frozen=True):
    """The monitors there are.

    Args:
        monitors: by name.
        has_findings: a file is broken.
    """

    monitors: tuple[MonitorLine, ...]
    has_findings: bool


class RunMonitor(msgspec.Struct, frozen=True):
    """Which monitor to run.

    Args:
        name: its name.
        since: from when on; windows that were looked at are looked at again. From where nobody
            looked yet if not given.
        until: no window ends after this; now if not given.
    """

    name: str
    since: str | None = None
    until: str | None = None


class BacktestMonitor(msgspec.Struct, frozen=True):
    """On which days of the past to try a monitor.

    Args:
        name: its name.
        days: how many [count].
        until: when they end; with the newest row if not given.
    """

    name: str
    days: Days = 30
    until: str | None = None


class ColumnLine(msgspec.Struct, frozen=True, kw_only=True):
    """A column, or another subject, over the newest windows.

    Args:
        check: which check.
        subject: what it is about.
        metric: its number.
        values: of each window, the oldest first; nothing where it was not computed.
        threshold: of the newest window.
        exceeded: whether it was worth a look, window by window.
        thresholds: of each window; nothing where there was none.
    """

    check: str
    subject: str
    metric: str
    values: tuple[float | None, ...]
    threshold: float | None
    exceeded: tuple[bool, ...]
    thresholds: tuple[float | None, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What would have been done about a window.

    Args:
        span: which.
        action: what.
        why: by which rule.
        findings: what it stands on, without their numbers' details.
    """

    span: Span
    action: ActionName
    why: str
    findings: tuple[Finding, ...]


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What a monitor would have done.

    Args:
        monitor: its name.
        since: when the first window began.
        until: when the last one ended.
        n_windows: windows that were looked at [count].
        n_pages: alerts that would have got somebody up [count].
        n_tickets: alerts that would have made a ticket [count].
        pages: the budget of pages in as many days [count].
        tickets: the budget of tickets in as many days [count].
        calls: the windows with a page or a ticket, the oldest first.
        smallest_shift: what the shortest window would have shown [standard deviations].
        spans: every window that was looked at, the oldest first.
        columns: each number that was worth a look in one of them, over all of them.
    """

    monitor: str
    since: datetime
    until: datetime
    n_windows: int
    n_pages: int
    n_tickets: int
    pages: float
    tickets: float
    calls: tuple[Call, ...]
    smallest_shift: float | None
    spans: tuple[Span, ...] = ()
    columns: tuple[ColumnLine, ...] = ()


class ShowMonitor(msgspec.Struct, frozen=True):
    """Which monitor to show.

    Args:
        name: its name.
        windows: how many of the newest windows [count].
    """

    name: str
    windows: Annotated[int, Meta(ge=1, le=1000)] = 14


class WindowLine(msgspec.Struct, frozen=True, kw_only=True):
    """A window that was looked at.

    Args:
        span: which.
        reference: number of the reference it was held against.
        action: what was to be done.
        findings: what was worth a look.
    """

    span: Span
    reference: int
    action: ActionName
    findings: tuple[Finding, ...]


class MonitorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A monitor with its newest windows.

    Args:
        monitor: its name.
        watches: what it watches.
        owner: who answers for it.
        reference: the newest reference; nothing before it was fitted.
        windows: the newest, the oldest first.
        columns: each subject over these windows, those with findings first.
    """

    monitor: str
    watches: str
    owner: str
    reference: FittedReference | None
    windows: tuple[WindowLine, ...]
    columns: tuple[ColumnLine, ...]


class FitReference(msgspec.Struct, frozen=True):
    """Whose reference to fit anew.

    Args:
        name: the monitor's name.
    """

    name: str


class ReferenceList(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of a monitor's reference.

    Args:
        monitor: its name.
        made: the one that was fitted now.
        versions: all, the newest first.
    """

    monitor: str
    made: FittedReference
    versions: tuple[FittedReference, ...]
