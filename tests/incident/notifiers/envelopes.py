"""Envelopes that tests hand to a notifier themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from headgate.core.messages import Envelope, Kind, Link, Message

AT = datetime(2026, 11, 3, 10, tzinfo=UTC)


def envelope(kind: Kind = "trigger", **more: Any) -> Envelope:
    """Make an envelope; what is not said is plain."""
    given: dict[str, Any] = {"dedup_key": "step/totals", "title": "totals failed"} | more
    message = Message(kind=kind, **given)
    return Envelope(message_id="msg_1", project="shop", tenant="default", at=AT, message=message)


def full(kind: Kind = "trigger", **more: Any) -> Envelope:
    """Make an envelope with everything in it."""
    given: dict[str, Any] = {
        "body": "KeyError",
        "severity": "critical",
        "links": (Link("run", "https://headgate.example/run/7"),),
        "details": {"step": "totals"},
    }
    return envelope(kind, **(given | more))
