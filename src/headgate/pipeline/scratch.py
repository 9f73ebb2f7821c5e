"""Folders that one process writes into and that go when it ends, however it ends.

Whoever made a folder holds a lock on it, which the system gives back even after kill -9; a folder
without a lock is a leftover. Unlike a process's number a lock is never taken for another's, and it
counts between containers that share a disk.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PLACE = Path(".headgate", "cache", "apart")


class Scratch:
    """A new folder in a project's cache.

    Args:
        root: the project's folder; what killed processes left in it is swept first.

    Attributes:
        path: the folder.
    """

    def __init__(self, root: Path) -> None:
        place = root / PLACE
        place.mkdir(parents=True, exist_ok=True)
        sweep(place)
        self.path, self._lock = _made(place)

    def remove(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep(place: Path) -> list[str]:
    """Remove the folders of processes that are gone; return their names."""
    gone: list[str] = []
    for path in place.glob("*/"):
        # one that another process sweeps now is not there any more, or locked
        with suppress(OSError):
            lock = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
                gone.append(path.name)
            finally:
                os.close(lock)
    return gone


def _made(place: Path) -> tuple[Path, int]:
    """Make a folder and lock it; once more if it was swept before it was locked."""
    while True:
        path = Path(tempfile.mkdtemp(dir=place))
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY)
            if _is_locked(lock) and path.is_dir():
                return path, lock
            os.close(lock)


def _is_locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # a disk that knows no locks: there nobody sweeps
        return True
    return True
