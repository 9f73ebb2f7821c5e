"""Takes posts as arrivals: each runs the pipeline once."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid
from headgate.core.sensing import Arrival, Polled

if TYPE_CHECKING:
    from headgate.core.sensing import Message, World

_IDS = ("webhook-id", "idempotency-key", "x-github-delivery", "x-request-id")


def webhook(world: World, cursor: Any, /) -> Polled:
    """Take what was posted to `/api/v1/hooks/NAME`.

    A post is known by what its sender calls it (`webhook-id`, `idempotency-key`,
    `x-github-delivery`, `x-request-id`), or by its body; sent twice, it runs the pipeline once.

    Args:
        world: what was posted.
        cursor: handed back as it is.

    Raises:
        Invalid: a body is no text.
    """
    return Polled(tuple(_arrival(one) for one in world.messages), cursor)


def _arrival(message: Message) -> Arrival:
    try:
        body = message.body.decode()
    except UnicodeDecodeError as error:
        raise Invalid("the body is no UTF-8 text", mend="post text, such as JSON") from error
    named = next((message.headers[name] for name in _IDS if message.headers.get(name)), "")
    return Arrival(
        uri=f"post:{named}" if named else "post",
        version="" if named else sha256(message.body).hexdigest(),
        body=body,
    )
