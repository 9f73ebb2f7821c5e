"""Cron expressions: what they mean is reckoned anew minute by minute, from the text itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.pipeline.schedule.cron import read_cron

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def matches(text: str, moment: datetime) -> bool:
    """Say whether an expression of numbers alone means a minute, straight from its text."""
    shown = (moment.minute, moment.hour, moment.day, moment.month, (moment.weekday() + 1) % 7)
    words = text.split()
    hits = [hit(*each) for each in zip(words, shown, BOUNDS, strict=True)]
    minute, hour, day, month, weekday = hits
    is_both = words[2].startswith("*") or words[4].startswith("*")
    return minute and hour and month and ((day and weekday) if is_both else (day or weekday))


@cache
def hit(word: str, shown: int, bounds: tuple[int, int]) -> bool:
    for part in word.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        first, last = bounds if span == "*" else (int(low), int(high or low))
        if first <= shown <= last and (shown - first) % int(step or 1) == 0:
            return True
    return False


@st.composite
def fields(draw: st.DrawFn, bounds: tuple[int, int]) -> str:
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 2))):
        low, high = sorted(draw(st.tuples(st.integers(*bounds), st.integers(*bounds))))
        step = draw(st.sampled_from(["", "/2", "/3", "/7"]))
        parts.append(draw(st.sampled_from(["*" + step, f"{low}-{high}{step}", str(low)])))
    return ",".join(parts)


EXPRESSIONS = st.tuples(*map(fields, BOUNDS)).map(" ".join)


@settings(max_examples=60)
@given(text=EXPRESSIONS, day=st.integers(0, 1500))
def test_an_expression_means_the_minutes_that_its_text_says(text: str, day: int) -> None:
    start = datetime.fromisoformat("2026-01-01") + timedelta(days=day, minutes=day % 1440)
    minutes = [start + timedelta(minutes=n) for n in range(2 * 1440)]
    # such as 31 February, which no day of four years matches
    days = [datetime.fromisoformat("2024-01-01") + timedelta(days=n) for n in range(1461)]
    assume(any(matches("* * " + text.split(maxsplit=2)[2], one) for one in days))

    times = read_cron(text).times_from(start)

    found = list(takewhile(lambda one: one <= minutes[-1], times))
    assert found == [one for one in minutes if matches(text, one)]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("0 6 * * mon-fri", "0 6 * * 1-5"),
        ("0 6 * JAN,dec Sun", "0 6 * 1,12 0"),
        ("0 6 * * 7", "0 6 * * 0"),
        ("0 6 * * fri-sun", "0 6 * * 0,5,6"),
        ("0 6 * * 5-7", "0 6 * * 0,5,6"),
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("  0   6 * * *  ", "0 6 * * *"),
    ],
)
def test_names_and_short_forms_mean_numbers(text: str, same: str) -> None:
    assert read_cron(text) == read_cron(same)


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("0 6 * *", "write five"),
        ("0 0 6 * * *", "write five"),
        ("60 * * * *", "write 0 to 59"),
        ("* 24 * * *", "write 0 to 23"),
        ("* * 0 * *", "write 1 to 31"),
        ("* * * 13 *", "write 1 to 12"),
        ("* * * * 8", "write 0 to 7"),
        ("* * * * monday", "write 0 to 7 or sun"),
        ("5/15 * * * *", "write 5-59/15"),
        ("*/0 * * * *", "a step is a whole number from 1"),
        ("*/x * * * *", "a step is a whole number from 1"),
        ("* 22-2 * * *", "write 22-23 and 0-2"),
        ("-5 * * * *", "write 0 to 59"),
        ("1,,2 * * * *", "write 0 to 59"),
        ("٣ * * * *", "write 0 to 59"),
        ("0 0 30 2 *", "choose a day of that month"),
        ("0 0 31 4,6 *", "choose a day of that month"),
        ("@reboot", "write five"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write(text: str, mend: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_cron(text)

    assert mend in raised.value.mend


def test_a_leap_day_is_found_over_the_year_that_has_none() -> None:
    found = next(read_cron("0 0 29 2 *").times_from(datetime.fromisoformat("2096-03-01")))

    assert found == datetime.fromisoformat("2104-02-29")
