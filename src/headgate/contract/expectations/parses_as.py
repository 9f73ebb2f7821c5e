"""Readable: texts that can be read as a date, a moment or a number."""

from __future__ import annotations

from typing import Literal

from headgate.core.checks import READABLE, Check, call, column, each_row, is_given
from headgate.core.errors import Invalid


def parses_as(
    name: str, /, *, kind: Literal["date", "timestamp", "integer", "number"] = "date"
) -> Check:
    """Find texts that cannot be read.

    Args:
        name: the column.
        kind: what they are read as; dates and timestamps as ISO 8601 writes them.

    Raises:
        Invalid: there is no such kind.
    """
    if kind not in READABLE:
        raise Invalid(f"nobody knows how to read {kind!r}", mend=f"one of {', '.join(READABLE)}")
    is_unread = call("not", call("parses", call("text", column(name)), kind))
    breaks = call("and", is_given(name), is_unread)
    return each_row(name, breaks, f"{name} is no {kind}")
