"""Share of distinct values among all of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column, is_given


def distinct_ratio(name: str, /) -> Check:
    """Take the different values of a column to its rows that have one (0 to 1).

    Args:
        name: the column.
    """
    value = call("/", call("distinct", column(name)), call("count_if", is_given(name)))
    return Check(Figure(value), evidence=f"the share of different {name}")
