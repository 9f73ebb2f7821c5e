"""Walks a folder: which files it holds, what the file system says of each, what is left out."""

from __future__ import annotations

import os
import re
import stat
import time
from array import array
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

_MOST = 2**63 - 1
_BY_NAME = attrgetter("name")
_KINDS = {
    stat.S_IFSOCK: "a socket",
    stat.S_IFIFO: "a pipe",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


class Choice(NamedTuple):
    """Which files of a folder are wanted.

    Args:
        include: patterns of which a file must match one; every file if there is none.
        exclude: patterns of which neither the file nor a folder above it may match one.
        is_following: symbolic links are followed.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    is_following: bool = False


class Stat(NamedTuple):
    """What tells whether a file was touched: when all of it is equal, so are the bytes."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class LeftOut(NamedTuple):
    """What could not be taken, and why as `name: evidence`."""

    path: str
    reason: str


class Scan(NamedTuple):
    """A folder as it was found.

    Args:
        paths: its files, relative and with /, each folder's files in name order, n of them.
        stats: the four numbers of each one's `Stat`, one file after the other.
        left_out: what is no file that can be read.
        started_at_ns: when the walk began [ns since 1970].
    """

    paths: list[str]
    stats: array[int]
    left_out: list[LeftOut]
    started_at_ns: int

    def stat(self, place: int) -> Stat:
        """Return what the file system says of one file."""
        return Stat(*self.stats[4 * place : 4 * place + 4])

    def restat(self, place: int, status: Stat) -> None:
        """Take what the file system says of a file that was touched since."""
        self.stats[4 * place : 4 * place + 4] = array("q", status)


class _Place(NamedTuple):
    """A folder to be walked, and the folders that lead to it."""

    prefix: str
    above: frozenset[tuple[int, int]]


class Walker:
    """Walks one folder.

    Args:
        root: an open descriptor of the folder.
        choice: which files are wanted.
        own: device and inode of a folder that is never walked: where the project keeps its store.
    """

    def __init__(self, root: int, choice: Choice, own: tuple[int, int] | None) -> None:
        self._root = root
        self._is_following = choice.is_following
        self._is_included = _matcher(choice.include) if choice.include else None
        self._is_excluded = _matcher(choice.exclude) if choice.exclude else None
        self._own = own
        self._places: list[_Place] = []
        self.found = Scan([], array("q"), [], time.time_ns())

    def walk(self) -> Scan:
        """Walk to the end."""
        self._places.append(_Place("", frozenset()))
        while self._places:
            place = self._places.pop()
            try:
                self._enter(place)
            except OSError as error:
                self._leave_out(place.prefix, f"unreadable: {error.strerror}")
        return self.found

    def _enter(self, place: _Place) -> None:
        follow = 0 if self._is_following else os.O_NOFOLLOW
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | follow
        descriptor = os.open(place.prefix or ".", flags, dir_fd=self._root)
        try:
            held = os.fstat(descriptor)
            identity = (held.st_dev, held.st_ino)
            if identity == self._own:
                return
            if identity in place.above:
                self._leave_out(place.prefix, "link: leads back to a folder above it")
                return
            with os.scandir(descriptor) as entries:
                self._list(place, sorted(entries, key=_BY_NAME), place.above | {identity})
        finally:
            os.close(descriptor)

    def _list(
        self, place: _Place, entries: Iterable[os.DirEntry[str]], above: frozenset[tuple[int, int]]
    ) -> None:
        folders: list[_Place] = []
        prefix, following = place.prefix, self._is_following
        is_choosing = self._is_included is not None or self._is_excluded is not None
        for entry in entries:
            path = prefix + entry.name
            if not path.isascii() and not _is_text(path):
                self._leave_out(path, "name: not UTF-8")
            elif is_choosing and not self._is_wanted(entry, path):
                continue
            elif entry.is_dir(follow_symlinks=following):
                folders.append(_Place(path + "/", above))
            else:
                self._take(entry, path)
        self._places += reversed(folders)

    def _is_wanted(self, entry: os.DirEntry[str], path: str) -> bool:
        if self._is_excluded is not None and self._is_excluded(path):
            return False
        if self._is_included is None or entry.is_dir(follow_symlinks=self._is_following):
            return True
        return self._is_included(path)

    def _take(self, entry: os.DirEntry[str], path: str) -> None:
        if not self._is_following and entry.is_symlink():
            self._leave_out(path, "link: not followed")
            return
        try:
            status = entry.stat(follow_symlinks=self._is_following)
        except FileNotFoundError:
            if entry.is_symlink():
                self._leave_out(path, "link: leads nowhere")
            return
        except OSError as error:
            self._leave_out(path, f"unreadable: {error.strerror}")
            return
        if not stat.S_ISREG(status.st_mode):
            self._leave_out(path, f"kind: {kind_of(status.st_mode)}")
            return
        self.found.paths.append(path)
        self.found.stats.extend(signature(status))

    def _leave_out(self, path: str, reason: str) -> None:
        self.found.left_out.append(LeftOut(shown(path), reason))


@contextmanager
def opened_folder(path: str | Path) -> Generator[int]:
    """Open a folder for walking and reading; gives a descriptor of it.

    Raises:
        NotFound: nothing is there.
        Invalid: it is no folder.
        Unavailable: it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound(f"no folder {path}", mend="give the path of one that is there") from error
    except NotADirectoryError as error:
        raise Invalid(f"{path} is no folder", mend="give the folder it lies in") from error
    except OSError as error:
        raise Unavailable(
            f"{path} could not be opened: {error.strerror}", mend="give yourself the right to it"
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def scan_folder(root: int, choice: Choice, own: Path | None = None) -> Scan:
    """List a folder's files.

    Args:
        root: an open descriptor of the folder.
        choice: which files are wanted.
        own: a folder that is never walked.
    """
    identity = None
    if own is not None and own.exists():
        status = own.stat()
        identity = (status.st_dev, status.st_ino)
    return Walker(root, choice, identity).walk()


def signature(status: os.stat_result) -> Stat:
    """Take from a file's status what tells whether it was touched."""
    inode = status.st_ino & _MOST
    return Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, inode)


def shown(path: str) -> str:
    """Write a path as text, bytes that are not UTF-8 as backslash, x and two digits."""
    return os.fsencode(path).decode(errors="backslashreplace")


def kind_of(mode: int) -> str:
    """Say what something is that is no regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "no regular file")


def pattern(text: str) -> str:
    """Write a pattern of paths as a regular expression.

    Without a slash it is held against the last name of a path, with one against all of it. `*`
    and `?` stand for signs of one name, `**` for names at any depth.

    >>> bool(re.fullmatch(pattern("*.jpg"), "a/b.jpg"))
    True
    >>> [bool(re.fullmatch(pattern("a/**/c.txt"), path)) for path in ("a/c.txt", "a/b/b/c.txt")]
    [True, True]
    >>> bool(re.fullmatch(pattern("a/*"), "a/b/c.txt"))
    False
    """
    body = text.strip("/")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", body)
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    written = "".join(signs.get(part) or re.escape(part) for part in parts)
    return written if "/" in text.rstrip("/") else f"(?:.*/)?{written}"


def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    compiled = re.compile("|".join(f"(?:{pattern(one)})" for one in patterns), re.DOTALL)
    return lambda path: compiled.fullmatch(path) is not None


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
