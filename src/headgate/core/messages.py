"""What is told to the outside: a message, how a notifier gets it, and how it says "later".

A notifier is a function named like its file. It takes an envelope and typed keyword settings,
returns the receiver's answer in a few words, and raises `Unavailable` where another attempt may
help, any other error of `headgate.core.errors` where none will.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from typing import Protocol

    class Notifier(Protocol):
        """A function named like its file that hands one envelope to a receiver."""

        def __call__(self, envelope: Envelope, /, **settings: Any) -> str:
            """Send it, and return what the receiver answered."""
            ...


Kind = Literal["trigger", "acknowledge", "resolve", "note"]
Severity = Literal["critical", "error", "warning", "info"]
N_KEY = 255
"""Signs a key has at most outside; PagerDuty's limit, the narrowest of our receivers."""


class Secret(str):
    """A setting that stands in a file only as `env:NAME`; it does not show what it holds.

    >>> Secret("hunter2")
    ***
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


class Link(msgspec.Struct, frozen=True):
    """Where a reader finds more."""

    text: str
    href: str


class Message(msgspec.Struct, frozen=True):
    """What is to be told.

    Args:
        kind: `trigger` opens trouble, `acknowledge` says that somebody is at it, `resolve` that
            it is over, `note` is news that nobody needs to act on.
        dedup_key: what the message is about, the same for the trigger and its resolve; no
            personal data.
        title: one line.
        body: some lines more.
        severity: how bad it is.
        links: where to read on.
        details: facts by name.
    """

    kind: Kind
    dedup_key: str
    title: str
    body: str = ""
    severity: Severity = "error"
    links: tuple[Link, ...] = ()
    details: dict[str, str] = {}


class Envelope(msgspec.Struct, frozen=True):
    """A message on its way to one receiver.

    Args:
        message_id: the same in every attempt, so that a receiver knows what it has got before.
        project: name of the project that sends it.
        tenant: in whose name.
        at: when the message was written.
        message: what it says.
    """

    message_id: str
    project: str
    tenant: str
    at: datetime
    message: Message

    @property
    def key(self) -> str:
        """The dedup key as the outside sees it, unique among projects and tenants."""
        text = f"headgate/{self.project}/{self.tenant}/{self.message.dedup_key}"
        return text if len(text) <= N_KEY else f"headgate/{sha256(text.encode()).hexdigest()}"

    @property
    def headline(self) -> str:
        """The title on one line, with what has become of the trouble before it."""
        title = " ".join(self.message.title.split())
        words = {"acknowledge": "acknowledged: ", "resolve": "resolved: "}
        return words.get(self.message.kind, "") + title


class Busy(Unavailable):
    """A receiver that takes nothing more for now.

    Args:
        message: what it answered.
        mend: what the reader does next.
        retry_after_s: for how long it wants to be left alone [s].
    """

    def __init__(self, message: str, *, mend: str, retry_after_s: float) -> None:
        super().__init__(message, mend=mend)
        self.retry_after_s = retry_after_s
