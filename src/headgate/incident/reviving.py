"""Lets dead letters be tried again, unless what came after them was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Conflict, NotFound
from headgate.core.times import now
from headgate.spine.outbox import queries
from headgate.spine.outbox.writing import facts
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.outbox.queries import Letter


def revive_one(context: Context, message_id: str) -> Letter:
    """Let one dead letter be tried again.

    Raises:
        NotFound: there is no such message.
        Conflict: it is not dead, or a later one about the same thing was sent.
    """
    with Work(context) as work:
        found = queries.by_id(work.connection, context.tenant, [message_id])
        if not found:
            dead = queries.listed(work.connection, context.tenant, "dead", limit=8)
            raise NotFound.among("message", message_id, [one.message_id for one in dead])
        letter = found[0]
        if letter.state != "dead":
            raise Conflict(
                f"message {message_id} is {letter.state}, not dead",
                mend="see what is: headgate outbox list --state dead",
            )
        later = queries.overtaken(work.connection, context.tenant, letter)
        if later is not None:
            raise Conflict(
                f"message {message_id} was overtaken by the {later.content.kind} "
                f"{later.message_id} about the same thing",
                mend="leave it: sent now, it would tell what is not so any more",
            )
        return _revived(work, context, letter)


def revive_all(context: Context) -> tuple[list[Letter], int]:
    """Let every dead letter be tried again; return those, and how many were overtaken."""
    with Work(context) as work:
        dead = queries.listed(work.connection, context.tenant, "dead")[::-1]
        waiting = [
            one for one in dead if queries.overtaken(work.connection, context.tenant, one) is None
        ]
        letters = [_revived(work, context, one) for one in waiting]
    return letters, len(dead) - len(letters)


def _revived(work: Work, context: Context, letter: Letter) -> Letter:
    queries.revive(work.connection, context.tenant, letter.message_id, now())
    work.record("message_revived", f"message:{letter.message_id}", facts(letter))
    (now_is,) = queries.by_id(work.connection, context.tenant, [letter.message_id])
    return now_is
