"""Schedules in time zones: reckoned anew by walking over every minute of UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.pipeline.schedule.clock import Clock
from headgate.pipeline.schedule.cron import read_cron
from tests.pipeline.schedule.test_cron import matches

CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-10-03T15:30", "2026-04-04T15:00"),
}
"""When the clocks go forward and back [UTC]; Lord Howe's by half an hour."""
NIGHTS = [(zone, at) for zone, both in CHANGES.items() for at in both]
HOURS = st.sampled_from(["*", "*/2", "0", "1", "2", "3", "1-2", "1,3", "0-3/3"])
MINUTES = st.sampled_from(["*", "0", "15", "30", "45", "*/15", "*/20", "0,59", "1-5"])


def reckoned(text: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """List when an expression is due after one moment and up to another, minute by minute."""
    place, found = ZoneInfo(zone), set[datetime]()
    shown_before = start.astimezone(place).replace(tzinfo=None)
    passed = {shown_before}
    moment = start
    while moment < end:
        moment += timedelta(minutes=1)
        shown = moment.astimezone(place).replace(tzinfo=None)
        if text.split()[1].startswith("*"):
            is_due = matches(text, shown)
        else:
            # every minute that the wall clock newly shows, or jumps over, counts here
            n_new = int((shown - max(passed)) / timedelta(minutes=1))
            new = [max(passed) + timedelta(minutes=n) for n in range(1, n_new + 1)]
            is_due = any(matches(text, one) for one in new)
            passed.update(new)
        if is_due:
            found.add(moment)
    return sorted(found)


@pytest.mark.parametrize(("zone", "change"), NIGHTS)
@settings(max_examples=40)
@given(minutes=MINUTES, hours=HOURS)
def test_nights_on_which_clocks_are_changed_are_as_reckoned_minute_by_minute(
    zone: str, change: str, minutes: str, hours: str
) -> None:
    text = f"{minutes} {hours} * * *"
    start = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(hours=5)
    end = start + timedelta(hours=10)

    found = list(Clock(text, zone).between(start, end))

    assert found == reckoned(text, zone, start, end)


@pytest.mark.parametrize(
    ("text", "zone", "day", "expected"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-29", ["03:00+0200"]),
        ("*/20 2 * * *", "Europe/Berlin", "2026-03-29", ["03:00+0200"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25", ["02:30+0200"]),
        ("30 2 * * *", "America/New_York", "2026-03-08", ["03:00-0400"]),
        ("30 1 * * *", "America/New_York", "2026-11-01", ["01:30-0400"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["02:30+1100"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05", ["01:45+1100"]),
        ("0 3 * * *", "Europe/Berlin", "2026-03-29", ["03:00+0200"]),
    ],
)
def test_a_time_in_the_gap_comes_once_at_the_jump_and_one_in_the_overlap_once(
    text: str, zone: str, day: str, expected: list[str]
) -> None:
    clock = Clock(text, zone)
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    before = midnight.astimezone(UTC) - timedelta(seconds=1)

    found = clock.between(before, before + timedelta(hours=20))

    assert [f"{clock.local(one):%H:%M%z}" for one in found] == expected


def test_a_rhythm_goes_on_through_the_hour_that_comes_twice() -> None:
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC) - timedelta(seconds=1)

    found = list(Clock("*/15 * * * *", "Europe/Berlin").between(start, start + timedelta(hours=3)))

    assert [b - a for a, b in pairwise(found)] == [timedelta(minutes=15)] * 11


@settings(max_examples=50)
@given(
    zone=st.sampled_from(["UTC", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns"]),
    text=st.tuples(MINUTES, HOURS).map(lambda two: f"{two[0]} {two[1]} * * *"),
    seconds=st.integers(0, 400 * 86_400),
)
def test_the_next_time_matches_on_the_wall_and_none_lies_between(
    zone: str, text: str, seconds: int
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    clock = Clock(text, zone)

    found = clock.after(moment)

    assert found is not None
    assert found > moment
    floor = moment.replace(second=0)
    assert [one for one in reckoned(text, zone, floor, found) if one > moment] == [found]


def test_times_are_asked_for_in_any_zone_and_answered_in_utc() -> None:
    there = datetime(2026, 7, 1, 5, 0, tzinfo=ZoneInfo("Asia/Tokyo"))

    found = Clock("0 6 * * *", "Europe/Berlin").after(there)

    assert found == datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe"])
def test_a_zone_there_is_not_is_told(zone: str) -> None:
    with pytest.raises(Invalid, match="there is no time zone"):
        Clock("@daily", zone)


def test_ten_thousand_times_are_listed_in_a_second() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    found = list(Clock("* * * * *", "Europe/Berlin").between(start, start + timedelta(days=7)))

    assert len(found) == 7 * 1440
    assert read_cron("* * * * *").is_hourly


@pytest.mark.parametrize("hour", ["0", "*"])
def test_a_day_that_is_further_off_than_nine_years_is_none(hour: str) -> None:
    clock = Clock(f"0 {hour} 29 2 */7")

    # a leap day fell on a Sunday in 2004 and will in 2032
    assert clock.after(datetime(2004, 3, 1, tzinfo=UTC)) is None
    assert clock.after(datetime(2030, 3, 1, tzinfo=UTC)) == datetime(2032, 2, 29, tzinfo=UTC)
