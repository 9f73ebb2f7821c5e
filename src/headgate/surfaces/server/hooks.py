"""Takes posts to sensors, each let in by the sensor's own secret or by the server's token."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from headgate.core.sensing import Message
from headgate.core.times import now
from headgate.surfaces.server.guard import HOOKS, TooLarge, bears, failure
from headgate.surfaces.trouble import as_headgate

if TYPE_CHECKING:
    from starlette.requests import Request

    from headgate.pipeline.schedule.found import Declarations
    from headgate.surfaces.local import Local

ACCEPTED, CLIENT_LEFT = 202, 499
MAX_POST_BYTES = 1 << 20
"""The largest post that is read before anybody knows who sent it [bytes]."""


def hook_route(local: Local, token: str) -> Route:
    """Make the route that sensors are posted to.

    Args:
        local: the project.
        token: the server's token; who carries it needs no secret of a sensor's.
    """
    from headgate.pipeline.schedule.found import Declarations

    declarations = Declarations(local.context.root)
    answer = partial(_answer, local=local, token=token, declarations=declarations)
    return Route(HOOKS + "{name}", answer, methods=["POST"])


async def _answer(
    request: Request, *, local: Local, token: str, declarations: Declarations
) -> Response:
    from headgate.pipeline.schedule.hooks import Post, receive

    try:
        headers = dict(request.headers.items())
        is_known = bears(headers.get("authorization", "").encode(), token.encode())
        message = Message(headers=headers, body=await _body(request))
        post = Post(request.path_params["name"], message, is_known)
        known = await run_in_threadpool(receive, local.context, declarations, post, now())
        content = msgspec.json.encode(known)
        return Response(content, status_code=ACCEPTED, media_type="application/json")
    except ClientDisconnect:
        return Response(status_code=CLIENT_LEFT)
    except Exception as error:
        return failure(as_headgate(error))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_POST_BYTES:
            raise TooLarge(
                f"the body is over {MAX_POST_BYTES:,} bytes",
                mend="post where the data lies, not the data",
            )
    return bytes(body)
