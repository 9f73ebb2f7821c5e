"""Local copies of blobs that lie far away, the least recently used let go first.

A blob's key names its content, so a copy never grows old; only erasure changes what lies under a
key, and it has copies forgotten. A copy that was used in the last ten minutes stays even when the
cache is too big: a reader may be about to open it.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

IN_USE_S = 600.0
"""How long a copy stays at least after its last use [s]."""
_SPARE_RATIO = 0.9
"""How full the cache is after it was cleared; not cleared again for every blob."""


class Cache:
    """A folder of copies.

    Args:
        root: the folder; made when first needed.
        limit: how big all copies together may grow [bytes].
    """

    def __init__(self, root: Path, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._size: int | None = None
        self._n_forgotten = 0
        self._lock = threading.Lock()

    @property
    def mark(self) -> int:
        """How many blobs were forgotten; a copy begun before another one of them is not kept."""
        return self._n_forgotten

    def find(self, key: str) -> Path | None:
        """Return where the copy of a blob lies, if there is one; it counts as used now."""
        path = self._root / key
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def keep(self, key: str, parts: Iterable[Buffer], mark: int) -> Path | None:
        """Write a copy, whole or not at all.

        Args:
            key: the blob's.
            parts: its content.
            mark: what `mark` was before the content was asked for.

        Returns:
            Where it lies; nothing if a blob was forgotten since, for it may be this one.
        """
        path = self._root / key
        aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as file:
                for part in parts:
                    file.write(part)
                size = file.tell()
            with self._lock:
                if mark != self._n_forgotten:
                    return None
                aside.replace(path)
        except OSError as error:
            raise Unavailable(
                f"no copy of {key} could be kept in {self._root}: {error.strerror}",
                mend="make room there, or set store.cache_bytes lower",
            ) from error
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
        self._make_room(size)
        return path

    def forget(self, keys: Iterable[str]) -> None:
        """Remove the copies of some blobs."""
        with self._lock:
            for key in keys:
                self._n_forgotten += 1
                (self._root / key).unlink(missing_ok=True)

    def _make_room(self, n_bytes: int) -> None:
        with self._lock:
            if self._size is not None:
                self._size += n_bytes
            if self._size is None or self._size > self._limit:
                self._size = self._cleared()

    def _cleared(self) -> int:
        """Remove what was not used for longest until there is room; return the size left."""
        found = sorted(_copies(self._root))
        size = sum(n_bytes for _, n_bytes, _ in found)
        if size <= self._limit:
            return size
        for used_at, n_bytes, path in found:
            if size <= self._limit * _SPARE_RATIO or used_at > time.time() - IN_USE_S:
                break
            path.unlink(missing_ok=True)
            size -= n_bytes
        return size


def _copies(root: Path) -> Iterator[tuple[float, int, Path]]:
    """List copies with when they were last used [s since 1970] and their size [bytes]."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            yield status.st_mtime, status.st_size, path
