"""Takes a backup of a project while others write to it.

First the catalog is written down as it stands at one moment, then every blob is copied. Whatever
the catalog names was stored before it was named, and a blob never changes, so the copy holds all
of it, and what came later is named by nothing. Only an erasure changes blobs: if one came between,
all is done once more.

A second backup into the same folder copies what is new and drops what is gone, so that what was
erased from the project leaves its backup too.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from blake3 import blake3
from sqlalchemy import select

from headgate.core.errors import Conflict, NotFound, Unavailable
from headgate.core.times import now
from headgate.spine import archive as parts
from headgate.spine.archive import Archive, Kept
from headgate.spine.context import Step, open_context, silent
from headgate.spine.init import KEY_PATH
from headgate.spine.settings import FILE
from headgate.spine.store.dump import tables_of, write_table
from headgate.spine.store.objects.stored import TRASH
from headgate.spine.store.tables import counters, erased
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs, Stored
    from headgate.spine.store.dump import TableFile

ATTEMPTS = 5
"""How often a backup begins anew because of erasures before it gives up [count]."""

BACKED_UP, SUBJECT = "project_backed_up", "project:backup"
"""The event that names a backup, for an erasure has to name it as a copy."""

_LOCK = ".lock"


class BackupReport(msgspec.Struct, frozen=True):
    """What a backup holds, and what this call did.

    Args:
        path: where it lies.
        taken_at: the moment whose state it is.
        n_copied: blobs that were copied now; the others were there.
        n_copied_bytes: their size [bytes].
        n_dropped: files of an earlier state that this one has no more.
        has_key: whether the signing key is in it.
        missing: files that snapshots name and the project has lost.
    """

    path: str
    taken_at: datetime
    n_datasets: int
    n_snapshots: int
    n_blobs: int
    n_bytes: int
    n_copied: int
    n_copied_bytes: int
    n_dropped: int
    has_key: bool
    missing: tuple[str, ...] = ()

    @property
    def has_findings(self) -> bool:
        """Whether the project itself is not whole."""
        return bool(self.missing)


class _State(NamedTuple):
    """The catalog as it was written down."""

    taken_at: datetime
    migration: str
    tables: tuple[TableFile, ...]
    tenants: tuple[str, ...]
    erased: str


def back_up(
    root: Path,
    to: Path,
    *,
    with_key: bool = False,
    progress: Callable[[Step], None] = silent,
) -> BackupReport:
    """Take a backup of a project.

    Args:
        root: the project's folder.
        to: the folder to write; an earlier backup in it is brought to the present state.
        with_key: put the signing key in too; whoever has it can sign in the project's name.
        progress: is called with every step.

    Raises:
        NotFound: the folder holds no project.
        Conflict: `to` holds something else, or an older Headgate made the project.
        Unavailable: `to` cannot be written, or erasures kept coming between.
    """
    context = open_context(root, progress=progress)
    try:
        _check_place(context, to)
        to.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(to):
            report = _Backup(context, to).take(with_key=with_key)
        with Work(context) as work:
            payload: dict[str, object] = {"to": report.path, "n_blobs": report.n_blobs}
            work.record(BACKED_UP, SUBJECT, payload)
        return report
    except OSError as error:
        raise Unavailable(
            f"{to} cannot be written: {error.strerror}",
            mend="make room or give the right to write, then back up again",
        ) from error
    finally:
        context.opened.close()


class _Backup:
    """One backup being taken.

    Args:
        context: the project.
        to: the folder of the backup.
    """

    def __init__(self, context: Context, to: Path) -> None:
        self._context = context
        self._to = to
        self._earlier = parts.load_archive(to) if (to / parts.MANIFEST).exists() else None
        self._place = to / _next_state(self._earlier)
        self._known = self._known_blobs()
        self._copied: dict[str, int] = {}

    def take(self, *, with_key: bool) -> BackupReport:
        """Write everything, name it in `backup.json`, and drop what it no longer names."""
        state, kept = self._consistent()
        settings = (self._context.root / FILE).read_bytes()
        key = self._context.opened.home / KEY_PATH
        archive = Archive(
            archive_version=parts.ARCHIVE_VERSION,
            headgate=version("headgate"),
            state=self._place.name,
            migration=state.migration,
            taken_at=state.taken_at,
            tables=state.tables,
            n_blobs=len(kept),
            n_bytes=sum(one.n_bytes for one in kept),
            blobs=parts.write_safely(self._place / parts.BLOBS, parts.kept_lines(kept)),
            settings=parts.write_safely(self._place / FILE, settings),
            key=_copy_key(key, self._place / parts.KEY) if with_key else None,
        )
        missing = parts.missing_of(self._to, archive)
        parts.write_safely(self._to / parts.MANIFEST, msgspec.json.encode(archive))
        return self._report(archive, self._drop(kept), missing)

    def _consistent(self) -> tuple[_State, list[Kept]]:
        """Write down the catalog and copy the blobs, with no erasure in between."""
        for _ in range(ATTEMPTS):
            state = self._write_tables()
            kept = [one for tenant in state.tenants for one in self._copy(tenant)]
            self._sync()
            with self._context.catalog.read() as connection:
                if _erased(connection) == state.erased:
                    return state, kept
        raise Unavailable(
            "erasures kept coming while the backup was taken", mend="back up again when they rest"
        )

    def _write_tables(self) -> _State:
        catalog, folder = self._context.catalog, self._place / parts.TABLES
        migration = catalog.migration()
        shutil.rmtree(self._place, ignore_errors=True)
        folder.mkdir(parents=True)
        with catalog.read() as connection:
            erased_before = _erased(connection)
            tenants = connection.execute(select(counters.c.tenant).distinct()).scalars()
            names = tuple(sorted({*tenants, self._context.tenant}))
            taken_at = now()
            tables = tuple(
                write_table(connection, table, folder / f"{table.name}.jsonl")
                for table in tables_of(connection)
            )
        parts.sync_folder(folder)
        return _State(taken_at, migration, tables, names, erased_before)

    def _copy(self, tenant: str) -> Iterator[Kept]:
        blobs = open_context(self._context.root, flags={"tenant": tenant}).blobs
        listed = [one for one in blobs.listed() if _is_blob(one.key)]
        total, done = sum(one.n_bytes for one in listed), 0
        for one in listed:
            kept = self._kept(blobs, tenant, one)
            if kept is not None:
                yield kept
            done += one.n_bytes
            self._context.progress(Step("copy", done, total, "bytes"))

    def _kept(self, blobs: Blobs, tenant: str, one: Stored) -> Kept | None:
        known = self._known.get((tenant, one.key))
        is_same = known is not None and (known.n_bytes, known.modified_at) == (
            one.n_bytes,
            one.modified_at,
        )
        if is_same:
            return known
        try:
            digest = self._read(blobs, one)
        except NotFound:
            # collected since it was listed, so nothing named it
            return None
        kept = Kept(tenant, one.key, one.n_bytes, digest, one.modified_at)
        self._known[tenant, one.key] = kept
        return kept

    def _read(self, blobs: Blobs, one: Stored) -> str:
        """Copy a blob part by part, and name it by what was read."""
        hasher = blake3()
        aside = self._to / "objects" / ".part"
        aside.parent.mkdir(exist_ok=True)
        with aside.open("wb") as file:
            for start in range(0, one.n_bytes, parts.CHUNK_BYTES):
                data = blobs.span(one.key, start, parts.CHUNK_BYTES)
                hasher.update(data)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        digest = hasher.hexdigest()
        path = parts.object_path(self._to, digest)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            self._copied[digest] = one.n_bytes
        # what lay there may be damaged, if it had to be read again
        aside.replace(path)
        return digest

    def _sync(self) -> None:
        for prefix in {digest[:2] for digest in self._copied}:
            parts.sync_folder(self._to / "objects" / prefix)

    def _known_blobs(self) -> dict[tuple[str, str], Kept]:
        """Return what an earlier backup holds, where its list and its files are whole in size."""
        if self._earlier is None:
            return {}
        path = self._to / self._earlier.state / parts.BLOBS
        try:
            parts.checked(path, self._earlier.blobs)
        except (NotFound, Conflict):
            return {}
        return {
            (one.tenant, one.key): one
            for one in parts.read_kept(path)
            if _has_size(parts.object_path(self._to, one.digest), one.n_bytes)
        }

    def _drop(self, kept: list[Kept]) -> int:
        """Remove what the new state does not name; return how many blobs that were."""
        for place in self._to.glob("state-*"):
            if place != self._place:
                shutil.rmtree(place)
        wanted = {one.digest for one in kept}
        gone = [path for path in self._to.glob("objects/*/*") if path.name not in wanted]
        for path in gone:
            path.unlink()
        return len(gone)

    def _report(self, archive: Archive, n_dropped: int, missing: list[str]) -> BackupReport:
        rows = {table.name: table.n_rows for table in archive.tables}
        return BackupReport(
            path=str(self._to),
            taken_at=archive.taken_at,
            n_datasets=rows["datasets"],
            n_snapshots=rows["versions"],
            n_blobs=archive.n_blobs,
            n_bytes=archive.n_bytes,
            n_copied=len(self._copied),
            n_copied_bytes=sum(self._copied.values()),
            n_dropped=n_dropped,
            has_key=archive.key is not None,
            missing=tuple(missing),
        )


def _check_place(context: Context, to: Path) -> None:
    if to.resolve().is_relative_to(context.opened.home):
        raise Conflict(
            f"{to} lies in the project's own store", mend="name a folder on another disk"
        )
    if to.exists() and not to.is_dir():
        raise Conflict(f"{to} is a file", mend="name a folder")
    names = {path.name for path in to.iterdir()} if to.exists() else set[str]()
    strange = [name for name in names if not _is_ours(name)]
    if strange:
        raise Conflict(
            f"{to} holds {min(strange)!r}, which is no part of a backup",
            mend="name an empty folder, or that of an earlier backup",
        )


def _is_ours(name: str) -> bool:
    own = {"objects", _LOCK, parts.MANIFEST, f".{parts.MANIFEST}"}
    return name in own or name.startswith("state-")


@contextmanager
def _alone(to: Path) -> Generator[None]:
    """Keep other backups out of the folder; the lock ends with the process."""
    with (to / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"another backup is being written to {to}", mend="wait until it is done"
            ) from error
        yield


def _next_state(earlier: Archive | None) -> str:
    number = int(earlier.state.removeprefix("state-")) if earlier else 0
    return f"state-{number + 1}"


def _is_blob(key: str) -> bool:
    """Leave out the trash, and what a killed process left half-written."""
    return not key.startswith(f"{TRASH}/") and not key.rpartition("/")[2].startswith(".")


def _has_size(path: Path, n_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == n_bytes


def _copy_key(key: Path, path: Path) -> str:
    digest = parts.write_safely(path, key.read_bytes())
    path.chmod(0o600)
    return digest


def _erased(connection: Connection) -> str:
    """Name the state of the erasures, which alone change blobs."""
    rows = connection.execute(select(erased).order_by(*erased.primary_key.columns))
    return blake3(msgspec.json.encode([tuple(row) for row in rows])).hexdigest()
