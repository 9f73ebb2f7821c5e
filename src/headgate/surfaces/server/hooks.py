"""Takes posts to sensors, each let in by the sensor's own secret or by the server's token."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from headgate.core.sensing import Message
from headgate.core.times import now
from headgate.surfaces.server.guard import HOOKS, failure
from headgate.surfaces.trouble import as_headgate

if TYPE_CHECKING:
    from starlette.requests import Request

    from headgate.pipeline.schedule.found import Declarations
    from headgate.surfaces.local import Local

ACCEPTED, CLIENT_LEFT = 202, 499


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
    try:
        message = Message(headers=dict(request.headers.items()), body=await request.body())
        is_known = secrets.compare_digest(
            message.headers.get("authorization", "").encode(), f"Bearer {token}".encode()
        )
        name = request.path_params["name"]
        return await run_in_threadpool(
            _receive, local, declarations, name, message, is_known=is_known
        )
    except ClientDisconnect:
        return Response(status_code=CLIENT_LEFT)
    except Exception as error:
        return failure(as_headgate(error))


def _receive(
    local: Local, declarations: Declarations, name: str, message: Message, *, is_known: bool
) -> Response:
    from headgate.pipeline.schedule.hooks import receive

    known = receive(local.context, declarations, name, message, now(), is_known=is_known)
    return Response(
        msgspec.json.encode(known), status_code=ACCEPTED, media_type="application/json"
    )
