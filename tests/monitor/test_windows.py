"""What goes on is cut by the clock or by rows, and only complete windows count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from headgate.monitor.documents import Monitor, Rows
from headgate.monitor.watching import stretches, watch_of
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
