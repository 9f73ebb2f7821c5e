"""Set: values that are one of those named."""

from __future__ import annotations

from headgate.core.checks import Check, Plain, call, column, each_row


def in_set(name: str, /, *, values: tuple[Plain, ...]) -> Check:
    """Find values that are none of those named; a missing one breaks nothing.

    Args:
        name: the column.
        values: the values allowed.
    """
    return each_row(name, call("not", call("in", column(name), *values)), f"{name} is not allowed")
