"""An S3 server that misbehaves: a proxy over real HTTP that fails as it is told."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Generator

BUSY = {
    409: b"<Error><Code>OperationAborted</Code><Message>Try again</Message></Error>",
    503: b"<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>",
}
HOP = {"content-length", "transfer-encoding", "connection"}


class Faults:
    """What goes wrong with each request; nothing until it is told.

    Attributes:
        answer: for the nth request of a method the status to answer instead, 0 for the truth.
        cut: whether the body of the nth GET breaks off in the middle.
        lost: whether the nth request of a method is done, but its answer never arrives.
        delay_s: how much longer every request takes.
        seen: how many requests there were of each method.
    """

    def __init__(self, address: str, upstream: str) -> None:
        self.address = address
        self.upstream = upstream
        self.seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.heal()

    def heal(self) -> None:
        """Do no more wrong."""
        self.answer: Callable[[str, int], int] = lambda _method, _nth: 0
        self.cut: Callable[[int], bool] = lambda _nth: False
        self.lost: Callable[[str, int], bool] = lambda _method, _nth: False
        self.delay_s = 0.0

    def count(self, method: str) -> int:
        """Count a request; return the how manieth of its method it is."""
        with self._lock:
            self.seen[method] += 1
            return self.seen[method]


class Handler(BaseHTTPRequestHandler):
    """Hands requests on, or does with them what the faults say."""

    protocol_version = "HTTP/1.1"
    server: Any

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def _handle(self) -> None:
        faults: Faults = self.server.faults
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        nth = faults.count(self.command)
        time.sleep(faults.delay_s)
        status = faults.answer(self.command, nth)
        if status:
            self._reply(status, [], BUSY.get(status, b""))
            return
        connection = http.client.HTTPConnection(faults.upstream, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        content, headers = answer.read(), answer.getheaders()
        connection.close()
        if faults.lost(self.command, nth):
            self.close_connection = True
            return
        self._reply(
            answer.status, headers, content, is_cut=self.command == "GET" and faults.cut(nth)
        )

    def _reply(
        self, status: int, headers: list[tuple[str, str]], content: bytes, *, is_cut: bool = False
    ) -> None:
        self.send_response_only(status)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        is_head = self.command == "HEAD"
        self.send_header("content-length", lengths[0] if is_head and lengths else str(len(content)))
        self.end_headers()
        if is_cut:
            content = content[: len(content) // 2]
            self.close_connection = True
        if not is_head:
            self.wfile.write(content)


@contextmanager
def faulty(target: str) -> Generator[Faults]:
    """Run a proxy in front of an S3 server; its address is in what is yielded."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.faults = Faults(f"http://127.0.0.1:{server.server_port}", urlsplit(target).netloc)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
