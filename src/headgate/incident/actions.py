"""Tells people about trouble: a ticket can wait, a page cannot; both through the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Invalid
from headgate.core.messages import Message, Severity
from headgate.spine.outbox.notifiers import require, written
from headgate.spine.outbox.writing import put, resolve
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context

NOBODY = "headgate.toml has no notifier; it stands in `headgate escalation list` alone"


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told to whom.

    Args:
        key: what the message is about, the same for all that are about the same trouble.
        title: one line.
        body: some lines more.
        to: names of notifiers; all of headgate.toml if nothing is said.
        details: facts by name.
    """

    key: str
    title: str
    body: str = ""
    to: tuple[str, ...] | None = None
    details: dict[str, str] = {}


class TellAction:
    """Puts a message into the outbox.

    Args:
        name: what the action is called.
        severity: how bad its messages are.
    """

    def __init__(self, name: str, severity: Severity) -> None:
        self.name = name
        self.severity: Severity = severity

    def plan(self, context: Context, _target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Say who would be told what.

        Raises:
            NotFound: headgate.toml has no notifier of a name.
        """
        told = _told(settings)
        return {"to": list(_names(context, told)), "key": told.key, "title": told.title}

    def apply(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Put the message into the outbox in one unit of work."""
        with Work(context) as work:
            return self.write(work, context, target, settings)

    def write(
        self, work: Work, context: Context, _target: str, settings: dict[str, Any]
    ) -> dict[str, Any]:
        """Put the message into the outbox in a unit of work.

        Raises:
            NotFound: headgate.toml has no notifier of a name.
        """
        told = _told(settings)
        names = _names(context, told)
        message = Message(
            kind="trigger",
            dedup_key=told.key,
            title=told.title,
            body=told.body,
            severity=self.severity,
            details=told.details,
        )
        letters = put(work, context, message, to=names)
        done: dict[str, Any] = {"to": list(names), "key": told.key, "title": told.title}
        done["messages"] = [one.message_id for one in letters]
        return done if names else done | {"note": NOBODY}

    def undo(
        self, work: Work, context: Context, _target: str, outcome: dict[str, Any]
    ) -> dict[str, Any]:
        """Tell those who were told that it is over."""
        title = f"over: {outcome['title']}"
        message = Message(kind="resolve", dedup_key=outcome["key"], title=title, severity="info")
        letters = resolve(work, context, message, to=outcome["to"])
        return {"to": [one.notifier for one in letters]}


OFFERS = [TellAction("ticket", "warning"), TellAction("page", "critical")]


def _names(context: Context, told: Told) -> tuple[str, ...]:
    if told.to is None:
        return tuple(written(context.root))
    require(context.root, told.to)
    return told.to


def _told(settings: dict[str, Any]) -> Told:
    try:
        return msgspec.convert(settings, Told)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"nobody can be told so: {error}", mend="give key, title, body, to and details"
        ) from error
