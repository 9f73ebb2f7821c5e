"""Puts messages into the outbox, in the transaction of the event they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.core.messages import Message
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.spine.outbox import queries
from headgate.spine.outbox.notifiers import written
from headgate.spine.outbox.queries import Letter
from headgate.spine.store.queries import bump

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.context import Context
    from headgate.spine.work import Work

N_KEY = 300
"""Signs a dedup key has at most [count]."""
_COUNTER = "outbox"


def listeners(context: Context) -> list[str]:
    """Name the notifiers of `pipelines.notify`, whether or not headgate.toml has them."""
    text = context.settings.text("pipelines.notify")
    return [name.strip() for name in text.split(",") if name.strip()]


def put(
    work: Work,
    context: Context,
    message: Message,
    *,
    to: Sequence[str] | None = None,
    max_attempts: int | None = None,
) -> list[Letter]:
    """Put a message to some notifiers into the outbox; it leaves once the unit has committed.

    Args:
        work: the unit of work that records what the message is about.
        context: the project.
        message: what is to be told.
        to: names of notifiers; all of headgate.toml if nothing is said.
        max_attempts: after how many attempts it is a dead letter; `outbox.attempts` if nothing
            is said [count].

    Raises:
        Invalid: the message has no title, or no dedup key or one that is too long.
    """
    if not message.title.strip() or not 0 < len(message.dedup_key) <= N_KEY:
        raise Invalid(
            f"a message {message.dedup_key!r} cannot be sent",
            mend=f"give it a title, and a dedup key of 1 to {N_KEY} signs",
        )
    names = list(written(context.root)) if to is None else to
    if not names:
        return []
    first = bump(work.connection, context.tenant, _COUNTER, len(names))
    at = now()
    most = max_attempts or context.settings.number("outbox.attempts")
    letters = [
        Letter(
            message_id=mint("msg"),
            seq=seq,
            notifier=name,
            state="pending",
            n_attempts=0,
            max_attempts=max(most, 1),
            due_at=at,
            created_at=at,
            content=message,
        )
        for seq, name in enumerate(names, start=first)
    ]
    queries.put(work.connection, context.tenant, letters)
    for letter in letters:
        work.record("message_written", f"message:{letter.message_id}", facts(letter))
    return letters


def resolve(work: Work, context: Context, message: Message, *, to: Sequence[str]) -> list[Letter]:
    """Put a message that trouble is over, to those notifiers that were told of it.

    Args:
        work: the unit of work that records what the message is about.
        context: the project.
        message: of the kind `resolve`.
        to: names of notifiers.
    """
    key = message.dedup_key
    open_to = [
        name for name in to if queries.open_keys(work.connection, context.tenant, name, [key])
    ]
    return put(work, context, message, to=open_to) if open_to else []


def facts(letter: Letter) -> dict[str, object]:
    """Return what an event may say of a letter: nothing of what stands in it."""
    return {"notifier": letter.notifier, "kind": letter.content.kind}
