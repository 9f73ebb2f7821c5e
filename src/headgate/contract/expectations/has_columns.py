"""Presence: columns that must be there."""

from __future__ import annotations

from headgate.core.checks import Check, Shape


def has_columns(*names: str, is_closed: bool = False) -> Check:
    """Look whether columns are there.

    Args:
        names: the columns.
        is_closed: no other column may be there.
    """
    return Check(Shape(columns=names, is_closed=is_closed))
