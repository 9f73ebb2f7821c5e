"""Lets posts to sensors in: signed with a secret, or showing a token.

A signature is that of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`)
or the plain HMAC-SHA256 of the body that GitHub and others send (`x-hub-signature-256`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headgate.core.errors import Denied, Invalid
from headgate.core.sensing import Message
from headgate.pipeline.schedule.asking import ask_sensor

if TYPE_CHECKING:
    from headgate.pipeline.schedule.declared import Sensor
    from headgate.pipeline.schedule.found import Declarations
    from headgate.spine.context import Context

TOLERANCE_S = 300
"""How far a signed time may lie from ours, as Standard Webhooks has it [s]."""
_SECRET_PREFIX = "whsec_"  # noqa: S105 - how such secrets begin, and none itself
_VERSION = "v1,"


class Received(msgspec.Struct, frozen=True):
    """What became of a post.

    Args:
        n_new: arrivals it told of that never came before [count].
    """

    n_new: int


class Post(NamedTuple):
    """A post as it came in.

    Args:
        sensor: the name it was posted to.
        message: what was posted.
        is_known: the caller may call every verb, and needs no secret of the sensor's.
    """

    sensor: str
    message: Message
    is_known: bool = False


def receive(context: Context, declarations: Declarations, post: Post, now: datetime) -> Received:
    """Take a post to a sensor in; once this returns, what it told of is not lost any more.

    Args:
        context: the project.
        declarations: where the sensors stand.
        post: what came in.
        now: the present moment.

    Raises:
        Denied: there is no such sensor for this caller, or the signature is wrong.
        Invalid: the body cannot be read.
    """
    let_in = [
        (one.pipeline, sensor)
        for one in declarations.current()
        for sensor in one.sensors
        if sensor.name == post.sensor and (post.is_known or _is_signed(sensor, post.message, now))
    ]
    if not let_in:
        raise Denied(
            f"no sensor {post.sensor!r} takes this post",
            mend="sign it with the sensor's secret, or send Authorization: Bearer TOKEN",
        )
    ticks = [
        tick
        for pipeline, sensor in let_in
        for tick in ask_sensor(context, pipeline, sensor, now, (post.message,))
    ]
    return Received(n_new=len(ticks))


def _is_signed(sensor: Sensor, message: Message, now: datetime) -> bool:
    token, secret = _value(sensor, sensor.token), _value(sensor, sensor.secret)
    if token and hmac.compare_digest(_bearer(message), token):
        return True
    if not secret:
        return False
    if "webhook-signature" in message.headers:
        return _is_standard(message, secret, now)
    given = message.headers.get("x-hub-signature-256", "").encode()
    made = f"sha256={hmac.new(secret, message.body, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(given, made.encode())


def _is_standard(message: Message, secret: bytes, now: datetime) -> bool:
    known, stamp = (message.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp"))
    if not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        return False
    content = f"{known}.{stamp}.".encode() + message.body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    made = _VERSION.encode() + base64.b64encode(digest)
    given = message.headers["webhook-signature"].encode().split()
    return any(hmac.compare_digest(one, made) for one in given)


def _key(secret: bytes) -> bytes:
    """Return the key that a secret of Standard Webhooks stands for."""
    text = secret.decode()
    if not text.startswith(_SECRET_PREFIX):
        return secret
    try:
        return base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise Invalid(
            "a sensor's secret begins with whsec_ and is no base64 after it", mend="copy it again"
        ) from error


def _bearer(message: Message) -> bytes:
    scheme, _, token = message.headers.get("authorization", "").partition(" ")
    return token.strip().encode() if scheme.lower() == "bearer" else b""


def _value(sensor: Sensor, text: str) -> bytes:
    """Return a secret or a token, read from the environment where it stands there."""
    if not text.startswith("env:"):
        return text.encode()
    if not (found := os.environ.get(text[4:])):
        raise Invalid(
            f"sensor {sensor.name} reads the environment's {text[4:]}, which is not set",
            mend=f"export {text[4:]}=…",
        )
    return found.encode()
