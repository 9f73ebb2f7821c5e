"""What fsck finds wrong, and what to do about it."""

from __future__ import annotations

import msgspec

RESTORE = "restore the file from a backup: headgate project restore"
REPAIR = "run: headgate dataset fsck --repair"


class Problem(msgspec.Struct, frozen=True):
    """Something that is not as it was written.

    Args:
        kind: what is wrong: `missing`, `trashed`, `damaged`, `mismatch`, `row_ids`,
            `content_root`, `ref`, `events` or `erasure`.
        subject: where: a blob's key, a snapshot as `orders@3`, or `events`.
        message: what was found there.
        mend: what to do now.
        needed_by: snapshots that cannot be trusted for it, a few of them.
    """

    kind: str
    subject: str
    message: str
    mend: str
    needed_by: tuple[str, ...] = ()


def missing(key: str) -> Problem:
    """Say that a blob is gone."""
    return Problem("missing", key, "the file is gone", RESTORE)


def trashed(key: str) -> Problem:
    """Say that a blob lies in the trash although something names it."""
    return Problem("trashed", key, "the file lies in the trash and is needed", REPAIR)


def damaged(key: str, what: str) -> Problem:
    """Say that a blob is not what was written."""
    return Problem("damaged", key, what, RESTORE)
