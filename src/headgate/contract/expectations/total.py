"""Sum of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def total(name: str, /) -> Check:
    """Take the sum of a column; the bounds say where it may lie.

    Args:
        name: the column, of numbers.
    """
    return Check(Figure(call("sum", column(name))), evidence=f"the sum of {name}")
