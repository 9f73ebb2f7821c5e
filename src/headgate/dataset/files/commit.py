"""Commits a folder: a row for each file, its bytes in packs, and only what was touched is read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Conflict
from headgate.core.plugins import Rejected
from headgate.core.refs import check_name
from headgate.core.times import now
from headgate.dataset.files import stat_cache
from headgate.dataset.files.hashing import Hasher
from headgate.dataset.files.rows import file_rows
from headgate.dataset.files.scan import Choice, LeftOut, Scan, opened_folder, scan_folder
from headgate.dataset.files.stat_cache import Known, Remembered
from headgate.spine.lineage.runs import require_running
from headgate.spine.store import queries
from headgate.spine.store.packs.index import DIGEST_BYTES, NOWHERE, Digests, Pack, Shelf, load_shelf
from headgate.spine.store.packs.pack import PackWriter
from headgate.spine.store.packs.queries import dataset_kind, mark_files, pack_rows, put_packs
from headgate.spine.store.snapshots import resolve
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Way, Write

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.dataset.files.reports import CommitFolderRequest
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64

_ATTEMPTS = 5
"""Times a commit is made again whose packs were collected or rewritten meanwhile [count]."""


class Read(NamedTuple):
    """A folder as it was read, n files.

    Args:
        paths: an Arrow array of text.
        stats: what the file system says of them, shape (n, 4).
        digests: of their bytes, shape (n,).
        left_out: what could not be read.
        scanned_at_ns: when the walk began [ns since 1970].
        relied_on: packs that hold what was not written now.
        packs: what was written.
    """

    paths: Any
    stats: I64
    digests: Digests
    left_out: tuple[tuple[str, str], ...]
    scanned_at_ns: int
    relied_on: tuple[Pack, ...] = ()
    packs: tuple[Pack, ...] = ()


class _Moved(Conflict):
    """A pack that the commit relies on was collected or rewritten."""


def commit_folder(context: Context, request: CommitFolderRequest) -> Snapshot:
    """Write a folder's files as the dataset's next snapshot.

    Returns:
        The new snapshot, or the newest one if nothing changed.

    Raises:
        NotFound: there is no such folder.
        Invalid: it is no folder, or the dataset's name cannot be one.
        Conflict: the dataset holds a table.
    """
    check_name("dataset", request.name)
    head = _head(context, request)
    folder = Path(request.path).absolute()
    choice = Choice(request.include, request.exclude, request.follow_symlinks)
    named = (context.tenant, request.name, request.branch, request.mode, str(folder))
    cache = stat_cache.cache_path(context.opened.home, named, choice)
    remembered = stat_cache.load(cache)
    with opened_folder(folder) as root:
        for _ in range(_ATTEMPTS):
            scan = scan_folder(root, choice, context.opened.home)
            read = _read(context, root, scan, _Before(remembered, head))
            with suppress(_Moved):
                snapshot = _committed(context, request, read, _Before(remembered, head))
                _remember(cache, read, snapshot.version_id, remembered)
                return snapshot
    raise Conflict("packs kept moving while a folder was committed", mend="try again")


class _Before(NamedTuple):
    """What is known before a folder is read: its cache, and the branch's newest snapshot."""

    remembered: Remembered | None
    head: Snapshot | None

    @property
    def is_current(self) -> bool:
        """Whether the newest snapshot is the one that the cache was written with."""
        if self.head is None or self.remembered is None:
            return False
        return self.remembered.known.version_id == self.head.version_id

    def equals(self, read: Read) -> bool:
        """Say whether the newest snapshot came of just these files."""
        old = self.remembered
        return (
            self.is_current
            and old is not None
            and old.paths.equals(read.paths)
            and np.array_equal(old.digests, read.digests)
            and old.known.left_out == read.left_out
        )


def _head(context: Context, request: CommitFolderRequest) -> Snapshot | None:
    with context.catalog.read() as connection:
        tenant = context.tenant
        kind = dataset_kind(connection, tenant, request.name)
        if kind not in (None, "files"):
            raise Conflict(
                f"dataset {request.name!r} holds a {kind}, not files", mend="choose another name"
            )
        if request.run is not None:
            require_running(connection, tenant, request.run)
        number = queries.head_number(connection, tenant, request.name, request.branch)
        return resolve(connection, tenant, request.name, str(number)) if number else None


