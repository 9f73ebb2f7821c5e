"""Duplicates: rows whose value, or values together, stand in another row too."""

from __future__ import annotations

from headgate.core.checks import Check, NoRepeats


def duplicate_values(*names: str) -> Check:
    """Find rows that have the same values as another one; missing values repeat nothing.

    Args:
        names: the columns, taken together.
    """
    told = ", ".join(names)
    return Check(NoRepeats(names), shows=names, evidence=f"{told} stands in another row too")
