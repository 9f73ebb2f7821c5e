"""New categories: values that were not there in the reference."""

from __future__ import annotations

from headgate.core.checks import Check, Plain, call, column, each_row


def no_new_categories(name: str, /, *, known: tuple[Plain, ...]) -> Check:
    """Find values that nobody has seen before.

    Args:
        name: the column.
        known: the values of the reference.
    """
    return each_row(name, call("not", call("in", column(name), *known)), f"{name} is new")
