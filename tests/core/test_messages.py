"""Messages say in one line what they are about; secrets do not show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headgate.core.errors import FAMILIES
from headgate.core.messages import Busy, Envelope, Kind, Message, Secret


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        ("trigger", "disk is full"),
        ("acknowledge", "acknowledged: disk is full"),
        ("resolve", "resolved: disk is full"),
        ("note", "disk is full"),
    ],
)
def test_a_headline_is_one_line_that_says_how_things_stand(kind: Kind, headline: str) -> None:
    message = Message(kind=kind, dedup_key="disk", title="disk\n is\tfull ")
    at = datetime(2026, 11, 3, tzinfo=UTC)

    envelope = Envelope("msg_1", "shop", "default", at, message)

    assert envelope.headline == headline


def test_a_secret_is_a_text_that_does_not_show_in_what_holds_it() -> None:
    secret = Secret("hunter2")

    assert (repr({"key": secret}), secret + "!") == ("{'key': ***}", "hunter2!")


def test_a_busy_receiver_is_one_that_may_be_asked_again() -> None:
    error = Busy("too many", mend="wait", retry_after_s=3)

    assert isinstance(error, FAMILIES[error.code])
    assert (error.code, error.retry_after_s) == ("unavailable", 3)
