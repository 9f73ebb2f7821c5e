"""Time is UTC inside and ISO 8601 with a Z outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.core.times import now, parse, render, span


def test_the_present_has_a_zone() -> None:
    assert now().tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-03", datetime(2026, 11, 3, tzinfo=UTC)),
        ("2026-11-03T10:00:00", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ("2026-11-03T10:00:00Z", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ("2026-11-03T10:00:00+02:00", datetime(2026, 11, 3, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_utc(text: str, moment: datetime) -> None:
    assert parse(text) == moment


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-02-30", "0001-01-01T00:00+23:00"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)

    assert caught.value.mend == "write 2026-11-03 or 2026-11-03T10:00:00Z"


@given(
    st.datetimes().filter(lambda moment: 1900 < moment.year < 2200),
    st.integers(-12, 14),
)
def test_a_moment_written_is_read_as_the_same_moment(moment: datetime, hours: int) -> None:
    moment = moment.replace(tzinfo=timezone(timedelta(hours=hours)))

    text = render(moment)

    assert parse(text) == moment
    assert text.endswith("Z")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("0s", 0),
        ("2.5s", 2.5),
        ("30m", 1800),
        ("26h", 93_600),
        ("7d", 604_800),
        ("1w", 604_800),
        ("1h30m", 5400),
        (" 1d12h ", 129_600),
    ],
)
def test_a_length_of_time_is_read(text: str, seconds: float) -> None:
    assert span(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", " ", "5", "h", "m30", "30m1h", "-1h", "1.5h", "1 h", "٣h"])
def test_what_is_no_length_of_time_is_told(text: str) -> None:
    with pytest.raises(Invalid, match="is no length of time"):
        span(text)


@pytest.mark.parametrize("text", ["1000000000d", "99999999999w", "9" * 400 + "s"])
def test_a_length_of_time_that_is_too_long_to_hold_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is too long a time"):
        span(text)
