"""Rows by a time of their own, at the edges of what is a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.dataset import arrivals, happenings
from headgate.dataset.happenings import Clock
from headgate.spine.context import Context
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(days=1)
EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
FAR = 2**61
"""Microseconds to a time long after the year 9999."""


def put(context: Context, rows: dict[str, Any], at: datetime = MONDAY, **given: Any) -> None:
    origin = Origin(kind="ingest", arrived_at=at, source="web")
    write = Write(dataset="orders", mode=given.pop("mode", "replace"), **given)
    with Work(context) as work:
        work.write(write, [Part(pa.table(rows), origin)])


def found(context: Context, column: str, window: Any = EVER) -> list[Any]:
    parts = happenings.rows(context, Clock("orders", column), window, ["x"])
    return sorted(x for part in parts for x in part["x"].to_pylist())


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_times_of_any_unit_are_in_the_window_they_say(context: Context, unit: Any) -> None:
    times = pa.array([MONDAY, MONDAY + DAY], pa.timestamp(unit, "UTC"))
    put(context, {"x": [1, 2], "made": times, "plain": times.cast(pa.timestamp(unit))})

    for column in ("made", "plain"):
        assert found(context, column, (MONDAY, MONDAY + DAY)) == [1]
        assert happenings.span(context, Clock("orders", column)) == (MONDAY, MONDAY + DAY)


def test_times_beyond_every_calendar_are_in_no_window_and_no_span(context: Context) -> None:
    times = pa.array([FAR, -FAR, 0, None], pa.timestamp("us"))
    put(context, {"x": [1, 2, 3, 4], "made": times})

    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert found(context, "made") == [3]
    assert happenings.span(context, Clock("orders", "made")) == (epoch, epoch)


def test_a_dataset_without_any_time_has_no_span(context: Context) -> None:
    put(context, {"x": [1], "made": pa.array([None], pa.timestamp("us"))})

    assert happenings.span(context, Clock("orders", "made")) is None
    assert found(context, "made") == []


def test_only_the_newest_snapshot_counts_and_a_name_may_hold_a_dot(context: Context) -> None:
    put(context, {"x": [1], "a.b": [date(2026, 11, 2)]})
    put(context, {"x": [2, 3], "a.b": [date(2026, 11, 2), None]})

    assert found(context, "a.b") == [2]


def test_windows_hold_what_numpy_finds(context: Context) -> None:
    random = np.random.default_rng(7)
    hours = random.integers(0, 48, 60)
    times = pa.array([MONDAY + timedelta(hours=int(hour)) for hour in hours])
    put(context, {"x": list(range(60)), "made": times})

    for low, high in random.integers(-2, 50, (20, 2)).tolist():
        window = (MONDAY + timedelta(hours=low), MONDAY + timedelta(hours=high))
        expected = np.flatnonzero((hours >= low) & (hours < high)).tolist()
        assert found(context, "made", window) == expected


def test_rows_of_batches_that_came_in_one_window_come_the_earliest_first(context: Context) -> None:
    for day, x in ((2, 1), (0, 2), (1, 3)):
        put(context, {"x": [x]}, MONDAY + day * DAY, mode="append")

    parts = list(arrivals.rows(context, "orders", (MONDAY, MONDAY + 2 * DAY), ["x"]))

    assert [row for part in parts for row in part.to_pylist()] == [
        {"at": MONDAY, "x": 2},
        {"at": MONDAY + DAY, "x": 3},
    ]
    assert arrivals.span(context, "orders") == (MONDAY, MONDAY + 2 * DAY)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (pa.array([1], pa.int8()), pa.array([2**40]), [1, 2**40]),
        (pa.array([2**60 + 1]), pa.array([0.5]), [2.0**60, 0.5]),
        (pa.array([b"\xff"]), pa.array(["x"]), ["/w==", "x"]),
        (pa.array([True]), pa.array([2]), ["true", "2"]),
        (pa.array([[1]]), pa.array(["x"]), ["[1]", "x"]),
    ],
)
def test_a_column_that_changed_its_type_is_read_as_one_that_holds_both(
    context: Context, one: Any, other: Any, expected: list[Any]
) -> None:
    put(context, {"x": one})
    put(context, {"x": other}, MONDAY + DAY)

    parts = arrivals.rows(context, "orders", (MONDAY, MONDAY + 2 * DAY), [])

    assert pa.concat_tables(parts)["x"].to_pylist() == expected


def test_rows_that_were_only_changed_came_with_the_batch_that_changed_them(
    context: Context,
) -> None:
    put(context, {"k": [1, 2], "x": [10, 20]}, key=("k",))
    put(context, {"k": [1, 2], "x": [10, 21]}, MONDAY + DAY, key=("k",))

    parts = arrivals.rows(context, "orders", (MONDAY + DAY, MONDAY + 2 * DAY), ["x"])

    assert [row["x"] for part in parts for row in part.to_pylist()] == [21]
