"""Column order: columns that stand first, in this order."""

from __future__ import annotations

from headgate.core.checks import Check, Shape


def column_order(*names: str) -> Check:
    """Look whether columns stand in this order, before all others.

    Args:
        names: the columns.
    """
    return Check(Shape(columns=names, is_ordered=True))
