"""Standard deviation of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def std(name: str, /) -> Check:
    """Take the standard deviation of a column's values as a sample (n - 1 below).

    Args:
        name: the column, of numbers.
    """
    return Check(Figure(call("std", column(name))), evidence=f"the standard deviation of {name}")
