"""Does what was proposed or claimed, and undoes what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Conflict, HeadgateError, NotFound
from headgate.core.times import now
from headgate.monitor.escalations import queries
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.monitor.escalations.reports import Escalation
    from headgate.monitor.policies.nouns import State
    from headgate.spine.context import Context

OPEN = ("proposed", "failed", "begun")
"""States from which an escalation can be applied."""


def get(connection: Connection, context: Context, escalation_id: str) -> Escalation:
    """Return an escalation.

    Raises:
        NotFound: there is none of that id.
    """
    found = queries.find(connection, context.tenant, escalation_id)
    if found is None:
        raise NotFound.among("escalation", escalation_id, queries.ids(connection, context.tenant))
    return found


def apply(context: Context, escalation_id: str) -> Escalation:
    """Do what was proposed; or again what failed, or was begun by a process that went away.

    Raises:
        NotFound: there is no such escalation.
        Conflict: it was done or undone before, or cannot be done now.
    """
    with Work(context) as work:
        one = get(work.connection, context, escalation_id)
        if one.state not in OPEN:
            raise Conflict(
                f"escalation {escalation_id} is {one.state} already",
                mend=f"see: headgate escalation show {escalation_id}",
            )
        action = context.registry.action(one.action)
        if hasattr(action, "write"):
            done = action.write(work, context, name_of(one), one.settings)
            return _keep(work, context, settled(context, one, "done", {"done": done}))
        one = _keep(work, context, msgspec.structs.replace(one, state="begun"))
    return carry_out(context, one)


def carry_out(context: Context, one: Escalation) -> Escalation:
    """Do what was claimed, and write down how it ended; what fails is told, and can be applied."""
    action = context.registry.action(one.action)
    try:
        done = action.apply(context, name_of(one), one.settings)
    except HeadgateError as error:
        ended = settled(context, one, "failed", cannot(error))
    else:
        ended = settled(context, one, "done", {"done": done})
    with Work(context) as work:
        return _keep(work, context, ended)


def undo(context: Context, escalation_id: str, because: str) -> Escalation:
    """Undo what was done; what was only proposed is withdrawn.

    Raises:
        NotFound: there is no such escalation.
        Conflict: it was undone before, cannot be, or has become something else meanwhile.
    """
    with Work(context) as work:
        one = get(work.connection, context, escalation_id)
        if one.state == "undone":
            raise Conflict(
                f"escalation {escalation_id} is undone already", mend="there is nothing left to do"
            )
        undone: dict[str, Any] = {"because": because} if because else {}
        if one.state == "done":
            undone |= {"undone": _undone(work, context, one)}
        return _keep(work, context, settled(context, one, "undone", undone))


def _undone(work: Work, context: Context, one: Escalation) -> dict[str, Any]:
    action = context.registry.action(one.action)
    done: dict[str, Any] = one.outcome["done"]
    if not hasattr(action, "undo"):
        raise Conflict(
            f"a {one.action} is not undone in one step",
            mend="; ".join(done.get("undo", ())) or "put it right by hand",
        )
    return action.undo(work, context, name_of(one), done)


def name_of(one: Escalation) -> str:
    """Return what an action is told as its target: which of two kinds it is, only retraining."""
    return one.target if one.action == "retrain" else one.target.partition(":")[2]


def settled(context: Context, one: Escalation, state: State, outcome: dict[str, Any]) -> Escalation:
    """Say how an escalation ended."""
    return msgspec.structs.replace(
        one,
        state=state,
        outcome=one.outcome | outcome,
        settled_at=now(),
        settled_by=context.actor,
    )


def cannot(error: HeadgateError) -> dict[str, Any]:
    """Keep why something cannot be done."""
    return {"cannot": error.message, "mend": error.mend}


def _keep(work: Work, context: Context, one: Escalation) -> Escalation:
    queries.settle(work.connection, context.tenant, one)
    facts: dict[str, object] = {"rule": one.rule, "action": one.action, "state": one.state}
    work.record("escalation_settled", f"escalation:{one.escalation_id}", facts)
    return one
