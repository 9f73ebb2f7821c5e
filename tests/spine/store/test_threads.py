"""One thing is done where it is asked for; several are done at once, and come back in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from headgate.spine.store.threads import ahead, each

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_one_thing_is_done_in_the_thread_that_asks() -> None:
    made = each(lambda _: threading.get_ident(), ["only"], at_once=4)

    assert made == [threading.get_ident()]


def test_several_things_are_done_at_once_and_come_back_in_order() -> None:
    meet = threading.Barrier(2, timeout=10)

    def wait_for_the_other(number: int) -> int:
        meet.wait()
        return number * 10

    made = each(wait_for_the_other, [1, 2], at_once=2)

    assert made == [10, 20]


@pytest.mark.parametrize("things", [[0], [0, 1]])
def test_what_fails_is_told(things: list[int]) -> None:
    def fail(_: Any) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        each(fail, things, at_once=2)


def test_what_comes_one_by_one_is_done_in_order_and_not_far_ahead() -> None:
    taken: list[int] = []

    def coming() -> Iterator[int]:
        for number in range(30):
            taken.append(number)
            yield number

    made = ahead(lambda number: number * 10, coming(), at_once=2)

    assert [next(made), len(taken) <= 6] == [0, True]
    assert list(made) == [number * 10 for number in range(1, 30)]


def test_the_only_thing_that_comes_is_done_in_the_thread_that_asks() -> None:
    found = [list(ahead(lambda _: threading.get_ident(), range(n), at_once=4)) for n in (0, 1)]

    assert found == [[], [threading.get_ident()]]


def test_what_fails_on_its_way_is_told_when_its_turn_comes() -> None:
    made = ahead(lambda number: 10 // number, [2, 1, 0, 5], at_once=2)

    assert [next(made), next(made)] == [5, 10]
    with pytest.raises(ZeroDivisionError):
        next(made)
