"""Row count: how many rows there are."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call


def row_count() -> Check:
    """Count rows; the bounds say how many there may be."""
    return Check(Figure(call("count")), evidence="the number of rows")
