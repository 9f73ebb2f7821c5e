"""A wire to PostgreSQL that can be cut right after a word went through, before it is answered."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class Wire:
    """Hands bytes on between clients and a server on loopback.

    Args:
        port: the server's.

    Attributes:
        port: where clients connect.
        cut_after: the word; nothing is cut while it is empty.
        n_cut: how often it was cut.
    """

    def __init__(self, port: int) -> None:
        self.cut_after = b""
        self.n_cut = 0
        self._target = port
        self._ends: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def run(self) -> None:
        """Take clients in until the door is shut."""
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def shut(self) -> None:
        """Let nobody in any more."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for end in self._ends:
            end.close()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                is_last = bool(self.cut_after) and self.cut_after in data
                if is_last:
                    # the client hears no more, and so cannot know what came of its word
                    source.shutdown(socket.SHUT_RDWR)
                    self.n_cut += 1
                    self.cut_after = b""
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def wire_to(port: int) -> Generator[Wire]:
    """Lay a wire to a server."""
    wire = Wire(port)
    thread = threading.Thread(target=wire.run, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.shut()
        thread.join()
