"""The verbs of the watch: those on monitors, and what they see of datasets and sources."""

from __future__ import annotations

from headgate.monitor.duplicates.reports import DuplicatesReport, DuplicatesRequest
from headgate.monitor.nouns import MonitorReport
from headgate.monitor.profiling.reports import ProfileReport, ProfileRequest
from headgate.monitor.requests import (
    Backtest,
    BacktestMonitor,
    FitReference,
    InitMonitor,
    ListMonitors,
    MonitorDetail,
    MonitorList,
    MonitorMade,
    ReferenceList,
    RunMonitor,
    ShowMonitor,
)
from headgate.monitor.sources.reports import SourceDiffReport, SourceDiffRequest
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("monitor.init", writes=True)
def init(context: Context, request: InitMonitor) -> MonitorMade:
    """Make a monitor: find its reference by lineage, choose its columns, fit, and say why.

    Raises:
        NotFound: what is to be watched is not there, or lineage leads to no snapshot.
        Conflict: there is a monitor of that name.
        Invalid: it cannot be named or watched so, or its reference has nothing to watch.
    """
    from headgate.monitor.starting import init as made

    return made(context, request)


@operation("monitor.list")
def list_monitors(context: Context, _request: ListMonitors) -> MonitorList:
    """List the monitors of the project, and everything that is wrong with their files."""
    from headgate.monitor.listing import lines

    found = tuple(lines(context))
    return MonitorList(found, has_findings=any(one.problems for one in found))


@operation("monitor.show")
def show(context: Context, request: ShowMonitor) -> MonitorDetail:
    """Show a monitor with its newest windows, and each number over them.

    Raises:
        NotFound: there is none of that name.
        Invalid: its file is broken.
    """
    from headgate.monitor.listing import shown

    return shown(context, request.name, request.windows)


@operation("monitor.run", writes=True)
def run(context: Context, request: RunMonitor) -> MonitorReport:
    """Look at the windows that are complete and were not looked at yet; report the newest.

    Raises:
        NotFound: there is no such monitor, or nothing to look at.
        Invalid: its file is broken, or its reference has nothing to watch.
        Unavailable: a library is not installed.
    """
    from headgate.monitor.files import named
    from headgate.monitor.running import run as ran

    monitor = named(context.root, request.name, context.registry)
    return ran(context, monitor, since=request.since, until=request.until)


@operation("monitor.backtest")
def backtest(context: Context, request: BacktestMonitor) -> Backtest:
    """Say which alerts a monitor would have raised on days of the past; nothing is written.

    Raises:
        NotFound: there is no such monitor, or no window is complete.
        Invalid: its file is broken, or its reference has nothing to watch.
        Unavailable: a library is not installed.
    """
    from headgate.core.times import parse
    from headgate.monitor.backtesting import backtest as tried
    from headgate.monitor.files import named

    monitor = named(context.root, request.name, context.registry)
    until = parse(request.until) if request.until else None
    return tried(context, monitor, request.days, until)


@operation("monitor.reference", writes=True)
def reference(context: Context, request: FitReference) -> ReferenceList:
    """Fit the reference of a monitor anew, as its next version.

    Raises:
        NotFound: there is no such monitor, or lineage leads to no snapshot.
        Invalid: its file is broken, or its reference has nothing to watch.
        Unavailable: a library is not installed.
    """
    from headgate.monitor import queries
    from headgate.monitor.files import named
    from headgate.monitor.referencing import fitted
    from headgate.monitor.watching import watch_of

    monitor = named(context.root, request.name, context.registry)
    made, _ = fitted(watch_of(context, monitor), monitor)
    with context.catalog.read() as connection:
        versions = queries.references(connection, context.tenant, request.name)
    return ReferenceList(monitor=request.name, made=made, versions=tuple(versions))


@operation("dataset.duplicates")
def duplicates(context: Context, request: DuplicatesRequest) -> DuplicatesReport:
    """Find rows that say the same twice, what they waste, and what leaks into another dataset.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: the dataset has no column that can be compared.
    """
    from headgate.monitor.duplicates.finding import find_duplicates

    return find_duplicates(context, request)


@operation("dataset.profile")
def profile(context: Context, request: ProfileRequest) -> ProfileReport:
    """Say what stands in each column of a snapshot, or of what came after one.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
    """
    from headgate.monitor.profiling.reports import profile as profiled

    return profiled(context, request)


@operation("source.diff")
def source_diff(context: Context, request: SourceDiffRequest) -> SourceDiffReport:
    """Say which terms, formats, units and gaps one source of a dataset has and the others not.

    Raises:
        NotFound: there is no such dataset, snapshot, column or source.
    """
    from headgate.monitor.sources.diff import diff

    return diff(context, request)
