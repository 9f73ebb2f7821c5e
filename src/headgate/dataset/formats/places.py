"""Puts a file or folder in its place whole or not at all, and finds what lies there."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def whole(path: Path) -> Generator[Path, None, None]:
    """Hand out a place beside a path; what was written there takes the path's name at the end.

    What lay at the path before is replaced only then, and stays if anything goes wrong.

    Raises:
        Unavailable: the place cannot be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        settle(part)
        _swap(part, path)
    except OSError as error:
        raise Unavailable(
            f"{path} could not be written: {error.strerror or error}",
            mend="make room or choose another place",
        ) from error
    finally:
        discard(part)


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def settle(path: Path) -> None:
    """Make files and the folders that name them survive a loss of power."""
    inside = [path, *path.rglob("*")] if path.is_dir() else [path]
    for each in [*inside, path.parent]:
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def size_of(path: Path) -> int:
    """Add up the bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _swap(part: Path, path: Path) -> None:
    if not path.is_dir() and not part.is_dir():
        part.replace(path)
        return
    old = path.with_name(f".{path.name}.{secrets.token_hex(4)}.old")
    if path.exists():
        path.rename(old)
    part.rename(path)
    discard(old)
