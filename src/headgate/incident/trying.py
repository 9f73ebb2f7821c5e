"""Tries a notifier with a real message, by the way that every message takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.messages import Kind, Message
from headgate.core.refs import mint
from headgate.spine.outbox import queries
from headgate.spine.outbox.delivering import deliver
from headgate.spine.outbox.notifiers import opened
from headgate.spine.outbox.writing import put
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.outbox.queries import Letter


def tried(context: Context, name: str) -> tuple[str, list[Letter]]:
    """Send a trigger and, if that is taken, its resolve; return the plugin and both letters.

    Raises:
        NotFound: headgate.toml has no notifier of that name, or there is no such plugin.
        Invalid: one of its settings is missing or wrong.
    """
    type_ = opened(context, name).type
    key = f"test/{mint('test')}"
    letters = [_sent(context, name, key, "trigger")]
    if letters[0].state == "sent":
        letters.append(_sent(context, name, key, "resolve"))
    return type_, letters


def _sent(context: Context, name: str, key: str, kind: Kind) -> Letter:
    message = Message(
        kind=kind,
        dedup_key=key,
        title=f"test of notifier {name}",
        body="Headgate was asked to try this notifier. There is nothing to do.",
        severity="info",
    )
    with Work(context) as work:
        (letter,) = put(work, context, message, to=[name], max_attempts=1)
    deliver(context, keys=[key])
    with context.catalog.read() as connection:
        (now_is,) = queries.by_id(connection, context.tenant, [letter.message_id])
    return now_is
