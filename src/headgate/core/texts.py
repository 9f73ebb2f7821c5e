"""Values as text, as the catalog keeps them."""

from __future__ import annotations

from typing import Any

import msgspec


def json_text(value: Any) -> str:
    """Write a value as JSON.

    >>> json_text({"floor": 50.0, "names": ["a"]})
    '{"floor":50.0,"names":["a"]}'
    """
    return msgspec.json.encode(value).decode()
