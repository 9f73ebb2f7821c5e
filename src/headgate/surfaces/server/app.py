"""The web application: one route a verb, made from the table."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from headgate.core.errors import HeadgateError, Invalid
from headgate.surfaces import rows
from headgate.surfaces.pipe import Pipe, coming
from headgate.surfaces.request import decode_json
from headgate.surfaces.server import openlineage
from headgate.surfaces.server.guard import MAX_BODY_BYTES, Guard, actor_of, failure
from headgate.surfaces.server.hooks import hook_route
from headgate.surfaces.trouble import as_headgate

if TYPE_CHECKING:
    from starlette.requests import Request

    from headgate.surfaces.local import Local
    from headgate.surfaces.verbs import Table, Verb

PIECE_BYTES = 1 << 20
"""How much of a body is handed from the network to its reader at once [bytes]."""
OCTETS = "application/octet-stream"
CLIENT_LEFT = 499
"""Status of an answer that nobody waits for any more, as nginx counts it."""
log = logging.getLogger("headgate.server")


def make_app(
    local: Local,
    verbs: Table,
    *,
    token: str,
    hosts: frozenset[str],
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Starlette:
    """Make the application that serves one project.

    Args:
        local: the project.
        verbs: the verbs to serve.
        token: the bearer token that callers must carry.
        hosts: the Host headers that name this server.
        max_body_bytes: the largest body it takes [bytes].
    """
    routes = [
        Route("/healthz", _health),
        Route("/api/v1/verbs", partial(_verbs, verbs=verbs)),
        Route("/api/v1/openapi.json", partial(_openapi, verbs=verbs)),
        *openlineage.routes(local, verbs, max_body_bytes=max_body_bytes),
        *(
            Route(verb.path, partial(_answer, local=local, verb=verb), methods=["POST"])
            for verb in verbs.verbs.values()
        ),
        hook_route(local, token),
        Route("/{path:path}", partial(_unknown, verbs=verbs), methods=["GET", "POST"]),
    ]
    guard = Middleware(
        Guard,
        token=token,
        hosts=hosts,
        max_body_bytes=max_body_bytes,
        unmeasured=frozenset(verb.path for verb in verbs.verbs.values() if verb.streams),
    )
    return Starlette(routes=routes, middleware=[guard])


async def _health(request: Request) -> Response:
    del request
    return JSONResponse({"status": "ok"})


async def _verbs(request: Request, *, verbs: Table) -> Response:
    del request
    return Response(msgspec.json.encode(list(verbs.verbs.values())), media_type="application/json")


async def _openapi(request: Request, *, verbs: Table) -> Response:
    from headgate.surfaces.server.openapi import document

    del request
    described = await run_in_threadpool(document, verbs)
    return Response(msgspec.json.encode(described), media_type="application/json")


async def _unknown(request: Request, *, verbs: Table) -> Response:
    words = tuple(request.path_params["path"].removeprefix("api/v1/").split("/"))
    try:
        verb = verbs.find(words)
    except HeadgateError as error:
        return failure(error)
    return failure(Invalid(f"{verb.path} takes POST", mend=f"POST {verb.path}"))


async def _answer(request: Request, *, local: Local, verb: Verb) -> Response:
    if verb.streams and "content-length" not in request.headers:
        return await _answer_stream(request, local=local, verb=verb)
    try:
        content = await request.body()
        fields, body = await run_in_threadpool(_read, verb, request, content)
        result = await run_in_threadpool(local.call, verb, fields, body, actor=actor_of(request))
        return await run_in_threadpool(_reply, verb, result, request.headers.get("accept", ""))
    except ClientDisconnect:
        return Response(status_code=CLIENT_LEFT)
    except Exception as error:
        return _trouble(verb, error)


async def _answer_stream(request: Request, *, local: Local, verb: Verb) -> Response:
    """Answer a call whose rows are read while they come; the whole body is taken in any case."""
    pipe = Pipe()
    filling = asyncio.create_task(_fill(pipe, request))
    try:
        return await run_in_threadpool(_take_stream, local, verb, request, pipe)
    except ClientDisconnect:
        return Response(status_code=CLIENT_LEFT)
    except Exception as error:
        return _trouble(verb, error)
    finally:
        pipe.abandon()
        await filling


async def _fill(pipe: Pipe, request: Request) -> None:
    waiting = bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= PIECE_BYTES:
                await run_in_threadpool(pipe.put, bytes(waiting))
                waiting.clear()
        if waiting:
            await run_in_threadpool(pipe.put, bytes(waiting))
        await run_in_threadpool(pipe.put, b"")
    except Exception as error:
        await run_in_threadpool(pipe.put, error)


def _take_stream(local: Local, verb: Verb, request: Request, pipe: Pipe) -> Response:
    _require_kind(verb, request)
    fields = decode_json(verb, _beside(request))
    result = local.call(verb, fields, coming(pipe), actor=actor_of(request))
    return _reply(verb, result, request.headers.get("accept", ""))


def _trouble(verb: Verb, error: Exception) -> Response:
    known = as_headgate(error)
    if known.code == "internal":
        log.error("verb_crashed", extra={"verb": verb.name}, exc_info=error)
    return failure(known)


def _read(verb: Verb, request: Request, content: bytes) -> tuple[dict[str, Any], Any]:
    if not verb.body_name:
        return decode_json(verb, content), None
    _require_kind(verb, request)
    fields = decode_json(verb, _beside(request))
    return fields, rows.from_stream(content) if verb.body == "rows" else content


def _require_kind(verb: Verb, request: Request) -> None:
    wanted = rows.ARROW if verb.body == "rows" else OCTETS
    given = request.headers.get("content-type", "").partition(";")[0].strip()
    if given != wanted:
        raise Invalid(
            f"{verb.name} takes its body as {wanted}, not {given or 'nothing'}",
            mend=f"send Content-Type: {wanted}, the request in header Headgate-Request (base64url)",
        )


def _beside(request: Request) -> bytes:
    """Read the request that stands beside a body: in the header, or else in the query."""
    encoded = request.headers.get("headgate-request")
    if encoded is None:
        return request.query_params.get("request", "{}").encode()
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(
            "header Headgate-Request is no base64url", mend="encode the request's JSON as base64url"
        ) from error


def _reply(verb: Verb, result: Any, accepted: str) -> Response:
    if verb.reply == "bytes":
        return Response(result, media_type=OCTETS)
    if verb.reply == "struct":
        return Response(msgspec.json.encode(result), media_type="application/json")
    if rows.ARROW in accepted:
        return Response(rows.to_stream(result), media_type=rows.ARROW)
    return Response(b"".join(rows.json_parts(result)), media_type="application/json")
