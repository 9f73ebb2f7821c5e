"""One thing is done where it is asked for; several are done at once, and come back in order."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from headgate.spine.store.threads import each


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
