"""Slack shows a message that reads well on a telephone and in the channel."""

from __future__ import annotations

import pytest

from headgate.core.errors import Denied, Invalid, Unavailable
from headgate.core.messages import Secret
from headgate.incident.notifiers.slack import slack
from tests.incident.notifiers.envelopes import envelope, full
from tests.incident.receivers import Answer, Receiver, says

TAKEN = says(200, "ok")


def test_a_trigger_stands_in_text_and_in_blocks() -> None:
    with Receiver(TAKEN) as receiver:
        answer = slack(full(), url=Secret(f"{receiver.url}/services/T0/B0/s3cret"))

    (body,) = [one.json for one in receiver.got]
    kinds = [block["type"] for block in body["blocks"]]
    assert body["text"] == "🔴 totals failed"
    assert kinds == ["header", "section", "section", "context"]
    assert body["blocks"][1]["text"]["text"] == "KeyError"
    assert body["blocks"][2]["fields"] == [{"type": "mrkdwn", "text": "*step*\ntotals"}]
    assert "<https://headgate.example/run/7|run>" in body["blocks"][3]["elements"][0]["text"]
    assert answer == "127.0.0.1 answered 200: ok"


def test_a_resolve_says_so() -> None:
    with Receiver(TAKEN) as receiver:
        slack(envelope("resolve"), url=Secret(receiver.url))

    assert receiver.got[0].json["text"] == "🟢 resolved: totals failed"


def test_what_a_message_says_calls_nobody_and_links_nowhere() -> None:
    with Receiver(TAKEN) as receiver:
        slack(envelope(title="<!channel> & <b>", body="<@U1>"), url=Secret(receiver.url))

    body = receiver.got[0].json
    assert "&lt;!channel&gt; &amp; &lt;b&gt;" in body["text"]
    assert body["blocks"][1]["text"]["text"] == "&lt;@U1&gt;"


def test_what_is_too_long_is_cut_to_what_slack_takes() -> None:
    details = {f"d{n}": "x" * 5000 for n in range(20)}
    with Receiver(TAKEN) as receiver:
        slack(envelope(title="t" * 500, body="b" * 9000, details=details), url=Secret(receiver.url))

    header, section, fields, _ = receiver.got[0].json["blocks"]
    assert (len(header["text"]["text"]), len(section["text"]["text"])) == (150, 3000)
    assert [len(field["text"]) for field in fields["fields"]] == [2000] * 10


@pytest.mark.parametrize(
    ("answer", "family"),
    [
        (says(404, "no_service"), Invalid),
        (says(410, "channel_is_archived"), Invalid),
        (says(403, "action_prohibited"), Denied),
        (says(500, "rollup_error"), Unavailable),
        (says(429, "rate_limited", retry_after="1"), Unavailable),
        (says(200, "<html>"), Unavailable),
    ],
)
def test_what_slack_refuses_is_told_without_the_address(
    answer: Answer, family: type[Exception]
) -> None:
    with Receiver(answer) as receiver, pytest.raises(family) as caught:
        slack(envelope(), url=Secret(f"{receiver.url}/services/T0/B0/s3cret"))

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://hooks.example/x", "ftp://hooks.example/x", "hooks", "", "http://[x"]
)
def test_an_address_that_is_none_or_open_to_all_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        slack(envelope(), url=Secret(url))

    assert "/x" not in str(caught.value)
