"""Reads files once: hashes them, hands their bytes to packs, and notices when they change."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from blake3 import blake3

from headgate.core.errors import Unavailable
from headgate.dataset.files.scan import LeftOut, signature
from headgate.spine.context import Step
from headgate.spine.store.packs.pack import LARGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from headgate.dataset.files.scan import Scan, Stat

_ATTEMPTS = 3
"""Times a file is read that changes while it is read [count]."""
_CHUNK_BYTES = 8 << 20
_TOLD_EVERY = 2_000


class Sink(Protocol):
    """Where the bytes of files go."""

    def room(self, n_bytes: int, /) -> memoryview:
        """Return memory to read a small file into."""
        ...

    def keep(self, digest: bytes, n_bytes: int, /) -> None:
        """Take what was read into it."""
        ...

    def keep_large(self, digest: bytes, path: Path, /) -> None:
        """Take a whole file that nobody else changes."""
        ...


class Discard:
    """Keeps no bytes: for who wants digests alone."""

    def __init__(self) -> None:
        self._view = memoryview(bytearray(LARGE_BYTES + 1))

    def room(self, n_bytes: int, /) -> memoryview:
        """Return the same memory every time."""
        return self._view[:n_bytes]

    def keep(self, digest: bytes, n_bytes: int, /) -> None:
        """Keep nothing."""

    def keep_large(self, digest: bytes, path: Path, /) -> None:
        """Keep nothing."""


class Hasher:
    """Reads the files of a scan.

    Args:
        root: an open descriptor of the folder.
        scan: the folder as it was found; a file that changed since gets its new `Stat` there.
        sink: where the bytes go.
        scratch: a folder for copies of large files, which may change while they are read.
    """

    def __init__(self, root: int, scan: Scan, sink: Sink, scratch: Path) -> None:
        self._root = root
        self._scan = scan
        self._sink = sink
        self._scratch = scratch
        # without O_NONBLOCK a pipe that took a file's place would hold us up for ever
        self._flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK

    def read(
        self, places: Sequence[int], progress: Callable[[Step], None]
    ) -> tuple[dict[int, bytes], list[LeftOut]]:
        """Read files.

        Args:
            places: which of the scan's files.
            progress: is called now and then.

        Returns:
            The digest of each place that could be read, and what could not.
        """
        digests: dict[int, bytes] = {}
        left_out: list[LeftOut] = []
        for n_done, place in enumerate(places):
            if n_done % _TOLD_EVERY == 0:
                progress(Step("reading files", n_done, len(places), "files"))
            try:
                digest = self._digest(place)
                reason = "changing: it did not stay as it was while it was read"
            except FileNotFoundError:
                digest, reason = None, "gone: while the folder was read"
            except OSError as error:
                digest, reason = None, f"unreadable: {error.strerror}"
            if digest is None:
                left_out.append(LeftOut(self._scan.paths[place], reason))
            else:
                digests[place] = digest
        return digests, left_out

    def _digest(self, place: int) -> bytes | None:
        """Read one file; nothing if it kept changing, or became something else."""
        path, expected = self._scan.paths[place], self._scan.stat(place)
        for _ in range(_ATTEMPTS):
            read = self._small if expected.size <= LARGE_BYTES else self._large
            digest = read(path, expected)
            if digest is not None:
                return digest
            status = os.stat(path, dir_fd=self._root)
            if not stat.S_ISREG(status.st_mode):
                break
            expected = signature(status)
            self._scan.restat(place, expected)
        return None

    def _small(self, path: str, expected: Stat) -> bytes | None:
        """Read a file into the pack at once; one byte more would show that it grew."""
        room = self._sink.room(expected.size + 1)
        descriptor = os.open(path, self._flags, dir_fd=self._root)
        try:
            n_read = os.readv(descriptor, [room])
            while 0 < n_read < expected.size:
                more = os.readv(descriptor, [room[n_read:]])
                n_read += more
                if not more:
                    break
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if n_read != expected.size or signature(status) != expected:
            return None
        digest = blake3(room[:n_read]).digest()
        self._sink.keep(digest, n_read)
        return digest

    def _large(self, path: str, expected: Stat) -> bytes | None:
        """Copy a file aside while hashing it, so that packs get exactly what was hashed."""
        hasher = blake3(max_threads=blake3.AUTO)
        descriptor = os.open(path, self._flags, dir_fd=self._root)
        with os.fdopen(descriptor, "rb", buffering=0) as file, self._aside() as copy:
            n_read = 0
            while chunk := file.read(_CHUNK_BYTES):
                hasher.update(chunk)
                n_read += len(chunk)
                with _ours():
                    copy.write(chunk)
            if n_read != expected.size or signature(os.fstat(descriptor)) != expected:
                return None
            with _ours():
                copy.flush()
                self._sink.keep_large(hasher.digest(), Path(copy.name))
        return hasher.digest()

    @contextmanager
    def _aside(self) -> Generator[IO[bytes]]:
        with _ours():
            self._scratch.mkdir(parents=True, exist_ok=True)
            copy = tempfile.NamedTemporaryFile(dir=self._scratch)  # noqa: SIM115 - closed below
        with copy:
            yield copy


@contextmanager
def _ours() -> Generator[None]:
    """Tell trouble with our own copy from trouble with the file that is read."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"a large file could not be copied aside: {error.strerror}",
            mend="make room in .headgate/cache, then try again; nothing was changed",
        ) from error
