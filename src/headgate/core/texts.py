"""Values as text, as the catalog keeps them, and as a line of a report holds them."""

from __future__ import annotations

from typing import Any

import msgspec

CELL_SIGNS = 60
"""Signs of a value that a reason shows, so that it fits in a line [count]."""


def json_text(value: Any) -> str:
    """Write a value as JSON.

    >>> json_text({"floor": 50.0, "names": ["a"]})
    '{"floor":50.0,"names":["a"]}'
    """
    return msgspec.json.encode(value).decode()


def cut(text: str, most: int = CELL_SIGNS) -> str:
    """Cut text to a length; dots say that something is left out.

    Args:
        text: what is shown.
        most: the longest it may be [signs].

    >>> cut("short"), cut("somewhat longer", 8)
    ('short', 'somew...')
    """
    return text if len(text) <= most else text[: most - 3] + "..."


def short(value: Any, most: int = 80) -> str:
    """Write a plain value, cut to a line.

    >>> short(None), short("int"), short({"a": 1})
    ('nothing', 'int', '{"a":1}')
    """
    if value is None:
        return "nothing"
    written = value if isinstance(value, str) else json_text(value)
    return cut(written or "''", most)
