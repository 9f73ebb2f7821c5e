"""What the verbs on notifiers and on the outbox are asked and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from headgate.core.messages import Kind

State = Literal["pending", "sent", "dead"]


class ListNotifiers(msgspec.Struct, frozen=True):
    """List the project's notifiers."""


class NotifierLine(msgspec.Struct, frozen=True):
    """A notifier of headgate.toml.

    Args:
        name: what the project calls it.
        type: the plugin.
        is_ready: a message could be sent now.
        settings: what is written of it; a value from the environment by its variable's name.
        problem: why it is not ready.
        mend: what to do about that.
    """

    name: str
    type: str
    is_ready: bool
    settings: dict[str, str]
    problem: str | None = None
    mend: str | None = None


class NotifierList(msgspec.Struct, frozen=True):
    """Every notifier, in the order headgate.toml names them."""

    notifiers: tuple[NotifierLine, ...]


class TryNotifier(msgspec.Struct, frozen=True):
    """Which notifier to try.

    Args:
        name: the notifier's name in headgate.toml.
    """

    name: str


class MessageLine(msgspec.Struct, frozen=True):
    """A message to one notifier.

    Args:
        notifier: whom it goes to.
        kind: what it is for.
        dedup_key: what it is about.
        state: `pending` until it is `sent`, or `dead` after a refusal or too many attempts.
        n_attempts: how often it was tried [count].
        due_at: when it is tried next; nothing if it is not.
        answer: what the receiver said last, or why it did not.
    """

    message_id: str
    notifier: str
    kind: Kind
    dedup_key: str
    title: str
    state: State
    n_attempts: int
    created_at: datetime
    due_at: datetime | None = None
    sent_at: datetime | None = None
    answer: str | None = None


class TryReport(msgspec.Struct, frozen=True):
    """How a notifier was tried.

    Args:
        name: the notifier.
        type: its plugin.
        messages: a trigger and, once that was taken, its resolve.
        has_findings: not all of it was taken; the command's exit code is 1.
    """

    name: str
    type: str
    messages: tuple[MessageLine, ...]
    has_findings: bool


class ListMessages(msgspec.Struct, frozen=True):
    """Which messages to list.

    Args:
        state: only messages in this state.
        limit: the most to list, the newest first [count].
    """

    state: State | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class MessageList(msgspec.Struct, frozen=True):
    """Messages, the newest first.

    Args:
        messages: those asked for.
        counts: how many there are in each state, listed or not [count].
    """

    messages: tuple[MessageLine, ...]
    counts: dict[str, int]


class RetryMessages(msgspec.Struct, frozen=True):
    """Which dead letters to try again.

    Args:
        message_id: this one.
        all_dead: all of them.
    """

    message_id: str | None = None
    all_dead: bool = False


class RetryReport(msgspec.Struct, frozen=True):
    """Which dead letters are pending again.

    Args:
        messages: those that are.
        n_overtaken: left dead, for what came after them was sent [count].
    """

    messages: tuple[MessageLine, ...]
    n_overtaken: int = 0


class DeliverMessages(msgspec.Struct, frozen=True):
    """Try every message that is due."""


class Unusable(msgspec.Struct, frozen=True):
    """A notifier that messages wait for and that is not ready."""

    notifier: str
    problem: str
    mend: str


class DeliveryReport(msgspec.Struct, frozen=True):
    """What became of the messages that were due.

    Args:
        messages: those that were tried, in that order.
        unusable: notifiers that messages wait for and that are not ready.
        n_pending: messages that wait now [count].
        has_findings: a message died or a notifier is not ready; the command's exit code is 1.
    """

    messages: tuple[MessageLine, ...]
    unusable: tuple[Unusable, ...]
    n_pending: int
    has_findings: bool
