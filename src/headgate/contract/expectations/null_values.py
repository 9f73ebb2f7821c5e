"""Nulls: rows that have no value in a column."""

from __future__ import annotations

from headgate.core.checks import Check, call, column, each_row


def null_values(name: str, /) -> Check:
    """Find rows without a value.

    Args:
        name: the column.
    """
    return each_row(name, call("is_null", column(name)), f"{name} is null")
