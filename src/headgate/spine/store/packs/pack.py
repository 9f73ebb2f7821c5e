"""Packs: the bytes of files, one after the other, each file found by the digest of its bytes.

A pack holds nothing else: no header, no padding, no compression, so that a range of a file is a
range of the pack. Small files share packs of 64 MiB; a file above 8 MiB has one of its own. The
same bytes are kept once, whichever datasets hold them.
"""

from __future__ import annotations

import mmap
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from blake3 import blake3

from headgate.core.errors import Conflict, NotFound, Unavailable
from headgate.spine.store.packs.index import (
    DIGEST_BYTES,
    NOWHERE,
    Digests,
    Pack,
    PackIndex,
    Shelf,
    hex_of,
    write_index,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Buffer

    from headgate.spine.store.blobs import Blobs

PACK_BYTES = 64 << 20
LARGE_BYTES = 8 << 20
_MOST_PENDING = 2
"""Packs that wait to be written while the next one is filled; so memory stays bounded."""


class Entry(NamedTuple):
    """A file in a pack that is being filled."""

    digest: bytes
    start: int
    n_bytes: int


class PackWriter:
    """Fills packs with files that are in none yet; use it as a context manager.

    A reader takes `room`, reads a file into it, and says with `keep` what it read. Full packs
    are written by a thread, so that reading goes on meanwhile.

    Args:
        blobs: where packs go.
        shelf: the packs there are; what stands in them is not written again.
        pack_bytes: how large a pack of small files becomes; PACK_BYTES if none [bytes].
    """

    def __init__(self, blobs: Blobs, shelf: Shelf, *, pack_bytes: int | None = None) -> None:
        self._blobs = blobs
        self._shelf = shelf
        self._pack_bytes = pack_bytes or PACK_BYTES
        self._pool = ThreadPoolExecutor(1, "headgate-packs")
        self._pending: list[Future[Pack | None]] = []
        self._written: list[Pack] = []
        self._seen: set[bytes] = set()
        self._view = memoryview(b"")
        self._entries: list[Entry] = []
        self._used = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=error is not None)

    def room(self, n_bytes: int) -> memoryview:
        """Return that much memory to read a file into; it is given out again until `keep`."""
        if self._used + n_bytes > len(self._view):
            self._turn()
            self._view = _memory(max(self._pack_bytes, n_bytes))
        return self._view[self._used : self._used + n_bytes]

    def keep(self, digest: bytes, n_bytes: int) -> None:
        """Take what was read into the last room as a file.

        Args:
            digest: blake3 of the bytes.
            n_bytes: how many of the room's bytes are the file's.
        """
        if digest not in self._seen:
            self._seen.add(digest)
            self._entries.append(Entry(digest, self._used, n_bytes))
            self._used += n_bytes

    def keep_large(self, digest: bytes, path: Path) -> None:
        """Take a whole file, which nobody else may change, as a pack of its own."""
        known = np.array([digest], f"S{DIGEST_BYTES}")
        if digest in self._seen or self._shelf.find(known).packs[0] != NOWHERE:
            return
        self._seen.add(digest)
        with path.open("rb") as file:
            # not closed here: where blobs are sent they are read later, after the file is unlinked
            data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        entries = [Entry(digest, 0, len(data))]
        self._written.append(_write(self._blobs, data, len(data), entries))

    def finish(self) -> tuple[Pack, ...]:
        """Write what is left and return every pack written; `Blobs.settle` makes them safe."""
        self._turn()
        while self._pending:
            self._collect()
        return tuple(self._written)

    def _turn(self) -> None:
        if self._entries:
            job = self._pool.submit(self._seal, self._view, self._entries)
            self._pending.append(job)
        self._view, self._entries, self._used = memoryview(b""), [], 0
        while len(self._pending) > _MOST_PENDING:
            self._collect()

    def _collect(self) -> None:
        pack = self._pending.pop(0).result()
        if pack is not None:
            self._written.append(pack)

    def _seal(self, view: memoryview, entries: list[Entry]) -> Pack | None:
        found = self._shelf.find(_digests(entries)).packs
        fresh = [entry for entry, at in zip(entries, found, strict=True) if at == NOWHERE]
        if not fresh:
            return None
        if len(fresh) == len(entries):
            n_bytes = entries[-1].start + entries[-1].n_bytes
            return _write(self._blobs, view[:n_bytes], n_bytes, entries)
        data = b"".join([view[one.start : one.start + one.n_bytes] for one in fresh])
        starts = np.cumsum([0, *(one.n_bytes for one in fresh)])
        moved = [one._replace(start=int(at)) for one, at in zip(fresh, starts, strict=False)]
        return _write(self._blobs, data, len(data), moved)


