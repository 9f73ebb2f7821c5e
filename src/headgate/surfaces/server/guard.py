"""Stands before every route: Host, Origin, token and size of body.

A web page can make a browser send requests to loopback, and DNS rebinding lets it read the
answers; so the Host must be an address we listen on, an Origin must be one of ours, and every
route but `/healthz` and posts to sensors wants the token, which no page can know.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
from starlette.responses import Response

from headgate.core.errors import Denied, HeadgateError, Invalid

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_PATHS = frozenset({"/healthz"})
HOOKS = "/api/v1/hooks/"
"""Below it posts to sensors come in, which are let in there: by a signature, or a token."""
MAX_BODY_BYTES = 1 << 30
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MAX_ACTOR = 200
"""Signs of an actor's name that are kept [count]."""
TOO_LARGE = 413
UNAUTHENTICATED = 401


class TooLarge(Invalid):
    """The body of a request is over the limit."""

    http_status = TOO_LARGE


class Unauthenticated(Denied):
    """The request carries no token, or a wrong one."""

    http_status = UNAUTHENTICATED


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """List the Host headers that name this server.

    Args:
        host: the address it listens on.
        port: the port it listens on.
    """
    written = f"[{host}]" if ":" in host else host
    return frozenset(f"{name}:{port}" for name in (written, *LOOPBACK))


def actor_of(request: Request) -> str | None:
    """Name who asks, if the request says so."""
    return unquote(request.headers.get("x-headgate-actor", ""))[:MAX_ACTOR] or None


def failure(error: HeadgateError) -> Response:
    """Word an error as REST does: `{code, message, mend}` with its family's status."""
    body = {"code": error.code, "message": error.message, "mend": error.mend}
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == UNAUTHENTICATED else None
    return Response(
        msgspec.json.encode(body),
        status_code=error.http_status,
        media_type="application/json",
        headers=headers,
    )


def bears(authorization: bytes, token: bytes) -> bool:
    """Say whether an Authorization header carries a token; its scheme may be in any case."""
    scheme, _, given = authorization.partition(b" ")
    return secrets.compare_digest(given.strip(), token) and scheme.lower() == b"bearer"


class Guard:
    """Middleware that lets only our own callers through.

    Args:
        app: what it stands before.
        token: the bearer token.
        hosts: the Host headers that name this server.
        max_body_bytes: the largest body it takes [bytes].
        unmeasured: paths that take a body of any size, where it comes in chunks: they read it
            while it comes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str,
        hosts: frozenset[str],
        max_body_bytes: int = MAX_BODY_BYTES,
        unmeasured: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = hosts
        self._max_body_bytes = max_body_bytes
        self._unmeasured = unmeasured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key.lower(): value for key, value in scope["headers"]}
        try:
            self._check_place(headers)
            if scope["path"] not in OPEN_PATHS and not scope["path"].startswith(HOOKS):
                self._check_token(headers)
            self._check_size(headers)
        except HeadgateError as error:
            await failure(error)(scope, receive, send)
            return
        is_free = scope["path"] in self._unmeasured and b"content-length" not in headers
        await self._app(scope, receive if is_free else self._counted(receive), send)

    def _check_place(self, headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts:
            raise Denied(
                f"host {host!r} is not this server",
                mend=f"call it as http://{min(self._hosts)}",
            )
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower() not in self._origins():
            raise Denied(
                f"origin {origin.decode('latin-1')!r} may not call this server",
                mend="open the page from this server, or call it without a browser",
            )

    def _origins(self) -> set[str]:
        return {f"http://{host}" for host in self._hosts}

    def _check_token(self, headers: dict[bytes, bytes]) -> None:
        if not bears(headers.get(b"authorization", b""), self._token):
            raise Unauthenticated(
                "the request carries no valid token",
                mend="send Authorization: Bearer TOKEN; it lies in .headgate/token of the project",
            )

    def _check_size(self, headers: dict[bytes, bytes]) -> None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise Invalid("content-length is no number", mend="send the size of the body in bytes")
        if int(length) > self._max_body_bytes:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        limit = self._max_body_bytes
        return TooLarge(
            f"the body is over {limit:,} bytes",
            mend="send it in parts: several calls, each with some of the rows",
        )

    def _counted(self, receive: Receive) -> Receive:
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_body_bytes:
                raise self._too_large()
            return message

        return counted