def _read(context: Context, root: int, scan: Scan, before: _Before) -> Read:
    """Read what the cache does not know, and what is in no pack."""
    paths, stats = pa.array(scan.paths, pa.string()), stat_cache.stats_of(scan)
    digests, is_known = recalled(before.remembered, paths, stats)
    with context.catalog.read() as connection:
        named = pack_rows(connection, context.tenant)
    shelf = Shelf((), ())
    if not (before.is_current and is_known.all()):
        shelf = load_shelf(context.blobs, named)
    if not before.is_current:
        is_known &= shelf.find(digests).packs != NOWHERE
    places: list[int] = np.flatnonzero(~is_known).tolist()
    with PackWriter(context.blobs, shelf) as writer:
        hasher = Hasher(root, scan, writer, context.opened.home / "cache" / "scratch")
        fresh, left_out = hasher.read(places, context.progress)
        packs = writer.finish()
    read = assembled(scan, paths, digests, fresh, [*scan.left_out, *left_out])
    return read._replace(relied_on=named, packs=packs)


def recalled(
    remembered: Remembered | None, paths: Any, stats: I64
) -> tuple[Digests, NDArray[np.bool_]]:
    """Take what a cache knows of a folder's files; nothing if there is none."""
    if remembered is None:
        return np.zeros(len(paths), f"S{DIGEST_BYTES}"), np.zeros(len(paths), np.bool_)
    return remembered.recall(paths, stats)


def assembled(
    scan: Scan, paths: Any, digests: Digests, fresh: dict[int, bytes], left_out: list[LeftOut]
) -> Read:
    """Put together what was known and what was read, without what could not be read."""
    if fresh:
        joined = b"".join(fresh.values())
        digests[np.fromiter(fresh, np.int64, len(fresh))] = np.frombuffer(joined, digests.dtype)
    stats = stat_cache.stats_of(scan)
    if len(left_out) > len(scan.left_out):
        skipped = {one.path for one in left_out[len(scan.left_out) :]}
        kept = np.array([path not in skipped for path in scan.paths], np.bool_)
        paths, stats, digests = paths.filter(pa.array(kept)), stats[kept], digests[kept]
    return Read(paths, stats, digests, stat_cache.pairs(left_out), scan.started_at_ns)


def _committed(
    context: Context, request: CommitFolderRequest, read: Read, before: _Before
) -> Snapshot:
    if before.head is not None and request.run is None and before.equals(read):
        waiting = len(read.left_out)
        return msgspec.structs.replace(before.head, is_new=False, n_quarantined=waiting)
    write = Write(
        dataset=request.name,
        mode=request.mode,
        key=("path",),
        message=request.message,
        run=request.run,
        branch=request.branch,
    )
    with Work(context) as work:
        snapshot = work.write(write, [_part(request, read)])
        tenant = context.tenant
        _require_packs(context, work.connection, read)
        if dataset_kind(work.connection, tenant, request.name) != "files":
            mark_files(work.connection, tenant, request.name)
        if read.packs:
            put_packs(work.connection, tenant, read.packs)
            n_files = sum(pack.n_files for pack in read.packs)
            n_bytes = sum(pack.n_bytes for pack in read.packs)
            payload: dict[str, object] = {"n_files": n_files, "n_bytes": n_bytes}
            payload["n_packs"] = len(read.packs)
            work.record("files_packed", f"dataset:{request.name}", payload)
    return snapshot


def _part(request: CommitFolderRequest, read: Read) -> Part:
    return Part(
        rows=file_rows(read.paths, read.stats[:, 0], read.digests),
        origin=Origin(
            kind="derive" if request.run else "commit",
            arrived_at=now(),
            uri=str(Path(request.path).absolute()),
        ),
        rejected=tuple(
            Rejected(line=line, raw=path, reason=reason)
            for line, (path, reason) in enumerate(read.left_out, start=1)
        ),
        way=Way("files", {}, ()),
    )


def _require_packs(context: Context, connection: Connection, read: Read) -> None:
    """Make sure, under the write lock, that every pack relied on is still there as it was."""
    there = {(one.pack, one.files) for one in pack_rows(connection, context.tenant)}
    is_there = all((one.pack, one.files) in there for one in read.relied_on)
    blobs = context.blobs
    if not is_there or not all(blobs.has(one.pack) and blobs.has(one.files) for one in read.packs):
        raise _Moved("a pack was collected meanwhile", mend="try again")


def _remember(cache: Path, read: Read, version_id: str, before: Remembered | None) -> None:
    """Write the cache, unless it says so already."""
    known = Known(version_id, read.scanned_at_ns, read.left_out)
    if before is not None and before.tells(known, read.paths, read.stats, read.digests):
        return
    stat_cache.save(cache, known, (read.paths, read.stats), read.digests)