def pack_key(files: str) -> str:
    """Say where the pack lies whose first index has a key.

    >>> pack_key("packs/ab/abc.parquet")
    'packs/ab/abc.pack'
    """
    return files.removesuffix(".parquet") + ".pack"


def read_file(blobs: Blobs, shelf: Shelf, digest: str, span: tuple[int, int | None]) -> bytes:
    """Read a file's bytes, or a range of them.

    Args:
        blobs: where packs lie.
        shelf: the packs there are.
        digest: of the file, in hexadecimal.
        span: first byte, from 0 on, and how many at most; all that follow if none.

    Raises:
        NotFound: its bytes are in no pack.
        Conflict: all of it was read, and its digest is another.
    """
    wanted = np.frombuffer(bytes.fromhex(digest), f"S{DIGEST_BYTES}")
    found = shelf.find(wanted)
    if found.packs[0] == NOWHERE:
        raise missing(digest)
    start, length = span
    size = int(found.lengths[0])
    n_bytes = max(0, size - start if length is None else min(length, size - start))
    if not n_bytes and size:
        return b""
    key = shelf.packs[int(found.packs[0])].pack
    data = blobs.span(key, int(found.starts[0]) + start, n_bytes)
    if n_bytes == size:
        require_digest(data, digest)
    return data


def read_files(blobs: Blobs, shelf: Shelf, digests: Digests) -> Iterator[tuple[int, memoryview]]:
    """Read files in the order in which they lie, each held against its digest.

    Args:
        blobs: where packs lie.
        shelf: the packs there are.
        digests: the files, shape (n,).

    Yields:
        The place of a file among `digests`, and its bytes, good until the next one is asked for.

    Raises:
        NotFound: the bytes of one are in no pack.
        Conflict: the bytes of one have another digest.
    """
    found = shelf.find(digests)
    texts = hex_of(digests)
    order = np.lexsort((found.starts, found.packs))
    if len(order) and found.packs[order[0]] == NOWHERE:
        raise missing(texts[int(order[0])])
    mapped = _Mapped(blobs)
    for place in order.tolist():
        start, n_bytes = int(found.starts[place]), int(found.lengths[place])
        whole = mapped.open(shelf.packs[int(found.packs[place])].pack)
        data = whole[start : start + n_bytes]
        require_digest(data, texts[place])
        yield place, data


def require_digest(data: Buffer, digest: str) -> None:
    """Make sure that bytes are those of a digest.

    Raises:
        Conflict: they are not.
    """
    if blake3(data).hexdigest() != digest:
        raise Conflict(
            f"the bytes of file {digest[:12]} are not what was committed",
            mend="run: headgate dataset fsck; then restore the project from a backup",
        )


def missing(digest: str) -> NotFound:
    """Say that the bytes of a file are in no pack, to be raised."""
    return NotFound(
        f"the bytes of file {digest[:12]} are in no pack",
        mend="they were erased, or the row was not made by committing a folder",
    )


class _Mapped:
    """The pack that is being read, mapped into memory."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._key = ""
        self._view = memoryview(b"")

    def open(self, key: str) -> memoryview:
        if key != self._key:
            with Path(self._blobs.locate(key)).open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
            self._key, self._view = key, memoryview(data)
        return self._view


def _memory(n_bytes: int) -> memoryview:
    """Take memory that costs nothing where no file is read into it."""
    try:
        return memoryview(mmap.mmap(-1, n_bytes))
    except OSError as error:
        raise Unavailable(
            f"no memory for a pack of {n_bytes} bytes", mend="end other programs, then try again"
        ) from error


def _digests(entries: list[Entry]) -> Digests:
    return np.frombuffer(b"".join([entry.digest for entry in entries]), f"S{DIGEST_BYTES}")


def _write(blobs: Blobs, data: Buffer, n_bytes: int, entries: list[Entry]) -> Pack:
    starts = np.array([entry.start for entry in entries], np.int64)
    lengths = np.array([entry.n_bytes for entry in entries], np.int64)
    files = write_index(blobs, PackIndex(_digests(entries), starts, lengths))
    if not n_bytes:
        # empty files alone: a pack of no bytes could not be mapped into memory
        data, n_bytes = b"\0", 1
    blobs.put(pack_key(files), data)
    return Pack(pack=pack_key(files), files=files, n_files=len(entries), n_bytes=n_bytes)
