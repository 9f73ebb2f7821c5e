"""Does the same to several things at once, in a few threads, and to one or none without any."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Thing = TypeVar("Thing")
Made = TypeVar("Made")


def each(make: Callable[[Thing], Made], things: Sequence[Thing], *, at_once: int) -> list[Made]:
    """Make something of each thing; return what was made, in the order of the things.

    Args:
        make: what is done; for several things in threads, so it must bear that.
        things: any number.
        at_once: threads [count].

    >>> each(len, ["one", "three"], at_once=2)
    [3, 5]
    """
    if len(things) <= 1:
        return [make(thing) for thing in things]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(make, things))
