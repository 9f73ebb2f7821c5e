"""What goes on is cut by the clock or by rows, and only complete windows count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.monitor.documents import Days, Monitor, Rows
from headgate.monitor.watching import stretch_of, stretches, watch_of
from headgate.monitor.windows import by_clock, by_rows, floored
from headgate.spine.context import Context
from tests.monitor.worlds import START, Stream, days_of, watch

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(*seconds: int) -> pa.Array:
    return pa.array([START + timedelta(seconds=one) for one in seconds], pa.timestamp("us", "UTC"))


def test_windows_begin_on_the_hour_at_midnight_and_on_mondays() -> None:
    moment = datetime(2026, 11, 4, 17, 40, tzinfo=UTC)

    begins = [floored(moment, length).isoformat()[:16] for length in (HOUR, DAY, 7 * DAY)]

    assert begins == ["2026-11-04T17:00", "2026-11-04T00:00", "2026-11-02T00:00"]


def test_a_window_that_is_not_over_is_left_out() -> None:
    found = list(by_clock(START + HOUR, START + 2 * DAY + HOUR, DAY))

    assert [(one.since, one.until) for one in found] == [
        (START, START + DAY),
        (START + DAY, START + 2 * DAY),
    ]


def test_rows_that_came_at_once_stay_in_one_window() -> None:
    moments = [at(5, 1, 2), at(2, 2, 9, 10)]

    found = list(by_rows(START, moments, 2))

    ends = [(one.since, one.until) for one in found]
    seconds = [((a - START).seconds, (b - START).seconds) for a, b in ends]
    assert seconds == [(0, 5), (5, 10)]
    assert list(by_rows(START, [], 2)) == []


def test_after_the_last_row_one_window_tells_that_nothing_came(context: Context) -> None:
    stream = Stream("deployment", {"prod": days_of(lambda _, n: {"a": [1.0] * n}, 2, 4)})
    watch(context, stream)
    monitor = Monitor(monitor="m", watch="deployment:prod")

    watched = watch_of(context, monitor)
    found = list(stretches(watched, monitor, None, START + 9 * DAY + HOUR))

    assert [(one.since - START).days for one in found] == [0, 1, 8]


def test_windows_of_rows_come_from_what_is_watched(context: Context) -> None:
    stream = Stream("deployment", {"prod": days_of(lambda _, n: {"a": [1.0] * n}, 3, 4)})
    watch(context, stream)
    monitor = Monitor(monitor="m", watch="deployment:prod", window=Rows(5))

    found = list(stretches(watch_of(context, monitor), monitor, None, START + 9 * DAY))

    counts = [sum(part.num_rows for part in stream.rows(context, "prod", *one)) for one in found]
    assert counts == [5, 5]


@pytest.mark.parametrize("until", [START, START + HOUR])
def test_nothing_is_complete_before_the_first_window_is_over(
    context: Context, until: datetime
) -> None:
    watch(context, Stream("deployment", {"prod": days_of(lambda _, n: {"a": [1.0] * n}, 1, 4)}))
    monitor = Monitor(monitor="m", watch="deployment:prod")

    assert list(stretches(watch_of(context, monitor), monitor, None, until)) == []


@pytest.mark.parametrize(
    ("days", "ending", "since"),
    [
        (28, "2026-11-03", "2026-10-06"),
        (1, "2026-03-01T12:00:00Z", "2026-02-28"),
        (10**9, "2026-11-03", "0001-01-01"),
        (1, "0001-01-01", "0001-01-01"),
    ],
)
def test_normal_days_begin_so_many_days_before_they_end(days: int, ending: str, since: str) -> None:
    found = stretch_of(Days(days, ending))

    assert found.since.isoformat()[:10] == since
    assert found.until.isoformat()[: len(ending) - 1] == ending[: len(ending) - 1]


def test_at_the_end_of_all_days_windows_stop() -> None:
    last = datetime(9999, 12, 30, tzinfo=UTC)

    found = list(by_clock(last, datetime(9999, 12, 31, 23, tzinfo=UTC), DAY))

    assert [one.since for one in found] == [last]


@given(
    minutes=st.integers(0, 60 * 24 * 400),
    length=st.sampled_from([HOUR, DAY, 7 * DAY, timedelta(minutes=90)]),
)
def test_windows_of_the_clock_lie_side_by_side_and_end_in_time(
    minutes: int, length: timedelta
) -> None:
    since = START + timedelta(minutes=minutes)
    until = since + 5 * length

    found = list(by_clock(since, until, length))

    assert found[0].since <= since < found[0].until
    assert all(one.until == other.since for one, other in pairwise(found))
    assert until - length < found[-1].until <= until


@given(seconds=st.lists(st.integers(0, 50), max_size=60), n_rows=st.integers(1, 20))
def test_windows_of_rows_hold_that_many_or_more_that_came_at_once(
    seconds: list[int], n_rows: int
) -> None:
    found = list(by_rows(START, [at(*seconds)], n_rows))

    moments = [START + timedelta(seconds=one) for one in seconds]
    for one in found:
        held = sorted(each for each in moments if one.since <= each < one.until)
        assert len(held) >= n_rows
        assert held[n_rows - 1] == held[-1]
    assert all(one.until == other.since for one, other in pairwise(found))
