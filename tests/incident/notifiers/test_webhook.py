"""A webhook is signed so that its receiver knows who speaks, and when."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from headgate.core.errors import Invalid
from headgate.core.messages import Secret
from headgate.incident.notifiers.webhook import webhook
from tests.incident.notifiers.envelopes import full
from tests.incident.receivers import Receiver
from tests.incident.telling import SECRET
from tools.docs_blocks import blocks_of

PAGE = Path(__file__).parents[3] / "docs" / "notifiers.md"


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    """What the page gives receivers to copy."""
    blocks = blocks_of(PAGE.read_text(encoding="utf-8"))
    (code,) = [block.code for block in blocks if block.said == "verify.py"]
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def sent(secret: str = SECRET, **settings: Any) -> tuple[dict[str, str], bytes]:
    """Send a webhook; return headers and body as they came in."""
    with Receiver() as receiver:
        webhook(full(), url=f"{receiver.url}/hook?x=1", secret=Secret(secret), **settings)
    (request,) = receiver.got
    assert request.path == "/hook?x=1"
    return request.headers, request.body


def test_the_body_says_all_that_the_message_says() -> None:
    with Receiver() as receiver:
        webhook(full("resolve"), url=receiver.url, secret=Secret("any text"))

    assert receiver.got[0].json == {
        "version": 1,
        "id": "msg_1",
        "kind": "resolve",
        "dedup_key": "headgate/shop/default/step/totals",
        "title": "totals failed",
        "body": "KeyError",
        "severity": "critical",
        "links": [{"text": "run", "href": "https://headgate.example/run/7"}],
        "details": {"step": "totals"},
        "project": "shop",
        "tenant": "default",
        "at": "2026-11-03T10:00:00Z",
    }


@pytest.mark.parametrize("secret", [SECRET, "any text, even ünïcode"])
def test_the_recipe_of_the_page_takes_what_we_sign(recipe: dict[str, Any], secret: str) -> None:
    headers, body = sent(secret)

    assert recipe["verified"](secret, headers, body)["title"] == "totals failed"


def test_the_recipe_of_the_page_refuses_what_was_changed_copied_or_signed_by_others(
    recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, body = sent()
    verified = recipe["verified"]
    other_id = headers | {"webhook-id": "msg_2"}
    none = headers | {"webhook-signature": "v1,"}

    for case in (
        (SECRET, headers, body + b" "),
        ("whsec_" + "A" * 32, headers, body),
        (SECRET, other_id, body),
        (SECRET, none, body),
    ):
        with pytest.raises(ValueError, match="signature"):
            verified(*case)
    monkeypatch.setattr(time, "time", lambda: float(headers["webhook-timestamp"]) + 301)
    with pytest.raises(ValueError, match="old"):
        verified(SECRET, headers, body)


def test_while_a_secret_is_changed_both_signatures_are_sent(recipe: dict[str, Any]) -> None:
    headers, body = sent(SECRET, old_secret=Secret("the old one"))

    found = [recipe["verified"](key, headers, body)["id"] for key in (SECRET, "the old one")]

    assert found == ["msg_1", "msg_1"]
    assert len(headers["webhook-signature"].split()) == 2


def test_a_secret_that_cannot_be_read_is_refused_and_not_shown() -> None:
    with pytest.raises(Invalid, match="no base64") as caught:
        webhook(full(), url="https://example.org", secret=Secret("whsec_not base64!"))

    assert "not base64!" not in str(caught.value)
