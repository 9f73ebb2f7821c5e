"""Set: values that are none of those named."""

from __future__ import annotations

from headgate.core.checks import Check, Plain, call, column, each_row


def not_in_set(name: str, /, *, values: tuple[Plain, ...]) -> Check:
    """Find values that are one of those named.

    Args:
        name: the column.
        values: the values that must not be.
    """
    return each_row(name, call("in", column(name), *values), f"{name} is not allowed")
