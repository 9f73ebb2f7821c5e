"""Slack, by an incoming webhook: readable text for notifications, blocks for the channel.

Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

from typing import Any

import msgspec

from headgate.core.errors import Unavailable
from headgate.core.messages import Envelope, Secret
from headgate.core.posting import post, require_private
from headgate.core.times import render

SIGNS = {"critical": "🔴", "error": "🟠", "warning": "🟡", "info": "🔵"}
N_HEADER, N_SECTION, N_FIELD, N_FIELDS = 150, 3000, 2000, 10
"""What Slack takes of a header, a section and a field [signs], and of fields [count]."""


def slack(envelope: Envelope, /, *, url: Secret, timeout_s: float = 10.0) -> str:
    """Write to a Slack channel.

    Args:
        envelope: the message on its way.
        url: address of the incoming webhook; whoever has it can write to the channel.
        timeout_s: how long connecting, and then all the rest, may each take [s].

    Raises:
        Unavailable: Slack did not answer, or asks to be left alone.
        Denied: the webhook may not write there.
        Invalid: the webhook is gone, or the message is refused.
    """
    require_private(url)
    content = msgspec.json.encode({"text": _plain(envelope), "blocks": _blocks(envelope)})
    reply = post(url, content, {"Content-Type": "application/json"}, timeout_s=timeout_s)
    if reply.text.strip() != "ok" and '"ok":true' not in "".join(reply.text.split()):
        raise Unavailable(
            f"{reply.host} did not answer as Slack does: {reply.summary}",
            mend="check the address, and what stands between here and there",
        )
    return reply.summary


def _plain(envelope: Envelope) -> str:
    """Write what stands in a notification on a telephone."""
    return _escaped(f"{_sign(envelope)} {envelope.headline}")[:N_SECTION]


def _sign(envelope: Envelope) -> str:
    message = envelope.message
    over = {"resolve": "🟢", "acknowledge": "👀"}
    return over.get(message.kind, SIGNS[message.severity])


def _blocks(envelope: Envelope) -> list[dict[str, Any]]:
    message = envelope.message
    title = f"{_sign(envelope)} {envelope.headline}"
    header = {"type": "plain_text", "text": title[:N_HEADER], "emoji": True}
    blocks: list[dict[str, Any]] = [{"type": "header", "text": header}]
    if message.body:
        text = _escaped(message.body)[:N_SECTION]
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    fields = [
        {"type": "mrkdwn", "text": f"*{_escaped(name)}*\n{_escaped(value)}"[:N_FIELD]}
        for name, value in list(message.details.items())[:N_FIELDS]
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields})
    links = " · ".join(f"<{link.href}|{_escaped(link.text)}>" for link in message.links)
    facts = [message.severity, envelope.project, render(envelope.at), *([links] if links else [])]
    told = {"type": "mrkdwn", "text": " · ".join(facts)[:N_SECTION]}
    return [*blocks, {"type": "context", "elements": [told]}]


def _escaped(text: str) -> str:
    """Keep what a message says from being read as a mention, a link or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
