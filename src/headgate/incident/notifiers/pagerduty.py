"""PagerDuty, by version 2 of its Events API.

A trigger, acknowledge or resolve goes to `/v2/enqueue` with one dedup key for all three; a note
goes to `/v2/change/enqueue`, which wakes nobody.
Source: https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from headgate.core.errors import Unavailable
from headgate.core.messages import Envelope, Secret
from headgate.core.posting import Reply, post, require_private
from headgate.core.times import render

ENDPOINTS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
N_SUMMARY = 1024
"""Signs of a summary that PagerDuty takes [count]."""


def pagerduty(
    envelope: Envelope,
    /,
    *,
    routing_key: Secret,
    region: Literal["us", "eu"] = "us",
    endpoint: str = "",
    timeout_s: float = 10.0,
) -> str:
    """Open, acknowledge and resolve alerts of a PagerDuty service.

    Args:
        envelope: the message on its way.
        routing_key: integration key of the service (Events API v2).
        region: where the account lies.
        endpoint: address in place of the region's, such as that of a relay.
        timeout_s: how long connecting, and then all the rest, may each take [s].

    Raises:
        Unavailable: PagerDuty did not answer, or asks to be left alone.
        Denied: the key is refused.
        Invalid: the event is refused, or the endpoint is plain http to another machine.
    """
    is_note = envelope.message.kind == "note"
    url = (endpoint or ENDPOINTS[region]).rstrip("/")
    require_private(url)
    body = _change(envelope) if is_note else _alert(envelope)
    reply = post(
        url + ("/v2/change/enqueue" if is_note else "/v2/enqueue"),
        msgspec.json.encode({"routing_key": str(routing_key)} | body),
        {"Content-Type": "application/json"},
        timeout_s=timeout_s,
    )
    return _confirmed(reply)


def _alert(envelope: Envelope) -> dict[str, Any]:
    message = envelope.message
    event: dict[str, Any] = {"event_action": message.kind, "dedup_key": envelope.key}
    if message.kind != "trigger":
        return event
    payload = _payload(envelope) | {"severity": message.severity, "component": envelope.tenant}
    links = [{"href": link.href, "text": link.text} for link in message.links]
    return event | {"payload": payload, "links": links, "client": "Headgate"}


def _change(envelope: Envelope) -> dict[str, Any]:
    links = [{"href": link.href, "text": link.text} for link in envelope.message.links]
    return {"payload": _payload(envelope), "links": links}


def _payload(envelope: Envelope) -> dict[str, Any]:
    message = envelope.message
    details = dict(message.details) | {"message_id": envelope.message_id}
    return {
        "summary": envelope.headline[:N_SUMMARY],
        "source": envelope.project,
        "timestamp": render(envelope.at),
        "custom_details": details | ({"body": message.body} if message.body else {}),
    }


def _confirmed(reply: Reply) -> str:
    """Make sure that it was PagerDuty who answered, and not a proxy with a page of its own."""
    try:
        answer = msgspec.json.decode(reply.text)
        is_taken = answer["status"] == "success"
    except (msgspec.DecodeError, LookupError, TypeError):
        is_taken = False
    if not is_taken:
        raise Unavailable(
            f"{reply.host} did not answer as PagerDuty does: {reply.summary}",
            mend="check the endpoint, and what stands between here and there",
        )
    return reply.summary
