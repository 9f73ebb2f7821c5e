"""Binds a loopback address and serves a project until it is told to stop."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from headgate.core.errors import Denied
from headgate.surfaces.server.app import make_app
from headgate.surfaces.server.guard import allowed_hosts
from headgate.surfaces.server.tokens import keep_token, token_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from headgate.surfaces.local import Local
    from headgate.surfaces.verbs import Table

BACKLOG = 128
KEEP_ALIVE_S = 75
DRAIN_S = 20
TICK_S = 0.1
MAX_HEADERS_BYTES = 1 << 20


class Prompt(uvicorn.Server):
    """A server that stops when it is told to; uvicorn looks ten times a second, then waits."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Stop soon; may be called from any thread, and before the first request is answered."""
        self.should_exit = True
        if self._loop is not None and self._told is not None:
            with suppress(RuntimeError):  # the loop is closed: it has stopped already
                self._loop.call_soon_threadsafe(self._told.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Hear a signal."""
        super().handle_exit(sig, frame)
        self.stop()

    async def main_loop(self) -> None:
        """Tick as uvicorn does, until told to stop."""
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % 10
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close at once what waits for a request; what is under way is left to uvicorn."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for bound in sockets or []:
            bound.close()


class Listening:
    """A server that holds its port and has not begun to answer.

    Args:
        local: the project.
        verbs: the verbs to serve.
        host: the loopback address to listen on.
        port: the port; 0 takes a free one.

    Raises:
        Denied: the address is not loopback, or others can read the token.
        OSError: the port is taken.
    """

    def __init__(self, local: Local, verbs: Table, *, host: str, port: int) -> None:
        refuse_open(host)
        home = local.context.opened.home
        self.token_path: Path = token_path(home)
        token = keep_token(home)
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        app = make_app(local, verbs, token=token, hosts=allowed_hosts(host, self.port))
        self._server = Prompt(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                ws="none",
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=DRAIN_S,
                h11_max_incomplete_event_size=MAX_HEADERS_BYTES,
            )
        )

    def run(self, ready: Callable[[], None]) -> None:
        """Answer until SIGTERM or Ctrl-C; requests under way are finished first.

        Args:
            ready: called once, when connections are taken.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            # Until uvicorn listens to signals itself, one must not get lost; and it raises the
            # signal again once it has drained, when there is nothing left to do.
            signal.signal(number, lambda *_: self.stop())
        ready()
        self.serve()

    def serve(self) -> None:
        """Answer until `stop`, leaving signals alone; may run in any thread."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Finish the requests under way and return from `serve`; may be called from any thread."""
        self._server.stop()


def refuse_open(host: str) -> None:
    """Make sure that an address can be reached from this machine only.

    Raises:
        Denied: it can be reached from outside.
    """
    if host == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise Denied(
            f"{host!r} is not a loopback address, and the server speaks plain HTTP",
            mend="listen on 127.0.0.1 and reach it from elsewhere through ssh -L",
        )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP, for asyncio leaves Nagle on otherwise: 40 ms a request on a kept connection
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    return bound
