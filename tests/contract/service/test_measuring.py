"""One service level, held to when rows came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headgate.contract.odcs.nouns import Level
from headgate.contract.service.history import History
from headgate.contract.service.measuring import aged, measured, promised, shared, unseen
from tests.contract.service.histories import (
    DAY,
    NOON,
    START,
    daily,
    history,
    level,
    snapshot,
)

TEN_DAYS = daily(10)


@pytest.mark.parametrize(
    ("value", "unit", "is_met"),
    [(6, "h", True), (359, "min", False), ("6h", "", True), (0.25, "days", True), (1, "s", False)],
)
def test_data_may_be_as_old_as_was_promised(value: Any, unit: str, *, is_met: bool) -> None:
    found = measured(level("latency", value, unit), history(TEN_DAYS, at=9 * DAY + 12))

    assert (found.is_met, found.said, found.figure) == (is_met, "6h old", 6 * 3600)


def test_a_dataset_into_which_nothing_came_is_not_fresh() -> None:
    found = measured(level("freshness", 9, "y"), history({}, at=1))

    assert (found.is_met, found.said, found.figure) == (False, "nothing came yet", None)


def test_an_age_under_a_minute_is_told_so_for_nobody_reads_seconds() -> None:
    found = aged(level("latency", 1, "h"), NOON - timedelta(seconds=59), NOON)

    assert (found.is_met, found.said, found.figure) == (True, "less than a minute old", 59)


@pytest.mark.parametrize(
    ("came", "at", "is_met", "said"),
    [
        (TEN_DAYS, 9 * DAY + 7, True, "every 1d"),
        ({n * 26.4: 1 for n in range(10)}, 9 * 26.4, True, "every 1d 2h"),
        ({n * 26.5: 1 for n in range(10)}, 9 * 26.5, False, "every 1d 2h"),
        (TEN_DAYS, 12 * DAY, False, "none for 2d 18h"),
        ({0: 1, 90 * DAY: 1} | {90 * DAY + h: 1 for h in range(9)}, 90 * DAY + 9, True, "every 1h"),
        ({0: 1}, 5, None, "rows came no more than once"),
    ],
)
def test_rows_come_as_often_as_was_promised_if_they_usually_do(
    came: dict[float, int], at: float, is_met: bool | None, said: str
) -> None:
    found = measured(level("frequency", 1, "d"), history(came, at=at))

    assert (found.is_met, found.said) == (is_met, said)


@pytest.mark.parametrize(
    ("value", "ext", "is_met"),
    [(100, None, True), (101, None, False), (50, 100, True), (50, 99, False), ("100", None, True)],
)
def test_as_many_rows_come_in_a_day_as_was_promised(value: Any, ext: Any, *, is_met: bool) -> None:
    found = measured(level("volume", value, "rows", ext), history(TEN_DAYS, at=9.5 * DAY))

    assert (found.is_met, found.said, found.figure) == (is_met, "100 rows on 2026-11-10", 100)


def test_a_day_on_which_nothing_came_had_no_rows() -> None:
    found = measured(level("volume", 1, "rows"), history(TEN_DAYS, at=12 * DAY))

    assert (found.is_met, found.said) == (False, "0 rows on 2026-11-13")


@pytest.mark.parametrize(
    ("percent", "by", "is_met", "said"),
    [
        (90, "12:00", True, "95 % by 12:00 on 2026-11-02"),
        (96, "12:00", False, "95 % by 12:00 on 2026-11-02"),
        (5, "09:00", False, "0 % by 09:00 on 2026-11-02"),
        (100, "24:00", True, "100 % by 24:00 on 2026-11-02"),
    ],
)
def test_a_share_of_a_days_rows_has_come_by_an_hour(
    percent: float, by: str, *, is_met: bool, said: str
) -> None:
    came = {9.0: 95, 20.0: 5, 25.0: 1}

    found = measured(level("completeness", percent, "percent", by), history(came, at=30))

    assert (found.is_met, found.said) == (is_met, said)


def test_rows_of_a_day_are_asked_for_once_a_day_with_some_is_over() -> None:
    found = measured(level("volume", 1, "rows"), history({1: 5}, at=12))

    assert (found.is_met, found.said) == (None, "no day with rows is over yet")


def test_a_day_without_rows_is_not_asked_for_its_hours() -> None:
    early = measured(level("completeness", 50, "%", "12:00"), history({1: 5}, at=12))
    monday = measured(level("completeness", 50, "%", "12:00"), history({1: 5}, at=3 * DAY))

    assert (early.is_met, early.said) == (None, "no day with rows is over yet")
    assert (monday.is_met, monday.said) == (True, "100 % by 12:00 on 2026-11-02")
    assert shared(level("completeness", 50, "%", "12:00"), "x", 0, 0).is_met is None


@pytest.mark.parametrize(("days", "is_met"), [(29, True), (30, True), (31, False)])
def test_rows_were_kept_as_long_as_was_promised(days: float, *, is_met: bool) -> None:
    gone = snapshot(1, 0, expired_at=START + timedelta(days=30))
    known = History((), NOON, [gone, snapshot(2, DAY, n_removed=1)])

    found = measured(level("retention", days, "d"), known)

    assert (found.is_met, found.said) == (is_met, "given up after 30d")


def test_what_was_never_given_up_is_kept_however_young_it_is() -> None:
    found = measured(level("retention", 10, "y"), History((), NOON, [snapshot(1, 0)]))

    assert (found.is_met, found.said) == (True, "nothing given up since 2026-11-02")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (level("latency", 2, "h"), "at most 2 h old"),
        (level("ly", "26h"), "at most 26h old"),
        (level("frequency", 1, "d"), "every 1 d"),
        (level("retention", 3, "y"), "kept for 3 y"),
        (level("volume", 5, "rows", 9), "at least 5 and at most 9 rows a day"),
        (level("completeness", 95, "percent", "07:00"), "95 % of a day's rows by 07:00"),
        (level("availability", 99.9, "percent"), "99.9 percent"),
    ],
)
def test_what_is_promised_is_told_in_words(one: Level, said: str) -> None:
    assert promised(one) == said


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("generalAvailability", "people keep such a date"),
        ("End of Life", "people keep such a date"),
        ("availability", "what hands the data out"),
        ("timeOfAvailability", "what hands the data out"),
        ("time-to-repair", "how people answer"),
        ("completeness", "valueExt names no time of day"),
        ("latency", "it has no unit of time"),
        ("retention", "it has no unit of time"),
        ("charm", "nothing here measures"),
    ],
)
def test_what_is_not_looked_at_says_why(name: str, why: str) -> None:
    assert why in unseen(level(name, 1))
