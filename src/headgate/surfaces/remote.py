"""Calls operations on a server, over the standard library's HTTP with connections kept alive."""

from __future__ import annotations

import base64
import http.client
import os
import time
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from headgate.core.errors import FAMILIES, Denied, HeadgateError, Invalid, Unavailable
from headgate.surfaces import rows
from headgate.surfaces.pipe import stream_parts
from headgate.surfaces.request import check_fields

if TYPE_CHECKING:
    from headgate.surfaces.verbs import Verb

Content = bytes | Iterator[bytes]
IDLE_S = 30.0
TIMEOUT_S = 600.0
OCTETS = "application/octet-stream"


class Failure(msgspec.Struct):
    """An error as a server words it."""

    code: str
    message: str
    mend: str


class Remote:
    """A project behind a server; safe to share between threads.

    Args:
        address: the server's address, such as `http://127.0.0.1:7411`.
        token: the bearer token that `headgate up` minted.

    Raises:
        Invalid: the address is none.
    """

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(f"{address!r} is no address of a server", mend="write http://HOST:PORT")
        self.address = address.rstrip("/")
        self._prefix = parts.path.rstrip("/")
        self._host, self._port = parts.hostname, parts.port
        self._secure = parts.scheme == "https"
        self._headers = {"Authorization": f"Bearer {token}"}
        if os.environ.get("HEADGATE_ACTOR"):
            self._headers["X-Headgate-Actor"] = quote(os.environ["HEADGATE_ACTOR"])
        self._lock = Lock()
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []

    def call(self, verb: Verb, request: Mapping[str, Any], body: Any = None) -> Any:
        """Call an operation.

        Args:
            verb: what to call.
            request: its request as JSON holds it.
            body: a pyarrow table or bytes, if the verb takes one.

        Raises:
            Unavailable: no server answers.
            HeadgateError: whatever the operation raises, in its own family.
        """
        check_fields(verb, request)
        headers, content = _content(verb, request, body)
        headers["Accept"] = {"rows": rows.ARROW, "bytes": OCTETS}.get(
            verb.reply, "application/json"
        )
        data = self._exchange("POST", verb.path, headers, content, again=not verb.writes)
        if verb.reply == "rows":
            return rows.from_stream(data)
        if verb.reply == "bytes":
            return data
        return msgspec.json.decode(data, type=verb.operation().result)

    def greet(self) -> None:
        """Make sure that a server answers and takes the token.

        Raises:
            Unavailable: none answers.
            Denied: it does not take the token.
        """
        self._exchange("GET", "/api/v1/verbs", {}, b"", again=True)

    def close(self) -> None:
        """Close the connections kept alive."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_idle"):
            self.close()

    def __reduce__(self) -> Any:
        return Remote, (self.address, self._headers["Authorization"].removeprefix("Bearer "))

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], content: Content, *, again: bool
    ) -> bytes:
        connection, is_fresh = self._take()
        known = headers | self._headers
        try:
            if isinstance(content, bytes):
                connection.request(method, self._prefix + path, content, known)
            else:
                known["Transfer-Encoding"] = "chunked"
                connection.request(method, self._prefix + path, content, known, encode_chunked=True)
            response = connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if again and not is_fresh:
                return self._exchange(method, path, headers, content, again=again)
            raise Unavailable(
                f"no answer from {self.address}: {str(error) or type(error).__name__}",
                mend="start the server with: headgate up",
            ) from error
        except BaseException:  # whoever makes the rows broke off: half a request was sent
            connection.close()
            raise
        self._give(connection)
        if response.status >= http.client.BAD_REQUEST:
            raise _failure(self.address, response.status, data)
        return data

    def _take(self) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < IDLE_S:
                    return connection, False
                connection.close()
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=TIMEOUT_S), True

    def _give(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), connection))


def open_remote(address: str, token: str | None = None) -> Remote:
    """Open a project behind a server.

    Args:
        address: the server's address.
        token: its token; read from the environment's HEADGATE_TOKEN if not given.

    Raises:
        Denied: there is no token, or the server does not take it.
        Unavailable: no server answers.
    """
    token = token or os.environ.get("HEADGATE_TOKEN", "")
    if not token:
        raise Denied(
            f"{address} asks for a token",
            mend="export HEADGATE_TOKEN=…; it lies in .headgate/token of the server's project",
        )
    remote = Remote(address, token.strip())
    try:
        remote.greet()
    except BaseException:
        remote.close()
        raise
    return remote


def _content(verb: Verb, request: Mapping[str, Any], body: Any) -> tuple[dict[str, str], Content]:
    encoded = msgspec.json.encode(dict(request))
    if not verb.body_name:
        return {"Content-Type": "application/json"}, encoded
    is_rows = verb.body == "rows"
    headers = {
        "Content-Type": rows.ARROW if is_rows else OCTETS,
        "Headgate-Request": base64.urlsafe_b64encode(encoded).decode(),
    }
    if hasattr(body, "chunks"):
        return headers, stream_parts(body)
    return headers, rows.to_stream(body) if is_rows else bytes(body)


def _failure(address: str, status: int, data: bytes) -> HeadgateError:
    try:
        failure = msgspec.json.decode(data, type=Failure)
    except msgspec.DecodeError:
        return Unavailable(
            f"{address} answered {status} and not as Headgate does",
            mend="check that the address is that of `headgate up`",
        )
    family = FAMILIES.get(failure.code, HeadgateError)
    return family(failure.message, mend=failure.mend)
