"""Greatest value of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def maximum(name: str, /) -> Check:
    """Take the greatest value of a column; the bounds say where it may lie.

    Args:
        name: the column, of numbers.
    """
    return Check(Figure(call("max", column(name))), evidence=f"the greatest {name}")
