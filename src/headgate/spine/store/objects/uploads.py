"""Uploads that overlap: many blobs on their way at once, waited for before anyone names them.

What could not be sent is kept, and `settle` sends it once more: whichever unit of work put it, no
`settle` succeeds while a blob that was put has not landed.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

AT_ONCE = 16
"""Blobs on their way at once [count]; `add` waits for one to land when there are as many."""
LEFT_BYTES = 256_000_000
"""How much that could not be sent is kept before more is refused [bytes]."""


@dataclass
class _Upload:
    data: Buffer
    done: Future[None]

    @property
    def has_failed(self) -> bool:
        return self.done.done() and self.done.exception() is not None


class Uploads:
    """Blobs on their way.

    Args:
        send: sends one, and returns when it has landed.
    """

    def __init__(self, send: Callable[[str, Buffer], None]) -> None:
        self._send = send
        self._uploads: dict[str, _Upload] = {}
        self._lock = threading.Lock()
        self._room = threading.Semaphore(AT_ONCE)

    def add(self, key: str, data: Buffer) -> None:
        """Begin to send a blob, unless it is on its way already.

        Raises:
            HeadgateError: too much could not be sent; why the first of it was not.
        """
        self._refuse_more()
        with self._lock:
            is_known = key in self._uploads
        if not is_known:
            self._begin(key, data)

    def wait(self, key: str) -> None:
        """Return when a blob is not on its way; at once if it never was.

        Raises:
            HeadgateError: it could not be sent.
        """
        with self._lock:
            upload = self._uploads.get(key)
        if upload is not None:
            upload.done.result()

    def settle(self) -> None:
        """Return when everything has landed; what could not be sent before is sent once more.

        Raises:
            HeadgateError: something could not be sent.
        """
        for key, upload in self._left():
            self._begin(key, upload.data)
        with self._lock:
            waiting = [upload.done for upload in self._uploads.values()]
        errors = [done.exception() for done in waiting]
        for error in errors:
            if error is not None:
                raise error

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="headgate-upload")

    def _begin(self, key: str, data: Buffer) -> None:
        self._room.acquire()
        with self._lock:
            known = self._uploads.get(key)
            if known is None or known.has_failed:
                self._uploads[key] = _Upload(data, self._pool.submit(self._run, key, data))
                return
        self._room.release()

    def _run(self, key: str, data: Buffer) -> None:
        try:
            self._send(key, data)
            with self._lock:
                del self._uploads[key]
        finally:
            self._room.release()

    def _left(self) -> list[tuple[str, _Upload]]:
        """List what could not be sent."""
        with self._lock:
            return [(key, upload) for key, upload in self._uploads.items() if upload.has_failed]

    def _refuse_more(self) -> None:
        left = self._left()
        if sum(memoryview(upload.data).nbytes for _, upload in left) > LEFT_BYTES:
            left[0][1].done.result()
