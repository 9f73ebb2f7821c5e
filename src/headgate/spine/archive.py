"""What a backup holds, and how its parts are named.

backup.json                what the backup is; written last, so a folder without it is none
state-N/blobs.jsonl        every blob: tenant, key, size, and the blake3 that names its file
state-N/tables/NAME.jsonl  every table of the catalog at one moment, one row a line
state-N/headgate.toml      the project's settings as they stood
state-N/signing.pem        the signing key, if it was asked for
objects/ab/abcd…           the blobs' bytes, named by their blake3
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.spine.store.dump import TableFile
from headgate.spine.store.manifest import Manifest, manifest_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ARCHIVE_VERSION = 1
MANIFEST = "backup.json"
BLOBS = "blobs.jsonl"
TABLES = "tables"
KEY = "signing.pem"
CHUNK_BYTES = 1 << 24
"""How much of a blob is in memory at a time [bytes]."""


class Kept(msgspec.Struct, frozen=True):
    """A blob that a backup holds.

    Args:
        digest: blake3 of its bytes; the name of its file.
        modified_at: when the project last wrote it; if that is the same it is not read again.
    """

    tenant: str
    key: str
    n_bytes: int
    digest: str
    modified_at: datetime


class Archive(msgspec.Struct, frozen=True):
    """A backup, as `backup.json` tells it.

    Args:
        state: the folder of this state, such as `state-1`.
        migration: where the catalog stood.
        taken_at: the moment whose state this is.
        blobs: blake3 of `blobs.jsonl`.
        settings: blake3 of `headgate.toml`.
        key: blake3 of `signing.pem`, if it was asked for.
    """

    archive_version: int
    headgate: str
    state: str
    migration: str
    taken_at: datetime
    tables: tuple[TableFile, ...]
    n_blobs: int
    n_bytes: int
    blobs: str
    settings: str
    key: str | None = None


class _Version(msgspec.Struct, frozen=True):
    """What of a row of `versions` tells which files it needs."""

    tenant: str
    version_id: str
    expired_at: str | None = None


def load_archive(folder: Path) -> Archive:
    """Read what a backup is.

    Raises:
        NotFound: the folder holds no backup.
        Invalid: it cannot be read, or a newer Headgate made it.
    """
    try:
        archive = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Archive)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(
            f"no backup in {folder}", mend="make one: headgate project backup PATH"
        ) from error
    except msgspec.DecodeError as error:
        raise Invalid(
            f"{folder / MANIFEST} cannot be read: {error}", mend="take another copy of the backup"
        ) from error
    if archive.archive_version > ARCHIVE_VERSION:
        raise Invalid(
            f"the backup has format {archive.archive_version}, this Headgate reads up to "
            f"{ARCHIVE_VERSION}",
            mend="upgrade Headgate",
        )
    return archive


def missing_of(folder: Path, archive: Archive) -> list[str]:
    """List the files that a backup's snapshots name and that it does not hold.

    Args:
        folder: the backup.
        archive: what it is.
    """
    place = folder / archive.state
    kept = {(one.tenant, one.key): one.digest for one in read_kept(place / BLOBS)}
    missing: set[str] = set()
    with (place / TABLES / "versions.jsonl").open("rb") as file:
        for line in file:
            version = msgspec.json.decode(line, type=_Version)
            if version.expired_at is None:
                missing |= _missing(folder, kept, version)
    return sorted(missing)


def object_path(folder: Path, digest: str) -> Path:
    """Say where the bytes of a blob lie in a backup."""
    return folder / "objects" / digest[:2] / digest


def write_safely(path: Path, data: bytes) -> str:
    """Write a file, whole or not at all, and make it safe on disk; return its blake3."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)
    return blake3(data).hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checked(path: Path, digest: str) -> Path:
    """Return a file's path once its content is known to be what was written.

    Raises:
        NotFound: it is gone.
        Conflict: it is another one.
    """
    try:
        found = blake3().update_mmap(path).hexdigest()
    except FileNotFoundError as error:
        raise NotFound(
            f"the backup has no {path.name}", mend="take another copy of the backup"
        ) from error
    if found != digest:
        raise Conflict(
            f"{path} is not what was written: its blake3 is {found[:12]}, not {digest[:12]}",
            mend="take another copy of the backup",
        )
    return path


def read_kept(path: Path) -> Iterator[Kept]:
    """Read the list of a backup's blobs."""
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=Kept)


def kept_lines(entries: Iterable[Kept]) -> bytes:
    """Write the list of a backup's blobs."""
    return b"".join(msgspec.json.encode(one) + b"\n" for one in entries)


def _missing(folder: Path, kept: dict[tuple[str, str], str], version: _Version) -> set[str]:
    key = manifest_key(version.version_id)
    digest = kept.get((version.tenant, key))
    if digest is None:
        return {key}
    data = checked(object_path(folder, digest), digest).read_bytes()
    named = msgspec.json.decode(data, type=Manifest).keys()
    return {name for name in named if (version.tenant, name) not in kept}
