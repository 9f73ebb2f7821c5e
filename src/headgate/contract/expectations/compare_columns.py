"""Pairs: two columns of a row compared."""

from __future__ import annotations

from typing import Literal

from headgate.core.checks import Check, call, column, each_row
from headgate.core.errors import Invalid

OPERATORS = ("=", "<>", "<", "<=", ">", ">=")


def compare_columns(
    name: str, /, *, other: str, operator: Literal["=", "<>", "<", "<=", ">", ">="] = "<="
) -> Check:
    """Find rows in which two columns do not stand to each other as they must.

    Args:
        name: the column on the left.
        other: the column on the right; a row in which either is missing breaks nothing.
        operator: how they stand to each other.

    Raises:
        Invalid: there is no such operator.
    """
    if operator not in OPERATORS:
        raise Invalid(f"no operator {operator!r}", mend=f"one of {' '.join(OPERATORS)}")
    breaks = call("not", call(operator, column(name), column(other)))
    evidence = f"{name} {operator} {other} does not hold"
    return each_row(name, breaks, evidence, (name, other))
