"""Files that are no files: bytes written here are sent there, and never lie together in memory."""

from __future__ import annotations

import io
import queue
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid
from headgate.surfaces.rows import ARROW, END

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from headgate.spine.streaming import Coming

SENT_ROWS = 65_536
"""Rows sent at once [count]."""
WAITING = 4
"""Pieces of a body that wait for whoever reads them [count]."""


class Spout(io.RawIOBase):
    """A file to write to; what was written is taken from it piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any, /) -> int:
        """Keep some bytes until they are taken."""
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Take what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


class Pipe(io.RawIOBase):
    """A file to read from in one thread while another one fills it.

    Attributes:
        failure: why whoever fills it gave up.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pieces: queue.Queue[bytes | BaseException] = queue.Queue(WAITING)
        self._piece = memoryview(b"")
        self._tail = b""
        self._is_over = False
        self.failure: BaseException | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it ended as an Arrow stream does; one that was cut off may lack rows."""
        return self._tail == END

    def put(self, piece: bytes | BaseException) -> None:
        """Hand on a piece: bytes, none at the end, or why there will be no more; may wait."""
        if not self._is_over:
            self._pieces.put(piece)

    def abandon(self) -> None:
        """Let whoever fills it go on without waiting: nobody reads any more."""
        self._is_over = True
        while not self._pieces.empty():
            self._pieces.get_nowait()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what there is, at least a byte unless it is over."""
        if not self._piece:
            self._piece = self._next()
        n_bytes = min(len(buffer), len(self._piece))
        buffer[:n_bytes] = self._piece[:n_bytes]
        self._tail = (self._tail + bytes(self._piece[max(0, n_bytes - len(END)) : n_bytes]))[
            -len(END) :
        ]
        self._piece = self._piece[n_bytes:]
        return n_bytes

    def _next(self) -> memoryview:
        if self._is_over:
            return memoryview(b"")
        piece = self._pieces.get()
        if isinstance(piece, BaseException):
            self._is_over, self.failure = True, piece
            raise piece
        self._is_over = not piece
        return memoryview(piece)


def stream_parts(coming: Coming) -> Iterator[bytes]:
    """Write rows that come chunk after chunk as an Arrow IPC stream, a part for each chunk."""
    import pyarrow as pa

    spout = Spout()
    writer: Any = None
    for rows in coming.chunks(SENT_ROWS):
        if writer is None:
            writer = pa.ipc.new_stream(pa.PythonFile(spout, "w"), rows.schema)
        writer.write_table(rows)
        yield spout.taken()
    if writer is not None:
        writer.close()
    yield spout.taken()


def coming(pipe: Pipe) -> Coming:
    """Read an Arrow stream as rows that come chunk after chunk.

    Raises:
        Invalid: it is none; or, when the rows are read, it was cut off.
    """
    import pyarrow as pa

    from headgate.spine.streaming import Coming

    try:
        reader = pa.ipc.open_stream(pa.PythonFile(io.BufferedReader(pipe), "r"))
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _no_stream(error) from error
    return Coming(_batches(reader, pipe), reader.schema)


def _batches(reader: Any, pipe: Pipe) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        for batch in reader:
            # a reader of Arrow trusts lengths and offsets; bytes from outside may lead anywhere
            batch.validate(full=True)
            yield batch
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if error is pipe.failure:
            raise
        raise _no_stream(error) from error
    if not pipe.is_whole:
        raise _no_stream("it ends without its end marker")


def _no_stream(why: object) -> Invalid:
    return Invalid(f"the body is no Arrow stream: {why}", mend=f"send {ARROW} whole")
