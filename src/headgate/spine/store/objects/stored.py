"""What lies in an object store: its key, size and age, and how keys name the trash."""

from __future__ import annotations

from datetime import datetime

import msgspec

from headgate.core.errors import NotFound

TRASH = "trash"


class Stored(msgspec.Struct, frozen=True):
    """One blob that is stored.

    Args:
        key: `area/name`; of what lies in the trash `trash/area/name`.
        n_bytes: its size [bytes].
        modified_at: when it was written or put again (UTC); in the trash, when it got there.
    """

    key: str
    n_bytes: int
    modified_at: datetime


def trashed(key: str) -> str:
    """Return the key that a blob has in the trash.

    >>> trashed("segments/ab/abc.parquet")
    'trash/segments/ab/abc.parquet'
    """
    return f"{TRASH}/{key}"


def missing(key: str) -> NotFound:
    """Say that a blob is not there, to be raised."""
    return NotFound(f"the store has no {key}", mend="restore the project from a backup")
