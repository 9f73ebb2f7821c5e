"""Does the same to several things at once, in a few threads, and to one or none without any."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

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


def ahead(
    make: Callable[[Thing], Made], things: Iterable[Thing], *, at_once: int
) -> Iterator[Made]:
    """Make something of each thing as it comes; yield what was made, in the order of the things.

    No more than twice as many are taken ahead as are made at once, however many come.

    Args:
        make: what is done; for several things in threads, so it must bear that.
        things: any number.
        at_once: threads [count].

    >>> list(ahead(len, iter(["one", "three"]), at_once=2))
    [3, 5]
    """
    coming = iter(things)
    first = list(islice(coming, 2))
    if len(first) <= 1:
        yield from map(make, first)
        return
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for thing in chain(first, coming):
            waiting.append(pool.submit(make, thing))
            if len(waiting) > 2 * at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
