"""Missingness: the share of nulls, to what it was."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def null_rate_change(name: str, /, *, before: float) -> Check:
    """Take the change of the share of rows without a value.

    Args:
        name: the column.
        before: the share before (0 to 1).
    """
    n_nulls = call("count_if", call("is_null", column(name)))
    share = call("/", n_nulls, call("*", call("count"), 1.0))
    value = call("-", share, before)
    return Check(Figure(value), evidence=f"the change of the share of nulls of {name}")
