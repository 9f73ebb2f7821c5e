"""Quantile of a column."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call, column
from headgate.core.errors import Invalid


def quantile(name: str, /, *, q: float = 0.5) -> Check:
    """Take a quantile of a column, between two values if need be; the bounds say where it may lie.

    Args:
        name: the column, of numbers.
        q: which one (0 to 1); the median if nothing is said.

    Raises:
        Invalid: q lies outside of 0 to 1.
    """
    if not 0 <= q <= 1:
        raise Invalid(f"there is no quantile {q}", mend="give 0 to 1")
    value = call("quantile", column(name), q)
    return Check(Figure(value), evidence=f"quantile {q} of {name}")
