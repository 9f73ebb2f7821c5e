"""Blobs as files: each is written aside, made safe and renamed into place."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable
from headgate.spine.store.objects.stored import Stored, missing, trashed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from typing_extensions import Buffer

_SPREAD = re.compile(r"[0-9a-f]{2}")
"""Name of a folder that files are spread over by their digests."""
_NO_AREAS = {"cache", "keys"}
"""Folders of `.headgate` that hold no blobs."""


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
        self._above: set[Path] = set()
        self._named: set[Path] = set()
        self._lock = threading.Lock()

    def put(self, key: str, data: Buffer) -> None:
        """Write, fsync and rename into place; the folder is fsynced by `settle`."""
        path = self._path(key)
        with _explained(path):
            if not _touched(path):
                self._write(path, data)
        # settled also when it was there: whoever wrote it may not have come to that
        self._owe(path.parent)
        self._owe_name(path.parent)

    def get(self, key: str) -> bytes:
        """Read a whole file."""
        with _explained(self._path(key)):
            return self._found(key).read_bytes()

    def span(self, key: str, start: int, length: int) -> bytes:
        """Read a range of a file."""
        with _explained(self._path(key)), self._found(key).open("rb") as file:
            return os.pread(file.fileno(), length, start)

    def locate(self, key: str) -> str:
        """Return the file's path."""
        return str(self._found(key))

    def has(self, key: str) -> bool:
        """Say whether the file is there."""
        return self._path(key).exists()

    def replace(self, key: str, data: Buffer) -> None:
        """Rename a new file over the old one and make that durable at once."""
        path = self._path(key)
        with _explained(path):
            if not path.exists():
                raise missing(key)
            self._write(path, data)
            _sync_folder(path.parent)

    def delete(self, key: str) -> None:
        """Unlink the file; `settle` makes that durable."""
        path = self._path(key)
        with _explained(path):
            path.unlink(missing_ok=True)
        self._owe(path.parent)

    def listed(self, area: str = "") -> Iterator[Stored]:
        """Walk the tenant's folders."""
        areas = [area] if area else _areas(self._root)
        for name in areas:
            folder = self._root / name / self._tenant
            for path in _files(folder):
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                yield Stored(
                    key=f"{name}/{path.relative_to(folder).as_posix()}",
                    n_bytes=status.st_size,
                    modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
                )

    def trash(self, key: str) -> None:
        """Rename the file into the trash; its age there counts from now."""
        self._move(key, trashed(key))

    def untrash(self, key: str) -> None:
        """Rename the file back; what was written again meanwhile stays."""
        if self.has(key):
            self.delete(trashed(key))
        else:
            self._move(trashed(key), key)

    def purge_cache(self, keys: Iterable[str]) -> None:
        """Do nothing: there are no copies."""

    def settle(self) -> None:
        """Fsync every folder that got or lost a file since the last time."""
        # locked to the end: who finds nothing to settle relies on what another thread settles
        with self._lock:
            for folder in list(self._unsettled):
                with _explained(folder):
                    inner = _folders_in(folder) if folder in self._above else []
                    _sync_folder(folder)
                self._named.update(inner)
                self._unsettled.discard(folder)

    def _path(self, key: str) -> Path:
        area, _, name = key.partition("/")
        return self._root.joinpath(area, self._tenant, name)

    def _found(self, key: str) -> Path:
        """Return the path of a file, brought back from the trash if it lies there."""
        path = self._path(key)
        if not path.exists():
            self._move(trashed(key), key)
        return path

    def _move(self, key: str, target: str) -> None:
        old, new = self._path(key), self._path(target)
        with _explained(new):
            if not old.exists():
                raise missing(target.removeprefix("trash/"))
            self._make(new.parent)
            try:
                old.replace(new)
            except FileNotFoundError:
                if not new.exists():
                    raise missing(target.removeprefix("trash/")) from None
            os.utime(new)
        self._owe(old.parent, new.parent)
        self._owe_name(new.parent)

    def _write(self, path: Path, data: Buffer) -> None:
        self._make(path.parent)
        aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            _write_durably(aside, data)
            aside.replace(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise

    def _make(self, folder: Path) -> None:
        if folder.exists():
            return
        new = [folder, *takewhile(lambda part: not part.exists(), folder.parents)]
        folder.mkdir(parents=True, exist_ok=True)
        self._owe(*(part.parent for part in new))
        if _SPREAD.fullmatch(folder.name):
            # the folder above is brought to disk once for those that will be needed soon
            for digit in "0123456789abcdef":
                folder.with_name(folder.name[0] + digit).mkdir(exist_ok=True)

    def _owe(self, *folders: Path) -> None:
        with self._lock:
            self._unsettled.update(folders)

    def _owe_name(self, folder: Path) -> None:
        """Owe the folder above, unless the name that a folder has in it is known to be on disk.

        Whoever made the folder may not have come to that.
        """
        if folder not in self._named and _SPREAD.fullmatch(folder.name):
            with self._lock:
                self._above.add(folder.parent)
                self._unsettled.add(folder.parent)


@contextmanager
def _explained(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{path} could not be written or read: {error.strerror}",
            mend="make room or give the right to write, then try again; nothing was changed",
        ) from error


def _touched(path: Path) -> bool:
    """Refresh a file's age, so that what is put again is not collected as old."""
    try:
        os.utime(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _areas(root: Path) -> list[str]:
    if not root.is_dir():
        return []
    return [path.name for path in root.iterdir() if path.is_dir() and path.name not in _NO_AREAS]


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        for name in names:
            yield Path(place) / name


def _write_durably(path: Path, data: Buffer) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [folder / entry.name for entry in os.scandir(folder) if entry.is_dir()]
    except FileNotFoundError:
        return []


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
