"""Least value of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def minimum(name: str, /) -> Check:
    """Take the least value of a column; the bounds say where it may lie.

    Args:
        name: the column, of numbers.
    """
    return Check(Figure(call("min", column(name))), evidence=f"the least {name}")
