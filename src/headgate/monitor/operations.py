"""The verbs of watching: those on monitors and escalations, and duplicates of a dataset."""

from __future__ import annotations

from headgate.monitor.escalations.reports import (
    Escalation,
    EscalationList,
    InitPolicy,
    ListEscalations,
    PolicyShown,
    PolicyTested,
    PolicyWritten,
    RehearsePolicy,
    ShowPolicy,
    UndoEscalation,
    WhichEscalation,
)
from headgate.monitor.nouns import MonitorReport
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


@operation("escalation.init", writes=True)
def init_policy(context: Context, request: InitPolicy) -> PolicyWritten:
    """Write the policy that is in force anyway to monitors/policy.yaml, to be changed there.

    Raises:
        Conflict: there is one already.
    """
    from headgate.monitor.escalations.describing import write_default

    return write_default(context.root, replace=request.replace)


@operation("escalation.policy")
def show_policy(context: Context, _request: ShowPolicy) -> PolicyShown:
    """Show the rules by which findings are escalated, in the order they are asked.

    Raises:
        Invalid: monitors/policy.yaml is broken; the message names line and clause.
    """
    from headgate.monitor.escalations.describing import shown

    return shown(context.root)


@operation("escalation.test")
def rehearse_policy(context: Context, request: RehearsePolicy) -> PolicyTested:
    """Say what the policy would have done about windows of the past, against what was done.

    Raises:
        NotFound: the monitor has looked at nothing yet.
        Invalid: monitors/policy.yaml is broken.
    """
    from headgate.monitor.escalations.rehearsing import rehearse

    return rehearse(context, request.monitor, request.days)


@operation("escalation.list")
def list_escalations(context: Context, request: ListEscalations) -> EscalationList:
    """List what was done about what monitors found, or is proposed, the newest first."""
    from headgate.monitor.escalations import queries as escalations

    with context.catalog.read() as connection:
        found = escalations.listed(
            connection,
            context.tenant,
            request.monitor,
            state=request.state,
            limit=request.limit,
        )
    return EscalationList(tuple(found))


@operation("escalation.show")
def show_escalation(context: Context, request: WhichEscalation) -> Escalation:
    """Show what was done about a window, with the evidence it stands on and how it is undone.

    Raises:
        NotFound: there is no such escalation.
    """
    from headgate.monitor.escalations.doing import get

    with context.catalog.read() as connection:
        return get(connection, context, request.escalation_id)


@operation("escalation.apply", writes=True)
def apply_escalation(context: Context, request: WhichEscalation) -> Escalation:
    """Do what was proposed; or again what failed, or was begun by a process that went away.

    Raises:
        NotFound: there is no such escalation.
        Conflict: it was done or undone before, or cannot be done now.
    """
    from headgate.monitor.escalations.doing import apply

    return apply(context, request.escalation_id)


@operation("escalation.undo", writes=True)
def undo_escalation(context: Context, request: UndoEscalation) -> Escalation:
    """Undo what was done; what was only proposed is withdrawn.

    Raises:
        NotFound: there is no such escalation.
        Conflict: it was undone before, cannot be, or has become something else meanwhile.
    """
    from headgate.monitor.escalations.doing import undo

    return undo(context, request.escalation_id, request.because)
