from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.watched import DatasetWatch
from headgate.spine.context import Context
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(days=1)
WATCH = DatasetWatch()


def arrive(context: Context, day: int, rows: dict[str, Any], mode: Any = "append") -> None:
    origin = Origin(kind="ingest", arrived_at=MONDAY + day * DAY, source="web")
    with Work(context) as work:
        work.write(Write(dataset="orders", mode=mode), [Part(pa.table(rows), origin)])


def seen(context: Context, target: str, since: int, until: int, *columns: str) -> pa.Table:
    parts = WATCH.rows(context, target, MONDAY + since * DAY, MONDAY + until * DAY, columns=columns)
    return pa.concat_tables(parts)


def test_a_row_came_when_its_batch_arrived(context: Context) -> None:
    arrive(context, 0, {"x": [1, 2]})
    arrive(context, 1, {"x": [3]})
    arrive(context, 2, {"x": [4]})

    table = seen(context, "orders", 1, 2)

    assert table.to_pylist() == [{"at": MONDAY + DAY, "x": 3}]
    assert WATCH.span(context, "orders") == (MONDAY, MONDAY + 2 * DAY)


def test_a_window_holds_what_came_in_it_though_it_was_replaced_since(context: Context) -> None:
    arrive(context, 0, {"x": [1, 2]})
    arrive(context, 1, {"x": [30]}, mode="replace")

    assert seen(context, "orders", 0, 1)["x"].to_pylist() == [1, 2]
    assert seen(context, "orders", 1, 2)["x"].to_pylist() == [30]


def test_columns_have_one_type_in_a_window_whatever_they_were_when_they_came(
    context: Context,
) -> None:
    arrive(context, 0, {"x": [1], "gone": ["a"]})
    arrive(context, 1, {"x": [0.5], "y": [True], "at": ["own"]}, mode="replace")

    parts = list(WATCH.rows(context, "orders", MONDAY, MONDAY + 2 * DAY))

    assert parts[0].schema == parts[1].schema
    assert pa.concat_tables(parts).drop_columns(["at"]).to_pylist() == [
        {"x": 1.0, "gone": "a", "y": None, "own.at": None},
        {"x": 0.5, "gone": None, "y": True, "own.at": "own"},
    ]


def test_a_column_of_times_may_say_when_a_row_came(context: Context) -> None:
    moments = pa.array([MONDAY, MONDAY + DAY, None], pa.timestamp("us", "UTC"))
    days = pa.array([MONDAY.date()] * 3, pa.date32())
    arrive(context, 5, {"x": [1, 2, 3], "made": moments, "day": days})

    by_time = seen(context, "orders?at=made", 0, 1)
    by_day = seen(context, "orders?at=day", 0, 1, "x")

    assert by_time.select(["at", "x"]).to_pylist() == [{"at": MONDAY, "x": 1}]
    assert by_day.to_pylist() == [{"at": MONDAY, "x": n} for n in (1, 2, 3)]
    assert WATCH.span(context, "orders?at=made") == (MONDAY, MONDAY + DAY)


def test_only_columns_asked_for_are_read(context: Context) -> None:
    arrive(context, 0, {"x": [1], "y": [2]})

    assert seen(context, "orders", 0, 1, "y", "z").to_pylist() == [{"at": MONDAY, "y": 2}]


def test_a_dataset_learned_from_nothing_and_has_no_labels(context: Context) -> None:
    assert WATCH.references(context, "orders") == ()
    assert WATCH.late(context, "orders", MONDAY) == ()


@pytest.mark.parametrize(
    ("target", "family"),
    [
        ("oders", NotFound),
        ("orders?at=mde", NotFound),
        ("orders?at=x", Invalid),
        ("orders?by=x", Invalid),
        ("orders?at=", Invalid),
    ],
)
def test_what_cannot_be_read_by_time_is_told(
    context: Context, target: str, family: type[Exception]
) -> None:
    arrive(context, 0, {"x": [1]})

    with pytest.raises(family) as told:
        WATCH.rows(context, target, MONDAY, MONDAY + DAY)

    assert getattr(told.value, "mend", "")
