"""Mean of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def mean(name: str, /) -> Check:
    """Take the mean of a column; the bounds say where it may lie.

    Args:
        name: the column, of numbers.
    """
    return Check(Figure(call("mean", column(name))), evidence=f"the mean of {name}")
