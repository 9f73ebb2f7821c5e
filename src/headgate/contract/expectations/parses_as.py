"""Readable: texts that can be read as a date, a moment or a number."""

from __future__ import annotations

from typing import Literal

from headgate.core.checks import READABLE, Check, call, column, each_row, is_given
from headgate.core.errors import Invalid

YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
DAY = f"{YEAR}-[0-9]{{2}}-[0-9]{{2}}"
ZONE = "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
TIME = f"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,6}})?)?{ZONE}?"
WRITTEN = {
    "date": f"^{DAY}$",
    "timestamp": f"^{DAY}([T ]{TIME})?$",
    "integer": "^[+-]?[0-9]+$",
    "number": r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$",
}
"""How each is written: engines read more than this, and each something else."""


def parses_as(
    name: str, /, *, kind: Literal["date", "timestamp", "integer", "number"] = "date"
) -> Check:
    """Find texts that cannot be read.

    Args:
        name: the column.
        kind: what they are read as; dates and timestamps as ISO 8601 writes them in full.

    Raises:
        Invalid: there is no such kind.
    """
    if kind not in READABLE:
        raise Invalid(f"nobody knows how to read {kind!r}", mend=f"one of {', '.join(READABLE)}")
    text = call("text", column(name))
    is_read = call("and", call("matches", text, WRITTEN[kind]), call("parses", text, kind))
    breaks = call("and", is_given(name), call("not", is_read))
    return each_row(name, breaks, f"{name} is no {kind}")
