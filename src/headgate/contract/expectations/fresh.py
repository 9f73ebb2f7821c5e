"""Freshness: how old the newest row is."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column


def fresh(name: str, /) -> Check:
    """Take the age of the newest moment in a column [s]; the bounds say how old it may be.

    Args:
        name: the column, of dates or timestamps in UTC.
    """
    return Check(
        Figure(call("age_s", call("max", column(name)))),
        evidence=f"the age of the newest {name} [s]",
    )
