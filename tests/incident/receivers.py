"""Receivers on loopback that answer as they are told to: well, late, never, or with nonsense."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

Answer = Callable[[StreamRequestHandler], None]


class Request(NamedTuple):
    """A post that came in, its headers by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def says(status: int, body: str = "", **headers: str) -> Answer:
    """Answer with a status and a body; `retry_after` stands for `Retry-After`."""
    known = {"Content-Length": str(len(body.encode())), "Connection": "close"}
    known |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in known.items())]
    content = ("\r\n".join([*lines, "", ""]) + body).encode()
    return lambda handler: _write(handler, content)


def writes(content: bytes) -> Answer:
    """Answer with bytes as they are, and close."""
    return lambda handler: _write(handler, content)


def hangs(handler: StreamRequestHandler) -> None:
    """Take the request and answer nothing, until the other side gives up."""
    with suppress(OSError):
        handler.connection.recv(1)


def dripping(start: bytes) -> Answer:
    """Begin to answer, and go on a byte at a time for as long as anybody listens."""

    def drip(handler: StreamRequestHandler) -> None:
        handler.wfile.write(start)
        while True:
            time.sleep(0.05)
            handler.wfile.write(b"X")

    return drip


def kills(pid: int) -> Answer:
    """Kill a process -9 once its request has come in whole."""

    def kill(_handler: StreamRequestHandler) -> None:
        os.kill(pid, signal.SIGKILL)

    return kill


CUT = writes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so far")
GARBAGE = writes(b"\x00\xff\xfe this is no HTTP\r\n\r\n")
CLOSED = writes(b"")
DRIPS = dripping(b"HTTP/1.1 200 OK\r\n")


def _write(handler: StreamRequestHandler, content: bytes) -> None:
    with suppress(OSError):
        handler.wfile.write(content)


class Server:
    """A server on loopback in a thread of its own, for the length of a block."""

    def __init__(self, handle: Callable[[StreamRequestHandler], None]) -> None:
        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    handle(self)

        class Quiet(ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Receiver(Server):
    """Takes posts and answers each in turn as told, the last way for all that follow.

    Args:
        answers: how to answer; 200 and an empty body if nothing is said.
        tls: speaks TLS, if given.
    """

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._take)
        self.answers = list(answers) or [says(200)]
        self.got: list[Request] = []
        self._tls = tls
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self._tls else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}"

    def _take(self, handler: StreamRequestHandler) -> None:
        if self._tls:
            with self._tls.wrap_socket(handler.connection, server_side=True) as line:
                handler.rfile, handler.wfile = line.makefile("rb"), line.makefile("wb")
                self._answer(handler)
        else:
            self._answer(handler)

    def _answer(self, handler: StreamRequestHandler) -> None:
        path = handler.rfile.readline().decode().split()[1]
        headers: dict[str, str] = {}
        while line := handler.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        with self._turn:
            self.got.append(Request(path, headers, body))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer(handler)
        handler.wfile.flush()


class Mail(NamedTuple):
    """A mail as it was handed over."""

    sender: str
    to: list[str]
    content: str


class Mailbox(Server):
    """An SMTP server; it says of a command what it is told to, and takes mail if nothing is said.

    Args:
        replies: by command, such as `{"RCPT": ["250 ok", "550 nobody"]}`, one after the other and
            the last for all that follow; an empty one closes the line.
        tls: offers STARTTLS, if given.
        is_encrypted: speaks TLS from the first byte instead.
        login: offers to log in.
    """

    def __init__(
        self,
        replies: dict[str, list[str]] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        is_encrypted: bool = False,
        login: bool = False,
    ) -> None:
        super().__init__(self._encrypted if is_encrypted else self._talk)
        self.mails: list[Mail] = []
        self.said: list[str] = []
        self._replies = {name: list(texts) for name, texts in (replies or {}).items()}
        self._tls, self._login = tls, login

    def _encrypted(self, handler: StreamRequestHandler) -> None:
        assert self._tls
        with self._tls.wrap_socket(handler.connection, server_side=True) as line:
            writer = line.makefile("wb", 0)
            self._reply(writer, self._next("GREETING", "220 ready"))
            self._converse(line.makefile("rb"), writer, None)

    def _talk(self, handler: StreamRequestHandler) -> None:
        self._reply(handler.wfile, self._next("GREETING", "220 ready"))
        self._converse(handler.rfile, handler.wfile, handler.connection)

    def _converse(self, reader: Any, writer: Any, line: socket.socket | None) -> None:
        """Talk until the other side or an empty reply ends it; a line may yet be encrypted."""
        sender, to = "", list[str]()
        while text := reader.readline().decode("latin-1").rstrip("\r\n"):
            command = text.split()[0].upper()
            self.said.append(text)
            reply = self._next(command, self._usual(command))
            if not reply:
                return
            if command == "MAIL":
                sender, to = text[10:].partition(">")[0].strip("<"), []
            if command == "RCPT" and reply.startswith("2"):
                to.append(text[8:].partition(">")[0].strip("<"))
            self._reply(writer, reply)
            if command == "DATA" and reply.startswith("3"):
                self._take(reader, writer, Mail(sender, list(to), ""))
            if command == "STARTTLS" and self._tls and line is not None:
                with self._tls.wrap_socket(line, server_side=True) as encrypted:
                    self._converse(encrypted.makefile("rb"), encrypted.makefile("wb", 0), None)
                return
            if command == "QUIT":
                return

    def _take(self, reader: Any, writer: Any, mail: Mail) -> None:
        content = b"".join(iter(reader.readline, b".\r\n")).decode("utf-8", "replace")
        verdict = self._next("CONTENT", "250 taken")
        if verdict.startswith("2"):
            self.mails.append(mail._replace(content=content))
        self._reply(writer, verdict)

    def _usual(self, command: str) -> str:
        if command == "EHLO":
            offers = ["STARTTLS"] if self._tls else []
            names = ["box", *offers, *(["AUTH PLAIN"] if self._login else []), "8BITMIME"]
            return "\r\n".join([*(f"250-{name}" for name in names[:-1]), f"250 {names[-1]}"])
        known = {"DATA": "354 go on", "STARTTLS": "220 go on", "AUTH": "235 welcome"}
        return known.get(command, "250 ok")

    def _next(self, command: str, usual: str) -> str:
        texts = self._replies.get(command, [usual])
        return texts.pop(0) if len(texts) > 1 else texts[0]

    @staticmethod
    def _reply(writer: Any, text: str) -> None:
        writer.write(f"{text}\r\n".encode())


def closed_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
