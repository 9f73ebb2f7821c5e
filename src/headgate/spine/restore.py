"""Makes a project from a backup, in a new place, with every file verified on the way.

The catalog may be SQLite or PostgreSQL and the objects may lie on a disk or on S3, whatever the
project stood on when the backup was taken. Settings are written last: a restore that was cut off
leaves no project.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Conflict, Unavailable
from headgate.spine import archive as parts
from headgate.spine.context import Step, open_context, silent
from headgate.spine.init import KEY_PATH, write_key
from headgate.spine.settings import FILE, flatten
from headgate.spine.store.dump import read_table, tables_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from headgate.spine.archive import Archive
    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs

PLACES = {"store.catalog": "sqlite:///catalog.db", "store.objects": "."}
"""Where a restored project's catalog and objects lie unless others are named."""


class ProjectRestored(msgspec.Struct, frozen=True):
    """What was made from a backup.

    Args:
        path: the project's folder.
        taken_at: the moment whose state it is.
        has_old_key: whether the signing key came with the backup; otherwise a new one was made,
            and what was signed before is verified with the old one.
        missing: files that snapshots name and the backup never held.
    """

    path: str
    taken_at: datetime
    n_datasets: int
    n_snapshots: int
    n_blobs: int
    n_bytes: int
    has_old_key: bool
    missing: tuple[str, ...] = ()

    @property
    def has_findings(self) -> bool:
        """Whether some snapshot cannot be read."""
        return bool(self.missing)


def restore(
    backup: Path,
    to: Path,
    *,
    places: dict[str, str] | None = None,
    progress: Callable[[Step], None] = silent,
) -> ProjectRestored:
    """Make a project from a backup.

    Args:
        backup: the backup's folder.
        to: the project's folder; empty, or not there yet.
        places: `store.catalog` and `store.objects`, if not an SQLite file and the folder itself.
        progress: is called with every step.

    Raises:
        NotFound: there is no backup, or a file of it is gone.
        Conflict: `to` is not empty, a place is taken, or a file of the backup was altered.
        Invalid: a newer Headgate made the backup.
        Unavailable: `to` cannot be written.
    """
    archive = parts.load_archive(backup)
    _check_state(backup, archive)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Conflict(f"{to} is not empty", mend="name a folder that is, or one that is not there")
    was_there = to.exists()
    try:
        return _restored(_Restore(backup, archive, to.resolve(), progress), places or {})
    except BaseException as error:
        _clear(to, was_there=was_there)
        if not isinstance(error, OSError):
            raise
        raise Unavailable(
            f"{to} cannot be written: {error.strerror}",
            mend="make room or give the right to write, then restore again",
        ) from error


def _clear(to: Path, *, was_there: bool) -> None:
    """Leave the folder as it was, empty or not there, so that the next try finds it so."""
    for made in list(to.iterdir()) if was_there else [to]:
        if made.is_file():
            made.unlink()
        else:
            shutil.rmtree(made, ignore_errors=True)


class _Restore(msgspec.Struct, frozen=True):
    """A restore under way."""

    backup: Path
    archive: Archive
    root: Path
    progress: Callable[[Step], None]

    @property
    def place(self) -> Path:
        """The state's folder in the backup."""
        return self.backup / self.archive.state


def _restored(asked: _Restore, places: dict[str, str]) -> ProjectRestored:
    (asked.root / ".headgate" / KEY_PATH.parent).mkdir(parents=True, mode=0o700)
    (asked.root / ".headgate" / ".gitignore").write_text("*\n", encoding="utf-8")
    places = PLACES | places
    aside = asked.root / FILE
    aside.write_text(_settings(asked.place / FILE, places), encoding="utf-8")
    # as flags too: an environment that names the old places must not lead back to them
    context = open_context(asked.root, flags=places, progress=asked.progress)
    try:
        _write_blobs(context, asked)
        _write_catalog(context, asked)
    except BaseException:
        aside.unlink()
        raise
    finally:
        context.opened.close()
    _write_key(asked)
    rows = {table.name: table.n_rows for table in asked.archive.tables}
    return ProjectRestored(
        path=str(asked.root),
        taken_at=asked.archive.taken_at,
        n_datasets=rows["datasets"],
        n_snapshots=rows["versions"],
        n_blobs=asked.archive.n_blobs,
        n_bytes=asked.archive.n_bytes,
        has_old_key=asked.archive.key is not None,
        missing=tuple(parts.missing_of(asked.backup, asked.archive)),
    )


def _check_state(backup: Path, archive: Archive) -> None:
    """Hold the list of blobs, the settings and every table against their digests."""
    place = backup / archive.state
    parts.checked(place / parts.BLOBS, archive.blobs)
    parts.checked(place / FILE, archive.settings)
    if archive.key is not None:
        parts.checked(place / parts.KEY, archive.key)
    for table in archive.tables:
        parts.checked(place / parts.TABLES / f"{table.name}.jsonl", table.digest)


def _settings(path: Path, places: dict[str, str]) -> str:
    """Return the settings as they stood, but for where the store lies."""
    text = path.read_text(encoding="utf-8")
    known = flatten(tomllib.loads(text))
    if all(known.get(name, PLACES.get(name)) == value for name, value in places.items()):
        return text
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in (known | places).items()
    ]
    return "\n".join(lines) + "\n"


def _write_blobs(context: Context, asked: _Restore) -> None:
    """Put every blob where its tenant's lie, each held against its digest."""
    done = 0
    stores: dict[str, Blobs] = {}
    for one in parts.read_kept(asked.place / parts.BLOBS):
        if one.tenant not in stores:
            stores[one.tenant] = _empty_store(context, one.tenant)
        path = parts.checked(parts.object_path(asked.backup, one.digest), one.digest)
        stores[one.tenant].put(one.key, path.read_bytes())
        done += one.n_bytes
        context.progress(Step("restore", done, asked.archive.n_bytes, "bytes"))
    for blobs in stores.values():
        blobs.settle()


def _empty_store(context: Context, tenant: str) -> Blobs:
    flags = {name: context.settings.text(name) for name in PLACES} | {"tenant": tenant}
    blobs = open_context(context.root, flags=flags).blobs
    if any(True for _ in blobs.listed()):
        raise Conflict(
            f"{context.settings.text('store.objects')} holds objects of tenant {tenant} already",
            mend="name an empty place with --objects",
        )
    return blobs


def _write_catalog(context: Context, asked: _Restore) -> None:
    """Make the catalog as it stood, fill it, and bring it to the present."""
    from headgate.spine.store import migrate
    from headgate.spine.store.catalog import open_catalog

    catalog = open_catalog(context.settings.text("store.catalog"), context.opened.home)
    try:
        catalog.create(to=asked.archive.migration)
        with catalog.write() as connection:
            known = {table.name: table for table in tables_of(connection)}
            for written in [known[table.name] for table in asked.archive.tables]:
                path = asked.place / parts.TABLES / f"{written.name}.jsonl"
                read_table(connection, written, path)
        migrate.upgrade(catalog.engine)
    finally:
        catalog.close()


def _write_key(asked: _Restore) -> None:
    path = asked.root / ".headgate" / KEY_PATH
    if asked.archive.key is None:
        write_key(path)
        return
    path.touch(mode=0o600)
    path.write_bytes((asked.place / parts.KEY).read_bytes())
