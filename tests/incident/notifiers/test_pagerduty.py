"""PagerDuty hears of trouble, of who is at it and of its end, under one key.

The shape of events and answers is that of PagerDuty's own description of Events API v2.
"""

from __future__ import annotations

import json

import pytest

from headgate.core.errors import Invalid, Unavailable
from headgate.core.messages import Busy, Secret
from headgate.incident.notifiers.pagerduty import ENDPOINTS, pagerduty
from tests.incident.notifiers.envelopes import envelope, full
from tests.incident.receivers import Receiver, says

KEY = Secret("R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY12")
PROCESSED = json.dumps({"status": "success", "message": "Event processed", "dedup_key": "k"})


@pytest.mark.row("S2-21")
def test_trigger_acknowledge_and_resolve_bear_one_key() -> None:
    with Receiver(says(202, PROCESSED)) as receiver:
        answers = [
            pagerduty(envelope(kind), routing_key=KEY, endpoint=receiver.url)
            for kind in ("trigger", "acknowledge", "resolve")
        ]

    bodies = [one.json for one in receiver.got]
    assert [one["event_action"] for one in bodies] == ["trigger", "acknowledge", "resolve"]
    assert {one["dedup_key"] for one in bodies} == {"headgate/shop/default/step/totals"}
    assert {one["routing_key"] for one in bodies} == {KEY}
    assert {one.path for one in receiver.got} == {"/v2/enqueue"}
    assert all("202" in answer and KEY not in answer for answer in answers)


@pytest.mark.row("S2-21")
def test_a_trigger_says_what_happened_how_bad_it_is_and_where_to_read_on() -> None:
    with Receiver(says(202, PROCESSED)) as receiver:
        pagerduty(full(), routing_key=KEY, endpoint=f"{receiver.url}/")

    (event,) = [one.json for one in receiver.got]
    assert event["payload"] == {
        "summary": "totals failed",
        "source": "shop",
        "severity": "critical",
        "component": "default",
        "timestamp": "2026-11-03T10:00:00Z",
        "custom_details": {"step": "totals", "message_id": "msg_1", "body": "KeyError"},
    }
    assert event["links"] == [{"href": "https://headgate.example/run/7", "text": "run"}]


def test_a_note_is_a_change_that_wakes_nobody() -> None:
    with Receiver(says(202, PROCESSED)) as receiver:
        pagerduty(full("note"), routing_key=KEY, endpoint=receiver.url)

    (request,) = receiver.got
    assert request.path == "/v2/change/enqueue"
    assert "event_action" not in request.json
    assert "severity" not in request.json["payload"]


def test_a_summary_is_cut_to_what_pagerduty_takes() -> None:
    with Receiver(says(202, PROCESSED)) as receiver:
        pagerduty(envelope(title="x" * 3000), routing_key=KEY, endpoint=receiver.url)

    assert len(receiver.got[0].json["payload"]["summary"]) == 1024


@pytest.mark.parametrize("page", ["<html>log in first</html>", "", "[]", '{"status":"queued"}'])
def test_a_page_of_somebody_else_is_no_answer(page: str) -> None:
    with (
        Receiver(says(200, page)) as receiver,
        pytest.raises(Unavailable, match="not answer as PagerDuty"),
    ):
        pagerduty(envelope(), routing_key=KEY, endpoint=receiver.url)


def test_an_event_that_is_refused_is_refused_for_good() -> None:
    said = '{"status":"invalid event","errors":["Length of \'routing_key\' is incorrect"]}'
    with (
        Receiver(says(400, said)) as receiver,
        pytest.raises(Invalid, match="routing_key' is incorrect"),
    ):
        pagerduty(envelope(), routing_key=KEY, endpoint=receiver.url)


def test_a_limit_that_was_reached_says_for_how_long() -> None:
    with (
        Receiver(says(429, "", retry_after="7")) as receiver,
        pytest.raises(Busy) as caught,
    ):
        pagerduty(envelope(), routing_key=KEY, endpoint=receiver.url)

    assert caught.value.retry_after_s == 7


def test_a_key_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(Invalid, match="in the clear"):
        pagerduty(envelope(), routing_key=KEY, endpoint="http://relay.example")

    assert all(url.startswith("https://events.") for url in ENDPOINTS.values())
