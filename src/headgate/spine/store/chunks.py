"""Cuts what is asked for into as many values as one condition of a statement takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")

AT_ONCE = 500
"""Values in one condition; SQLite bounds how many a statement takes [count]."""


def chunks(values: Sequence[Value], size: int = AT_ONCE) -> Iterator[Sequence[Value]]:
    """Cut values into chunks, in their order.

    >>> list(chunks(["a", "b", "c"], 2))
    [['a', 'b'], ['c']]
    """
    for start in range(0, len(values), size):
        yield values[start : start + size]
