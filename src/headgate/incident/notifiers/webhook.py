"""A webhook signed as the Standard Webhooks specification says, for any receiver.

The signature is HMAC-SHA256 over `id.timestamp.body`. A receiver that refuses timestamps older
than five minutes, and ids it has seen, cannot be fooled by a copy.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from binascii import Error as NoBase64

import msgspec

from headgate.core.errors import Invalid
from headgate.core.messages import Envelope, Secret
from headgate.core.posting import post
from headgate.core.times import render

PREFIX = "whsec_"
VERSION = 1
_NONE = Secret("")


def webhook(
    envelope: Envelope,
    /,
    *,
    url: str,
    secret: Secret,
    old_secret: Secret = _NONE,
    timeout_s: float = 10.0,
) -> str:
    """Post to a receiver of your own, signed, so that it knows who speaks.

    Args:
        envelope: the message on its way.
        url: where to; best env:NAME if it holds a secret itself.
        secret: key of the signature: `whsec_` and base64, or any text.
        old_secret: the key before this one; while it is given, both signatures are sent.
        timeout_s: how long connecting, and then all the rest, may each take [s].

    Raises:
        Unavailable: the receiver did not answer, or asks to be left alone.
        Denied: it does not let us.
        Invalid: it refuses the message, or a secret cannot be read.
    """
    body = msgspec.json.encode(_content(envelope))
    stamp = str(int(time.time()))
    keys = [key_of(each) for each in (secret, old_secret) if each]
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": envelope.message_id,
        "Webhook-Timestamp": stamp,
        "Webhook-Signature": " ".join(
            signature(key, envelope.message_id, stamp, body) for key in keys
        ),
    }
    return post(url, body, headers, timeout_s=timeout_s).summary


def signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """Sign a body under its id and the time it is sent at.

    The vector is that of the specification's own libraries.

    >>> key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """Return the bytes a secret stands for.

    Raises:
        Invalid: it begins with `whsec_` and goes on with what is no base64.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except NoBase64 as error:
        raise Invalid(
            "the secret of the webhook begins with whsec_ and is no base64 after it",
            mend="give it as the receiver shows it, or any text without whsec_",
        ) from error


def _content(envelope: Envelope) -> dict[str, object]:
    """Write the body; a field may be added to it, none changed or taken away."""
    message = envelope.message
    return {
        "version": VERSION,
        "id": envelope.message_id,
        "kind": message.kind,
        "dedup_key": envelope.key,
        "title": message.title,
        "body": message.body,
        "severity": message.severity,
        "links": [{"text": link.text, "href": link.href} for link in message.links],
        "details": message.details,
        "project": envelope.project,
        "tenant": envelope.tenant,
        "at": render(envelope.at),
    }
