"""Turns whatever went wrong into one of the error families, with a mend."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from headgate.core.errors import HeadgateError, Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

MENDS = {
    errno.ENOSPC: "free some space there and run it again; nothing was changed",
    errno.EDQUOT: "free some of the quota there and run it again; nothing was changed",
    errno.EACCES: "give yourself the right to read and write there, or name another place",
    errno.EPERM: "give yourself the right to read and write there, or name another place",
    errno.EROFS: "name a place that can be written to",
    errno.EMFILE: "raise the limit of open files (ulimit -n) and run it again",
    errno.EADDRINUSE: "name another port with --port, or 0 for a free one",
    errno.EADDRNOTAVAIL: "name an address of this machine with --host, such as 127.0.0.1",
}
EXTRAS = {
    "daft": "ray",
    "jsonschema_rs": "monitor",
    "obstore": "s3",
    "psycopg": "postgres",
    "ray": "ray",
    "river": "monitor",
    "scipy": "monitor",
    "sklearn": "demo",
    "sqlglot": "monitor",
}
FULL = "disk is full"


def as_headgate(error: BaseException) -> HeadgateError:
    """Return the error as a reader can act on it; what we did not foresee is our bug.

    Args:
        error: what was raised.
    """
    if isinstance(error, HeadgateError):
        return error
    for cause in _causes(error):
        if isinstance(cause, OSError):
            return _of_system(cause)
        if isinstance(cause, ModuleNotFoundError) and not (cause.name or "").startswith("headgate"):
            return _of_missing(cause)
        if _is_sqlite(cause):
            return _of_catalog(str(cause))
    if isinstance(error, MemoryError):
        return Unavailable("there is not enough memory", mend="ask for fewer rows or columns")
    return HeadgateError(
        f"{type(error).__name__}: {error}",
        mend="this is a bug in Headgate: report it to its issue tracker, with what "
        "HEADGATE_TRACEBACK=1 shows",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(8):
        if current is None:
            return
        yield current
        current = getattr(current, "orig", None) or current.__cause__


def _of_system(error: OSError) -> HeadgateError:
    place = f"{error.filename}: " if error.filename else ""
    said = os.strerror(error.errno).lower() if error.errno else str(error) or type(error).__name__
    message = f"{place}{said}"
    if isinstance(error, FileNotFoundError):
        return NotFound(message, mend="check the path; a relative one starts at the current folder")
    if isinstance(error, (IsADirectoryError, NotADirectoryError)):
        return Invalid(message, mend="name a file where a file is wanted, a folder where a folder")
    return Unavailable(message, mend=MENDS.get(error.errno or 0, "mend that and run it again"))


def _of_missing(error: ModuleNotFoundError) -> HeadgateError:
    name = (error.name or str(error)).partition(".")[0]
    extra = EXTRAS.get(name)
    install = f"pip install 'headgate[{extra}]'" if extra else f"pip install {name}"
    return Unavailable(f"this needs {name}, which is not installed", mend=install)


def _is_sqlite(error: BaseException) -> bool:
    sqlite = sys.modules.get("sqlite3")
    return sqlite is not None and isinstance(error, sqlite.OperationalError)


def _of_catalog(said: str) -> HeadgateError:
    if FULL in said:
        return Unavailable(f"the catalog: {said}", mend=MENDS[errno.ENOSPC])
    if "readonly" in said or "unable to open" in said:
        return Unavailable(f"the catalog: {said}", mend=MENDS[errno.EACCES])
    return Unavailable(f"the catalog: {said}", mend="run it again; it may be busy")
