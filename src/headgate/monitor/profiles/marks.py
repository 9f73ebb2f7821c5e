"""Names the cells that counts stand on, so that only counts on the same cells are added."""

from __future__ import annotations

from hashlib import blake2b

from headgate.core.errors import Invalid


def mark_of(content: bytes) -> str:
    """Name the cells by a digest of what they are made of, 16 hexadecimal digits.

    >>> mark_of(b"a") == mark_of(b"a"), mark_of(b"a") == mark_of(b"b")
    (True, False)
    """
    return blake2b(content, digest_size=8).hexdigest()


def require_same(one: str, other: str) -> None:
    """Hold two windows to one set of cells.

    Raises:
        Invalid: their cells differ.
    """
    if one != other:
        raise Invalid(
            "two windows are counted on different cells", mend="count both by the same profile"
        )
