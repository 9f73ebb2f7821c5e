"""How old the newest is, beside how old it may be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headgate.core.freshness import freshness_of
from headgate.core.times import parse, told

NOON = parse("2026-11-03T12:00:00")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "is_kept"),
    [(HOUR, True), (HOUR - timedelta(microseconds=1), True), (1.001 * HOUR, False), (-HOUR, True)],
)
def test_the_newest_may_be_just_as_old_as_was_said(age: timedelta, *, is_kept: bool) -> None:
    found = freshness_of(NOON - age, HOUR, NOON)

    assert found.is_kept == is_kept


def test_what_never_came_is_not_fresh_however_old_it_may_be() -> None:
    found = freshness_of(None, timedelta.max, NOON)

    assert (found.is_kept, found.age, found.said) == (False, None, "never made")


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=-5), "0s"),
        (timedelta(minutes=59, seconds=59.9), "59m 59s"),
        (timedelta(days=2, minutes=5), "2d 5m"),
        (timedelta(days=400, hours=1, minutes=5), "400d 1h"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    assert told(length) == said
    assert freshness_of(NOON - length, HOUR, NOON).said == f"{said} old"
