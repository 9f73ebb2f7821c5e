"""Blobs by key: written once, whole or not at all, and safe on disk before anyone names them."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from headgate.core.errors import Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Blobs(Protocol):
    """Where segments, manifests and bitmaps lie. Keys are `area/name`; a key is written once."""

    def put(self, key: str, data: Buffer) -> None:
        """Write a blob unless its key is there; it may be named after the next `settle`."""
        ...

    def get(self, key: str) -> bytes:
        """Read a whole blob.

        Raises:
            NotFound: there is none of that key.
        """
        ...

    def locate(self, key: str) -> str:
        """Return where a reader of files finds the blob."""
        ...

    def has(self, key: str) -> bool:
        """Say whether the key is there."""
        ...

    def settle(self) -> None:
        """Make every blob put so far survive a loss of power."""
        ...


class LocalBlobs:
    """Blobs as files of one folder, each area with a folder per tenant.

    Args:
        root: the folder; made if it is not there.
        tenant: whose blobs these are.
    """

    def __init__(self, root: Path, tenant: str) -> None:
        self._root = root
        self._tenant = tenant
        self._unsettled: set[Path] = set()
        self._lock = threading.Lock()

    def put(self, key: str, data: Buffer) -> None:
        """Write, fsync and rename into place; the folder is fsynced by `settle`."""
        path = self._path(key)
        if path.exists():
            # whoever wrote it may not have settled it yet
            with self._lock:
                self._unsettled.add(path.parent)
            return
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            self._make(path.parent)
            _write_durably(temporary, data)
            temporary.replace(path)
        except OSError as error:
            if temporary.exists():
                temporary.unlink()
            raise Unavailable(
                f"{path} could not be written: {error.strerror}",
                mend="make room or give the right to write, then try again; nothing was changed",
            ) from error
        with self._lock:
            self._unsettled.add(path.parent)

    def get(self, key: str) -> bytes:
        """Read a whole file."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                f"the store has no {key}", mend="restore the project from a backup"
            ) from error

    def locate(self, key: str) -> str:
        """Return the file's path."""
        return str(self._path(key))

    def has(self, key: str) -> bool:
        """Say whether the file is there."""
        return self._path(key).exists()

    def settle(self) -> None:
        """Fsync every folder that got a file since the last time."""
        # locked to the end: who finds nothing to settle relies on what another thread settles
        with self._lock:
            folders, self._unsettled = self._unsettled, set()
            for folder in folders:
                _sync_folder(folder)

    def _path(self, key: str) -> Path:
        area, _, name = key.partition("/")
        return self._root / area / self._tenant / name

    def _make(self, folder: Path) -> None:
        missing = [part for part in (folder, *folder.parents) if not part.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._unsettled.update(part.parent for part in missing)


def open_blobs(place: str, home: Path, tenant: str) -> Blobs:
    """Open the object store at a place.

    Args:
        place: a folder, seen from `home` if relative.
        home: the project's `.headgate` folder.
        tenant: whose blobs these are; part of every path.

    Raises:
        Invalid: the place is an address of a kind that is not known.
    """
    if "://" in place:
        raise Invalid(f"no object store at {place!r}", mend="give a folder")
    return LocalBlobs(home / place, tenant)


def _write_durably(path: Path, data: Buffer) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
