"""Short words for tests of the outbox: write a notifier down, put a message, look what became."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headgate.core.messages import Kind, Message
from headgate.spine.context import Context
from headgate.spine.outbox import queries
from headgate.spine.outbox.queries import Letter, State
from headgate.spine.outbox.writing import put
from headgate.spine.work import Work

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""The key of the signing library's own example."""


def configure(root: Path, name: str, **settings: Any) -> None:
    """Write a notifier into headgate.toml; a webhook that is signed, if nothing else is said."""
    if "type" not in settings:
        settings = {"type": "webhook", "secret": "env:HOOK_SECRET", **settings}
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", f"[notifiers.{name}]", *lines, ""]))


def about(key: str, kind: Kind = "trigger", **more: Any) -> Message:
    """Make a message about a thing."""
    return Message(kind=kind, dedup_key=key, title=f"{kind} {key}", **more)


def send(context: Context, *messages: Message, **how: Any) -> list[Letter]:
    """Put messages into the outbox, all in one unit of work."""
    with Work(context) as work:
        return [one for message in messages for one in put(work, context, message, **how)]


def letters(context: Context, state: State | None = None) -> list[Letter]:
    """List the letters there are, the oldest first."""
    with context.catalog.read() as connection:
        return queries.listed(connection, context.tenant, state)[::-1]


def states(context: Context) -> list[str]:
    """List the states of the letters, the oldest first."""
    return [one.state for one in letters(context)]
