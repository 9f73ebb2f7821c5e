"""The verbs on escalations: init, policy, test, list, show, apply, undo."""

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
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("escalation.init", writes=True)
def init_policy(context: Context, request: InitPolicy) -> PolicyWritten:
    """Write the policy that is in force anyway to monitors/policy.yaml, to be changed there.

    Raises:
        Conflict: there is one already.
        Denied: it is asked through a server.
    """
    from headgate.core.errors import Denied
    from headgate.monitor.escalations.describing import write_default

    if context.is_remote:
        raise Denied("a server writes no policy", mend="ask for it where the project's files are")
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
