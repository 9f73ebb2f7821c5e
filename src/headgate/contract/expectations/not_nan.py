"""Numbers: rows whose number is none."""

from __future__ import annotations

from headgate.core.checks import Check, call, column, each_row


def not_nan(name: str, /) -> Check:
    """Find numbers that are not a number.

    Args:
        name: the column, of floating-point numbers.
    """
    return each_row(name, call("is_nan", column(name)), f"{name} is not a number")
