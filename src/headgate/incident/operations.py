"""The verbs on notifiers (list, test) and on the outbox (list, retry, deliver)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.incident.requests import (
    DeliverMessages,
    DeliveryReport,
    ListMessages,
    ListNotifiers,
    MessageLine,
    MessageList,
    NotifierList,
    RetryMessages,
    RetryReport,
    TryNotifier,
    TryReport,
    Unusable,
)
from headgate.spine.context import Context
from headgate.spine.operations import operation

if TYPE_CHECKING:
    from headgate.spine.outbox.queries import Letter


@operation("notifier.list")
def list_notifiers(context: Context, _request: ListNotifiers) -> NotifierList:
    """List the notifiers of headgate.toml, and whether each could send.

    Raises:
        Invalid: headgate.toml is broken.
    """
    from headgate.incident.describing import described

    return NotifierList(tuple(described(context)))


@operation("notifier.test", writes=True)
def try_notifier(context: Context, request: TryNotifier) -> TryReport:
    """Send a real message through a notifier: a trigger of severity info, then its resolve.

    Both go through the outbox as every message does, but are tried once only.

    Raises:
        NotFound: headgate.toml has no notifier of that name, or there is no such plugin.
        Invalid: one of its settings is missing or wrong.
    """
    from headgate.incident.trying import tried

    type_, letters = tried(context, request.name)
    return TryReport(
        name=request.name,
        type=type_,
        messages=tuple(map(_line, letters)),
        has_findings=any(letter.state != "sent" for letter in letters),
    )


@operation("outbox.list")
def list_messages(context: Context, request: ListMessages) -> MessageList:
    """List messages to the outside: what waits, what was sent, and what nobody took."""
    from headgate.spine.outbox import queries

    with context.catalog.read() as connection:
        letters = queries.listed(connection, context.tenant, request.state, limit=request.limit)
        counts = queries.counts(connection, context.tenant)
    return MessageList(tuple(map(_line, letters)), counts)


@operation("outbox.retry", writes=True)
def retry(context: Context, request: RetryMessages) -> RetryReport:
    """Let dead letters be tried again; `outbox.deliver` or the server then sends them.

    A letter stays dead if a later one about the same thing was sent: an alert that is over must
    not be opened again.

    Raises:
        NotFound: there is no such message.
        Conflict: the message is not dead, or was overtaken.
        Invalid: neither a message nor all of them were asked for.
    """
    from headgate.incident.reviving import revive_all, revive_one

    if (request.message_id is None) != request.all_dead:
        raise Invalid("which dead letters are meant is not said", mend="give an id, or --all-dead")
    if request.message_id is None:
        letters, n_overtaken = revive_all(context)
        return RetryReport(tuple(map(_line, letters)), n_overtaken)
    return RetryReport((_line(revive_one(context, request.message_id)),))


@operation("outbox.deliver", writes=True)
def deliver(context: Context, _request: DeliverMessages) -> DeliveryReport:
    """Try every message that is due, once; what is not taken waits for its next turn."""
    from headgate.spine.outbox import queries
    from headgate.spine.outbox.delivering import deliver as deliver_due

    done = deliver_due(context)
    with context.catalog.read() as connection:
        counts = queries.counts(connection, context.tenant)
    unusable = tuple(
        Unusable(name, error.message, error.mend) for name, error in done.unusable.items()
    )
    return DeliveryReport(
        messages=tuple(map(_line, done.letters)),
        unusable=unusable,
        n_pending=counts.get("pending", 0),
        has_findings=bool(unusable) or any(one.state == "dead" for one in done.letters),
    )


def _line(letter: Letter) -> MessageLine:
    return MessageLine(
        message_id=letter.message_id,
        notifier=letter.notifier,
        kind=letter.content.kind,
        dedup_key=letter.content.dedup_key,
        title=letter.content.title,
        state=letter.state,
        n_attempts=letter.n_attempts,
        created_at=letter.created_at,
        due_at=letter.due_at if letter.state == "pending" else None,
        sent_at=letter.sent_at,
        answer=letter.answer,
    )
