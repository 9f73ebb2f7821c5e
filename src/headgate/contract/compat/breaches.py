"""A breach: a place where a reader cannot take what a writer may send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec


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


Compare = Callable[[Any, Any], list[Breach]]
"""Takes the reader's and the writer's parsed schema."""


def short(value: Any, most: int = 80) -> str:
    """Write a value of a schema, cut to a line.

    >>> short(None), short("int"), short({"a": 1})
    ('nothing', 'int', '{"a":1}')
    """
    if value is None:
        return "nothing"
    written = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = written or "''"
    return text if len(text) <= most else text[: most - 3] + "..."


def listed(names: Iterable[Any]) -> str:
    """Write names with commas, in their order."""
    return ", ".join(map(str, names)) or "nothing"


def distinct(found: Iterable[Breach]) -> Iterator[Breach]:
    """Yield each breach once, in order."""
    yield from dict.fromkeys(found)
