"""A breach: a place where a reader cannot take what a writer may send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Breach(NamedTuple):
    """What keeps a reader's schema from taking everything a writer's schema allows.

    Args:
        path: where, in the words of the format.
        writer: what the writer's schema has there.
        reader: what the reader's schema has there.
        why: what happens.
    """

    path: str
    writer: str
    reader: str
    why: str


def listed(names: Iterable[Any]) -> str:
    """Write names with commas, in their order."""
    return ", ".join(map(str, names)) or "nothing"


def distinct(found: Iterable[Breach]) -> Iterator[Breach]:
    """Yield each breach once, in order."""
    yield from dict.fromkeys(found)
