"""Distinct values of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def distinct_count(name: str, /) -> Check:
    """Count the different values of a column; the bounds say how many there may be.

    Args:
        name: the column.
    """
    return Check(Figure(call("distinct", column(name))), evidence=f"the different values of {name}")
