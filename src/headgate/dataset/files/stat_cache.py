"""Remembers the digest of every file by its size, times and inode, so that it is read once.

One Arrow file for each folder and choice of files, in `.headgate/cache/files`, which may be
deleted at any time. What cannot be read, or does not bear its own checksum, counts as not there.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3

from headgate.dataset.files.scan import Choice, LeftOut, Scan
from headgate.spine.store.canonical import content_digest
from headgate.spine.store.packs.index import DIGEST_BYTES, Digests

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from headgate.spine.store.segments import I64

RACY_NS = 2_000_000_000
"""A file touched so shortly before a walk may be written again in the same tick of its times."""
_STATS = ("size", "mtime_ns", "ctime_ns", "inode")
_META = b"headgate"


class Known(msgspec.Struct, frozen=True):
    """What a folder was when it was last committed.

    Args:
        version_id: the snapshot that holds these files; empty if the commit did not come to that.
        scanned_at_ns: when the walk began [ns since 1970].
        left_out: what could not be read.
        checksum: blake3 of the columns.
    """

    version_id: str
    scanned_at_ns: int
    left_out: tuple[tuple[str, str], ...]
    checksum: str = ""


class Remembered:
    """The files of a folder as they were.

    Args:
        known: when, and in which snapshot.
        paths: the files, n of them.
        stats: their sizes, times and inodes, shape (n, 4).
        digests: of their bytes, shape (n,).
    """

    def __init__(self, known: Known, paths: Any, stats: I64, digests: Digests) -> None:
        self.known = known
        self.paths = paths
        self.stats = stats
        self.digests = digests

    def recall(self, paths: Any, stats: I64) -> tuple[Digests, NDArray[np.bool_]]:
        """Say which files need not be read.

        Args:
            paths: an Arrow array of the files there are now, n of them.
            stats: what the file system says of them, shape (n, 4).

        Returns:
            A digest for each, and whether it holds, both of shape (n,).
        """
        if paths.equals(self.paths):
            mine = self.stats
            digests = self.digests.copy()
            is_known = np.ones(len(digests), np.bool_)
        else:
            found: Any = pc.index_in(paths, value_set=self.paths)
            places = np.asarray(found.fill_null(-1)).astype(np.int64)
            is_known = places >= 0
            mine = self.stats[places] if len(self.stats) else np.zeros_like(stats)
            digests = (
                self.digests[places]
                if len(self.digests)
                else np.zeros(len(places), f"S{DIGEST_BYTES}")
            )
        is_same = (mine == stats).all(axis=1)
        return digests, is_known & is_same & ~_are_racy(mine, self.known.scanned_at_ns)

    def tells(self, known: Known, paths: Any, stats: I64, digests: Digests) -> bool:
        """Say whether writing the cache again would change no answer of it."""
        return (
            known.version_id == self.known.version_id
            and known.left_out == self.known.left_out
            and paths.equals(self.paths)
            and np.array_equal(stats, self.stats)
            and np.array_equal(digests, self.digests)
            and not _are_racy(stats, self.known.scanned_at_ns).any()
        )


def cache_path(home: Path, named: tuple[str, ...], choice: Choice) -> Path:
    """Say where the cache of a folder lies.

    Args:
        home: the project's `.headgate`.
        named: tenant, dataset, branch, mode and absolute folder.
        choice: which files are wanted.
    """
    name = blake3(msgspec.json.encode([named, choice])).hexdigest()[:32]
    return home / "cache" / "files" / f"{name}.arrow"


def load(path: Path) -> Remembered | None:
    """Read a cache; nothing if there is none that can be trusted."""
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        metadata = table.schema.metadata or {}
        known = msgspec.json.decode(metadata[_META], type=Known)
        found = _remembered(known, table)
    except (OSError, pa.ArrowException, KeyError, msgspec.DecodeError):
        return None
    is_whole = _checksum(found.paths, found.stats, found.digests) == known.checksum
    return found if is_whole else None


def save(path: Path, known: Known, scan: tuple[Any, I64], digests: Digests) -> None:
    """Write a cache, whole or not at all; a folder that forbids it goes without.

    Args:
        path: where to.
        known: when, and in which snapshot.
        scan: paths and stats of the files, n of them.
        digests: of their bytes, shape (n,).
    """
    paths, stats = scan
    known = msgspec.structs.replace(known, checksum=_checksum(paths, stats, digests))
    data = pa.py_buffer(digests.tobytes())
    kind = pa.binary(DIGEST_BYTES)
    column = pa.FixedSizeBinaryArray.from_buffers(kind, len(digests), [None, data])
    columns: list[Any] = [paths, *(pa.array(part) for part in stats.T), column]
    table = pa.table(columns, names=["path", *_STATS, "digest"])
    table = table.replace_schema_metadata({_META: msgspec.json.encode(known)})
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pa.ipc.new_file(str(aside), table.schema) as writer:
            writer.write_table(table)
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def stats_of(scan: Scan) -> I64:
    """Put what the file system says of a scan's files into one array, shape (n, 4)."""
    return np.frombuffer(scan.stats, np.int64).reshape(-1, len(_STATS))


def pairs(left_out: list[LeftOut]) -> tuple[tuple[str, str], ...]:
    """Write what was left out as the cache keeps it."""
    return tuple((one.path, one.reason) for one in left_out)


def _are_racy(stats: I64, scanned_at_ns: int) -> NDArray[np.bool_]:
    return stats[:, 1:3].max(axis=1, initial=0) >= scanned_at_ns - RACY_NS


def _remembered(known: Known, table: pa.Table) -> Remembered:
    paths: Any = table["path"].combine_chunks()
    stats = np.stack([table[name].to_numpy() for name in _STATS], axis=1)
    column: Any = table["digest"].combine_chunks()
    digests = np.frombuffer(column.buffers()[1] or b"", f"S{DIGEST_BYTES}", len(column))
    return Remembered(known, paths, stats, digests)


def _checksum(paths: Any, stats: I64, digests: Digests) -> str:
    hasher = blake3(content_digest(pa.table({"path": paths})).encode())
    hasher.update(stats.tobytes())
    hasher.update(digests.tobytes())
    return hasher.hexdigest()
