"""What is promised of numbers of rows and of times, from the snapshots there were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headgate.contract.infer.history import levels, row_count
from headgate.core.nouns import Snapshot

START = datetime(2026, 11, 2, tzinfo=UTC)


def snapshot(number: int, at: datetime, n_added: int = 10, kind: str = "commit") -> Snapshot:
    return Snapshot(
        dataset="orders",
        number=number,
        version_id=str(number),
        content_root="",
        n_rows=number * n_added,
        n_added=n_added,
        n_removed=0,
        n_changed=0,
        created_at=at,
        created_by="ada",
        message="",
        run_id=None,
        columns=(),
        kind=kind,
    )


@pytest.mark.parametrize(
    ("n_rows", "low", "between"),
    [
        ([1001], 1, None),
        ([0], 0, None),
        ([120, 100], 60, None),
        ([300, 200, 100], 270, None),
        ([100, 110, 90, 100], None, (50, 150)),
        ([100, 100, 100], None, (80, 120)),
        ([0, 100, 0, 100], None, (0, 300)),
    ],
)
def test_a_band_of_rows_follows_from_how_many_there_were(
    n_rows: list[int], low: int | None, between: tuple[int, int] | None
) -> None:
    rule = row_count(n_rows).rule

    assert rule is not None
    assert (rule.must_be_greater_or_equal_to, rule.must_be_between) == (low, between)


def test_data_may_be_twice_as_old_as_snapshots_usually_lie_apart() -> None:
    hours = (0, 24, 48, 75, 96)
    found = [snapshot(n, START + timedelta(hours=hour)) for n, hour in enumerate(hours, 1)]

    (level,) = levels(found[::-1], "orders")

    assert (level.property, level.value, level.unit) == ("latency", 2, "d")
    assert level.description == (
        "5 snapshots, 1 day, 0:00:00 between two of them, 1 day, 3:00:00 at most"
    )


def test_two_snapshots_say_nothing_of_freshness() -> None:
    found = [snapshot(n, START + timedelta(hours=n)) for n in (2, 1)]

    assert list(levels(found, "orders")) == []


def test_by_which_hour_a_days_rows_have_come_is_told_by_the_latest_day() -> None:
    arrivals = [
        (day, hour, n_rows)
        for day in range(6)
        for hour, n_rows in ((6, 60), (9 if day != 3 else 11, 37), (20, 3))
    ]
    found = [
        snapshot(number, START + timedelta(days=day, hours=hour), n_rows)
        for number, (day, hour, n_rows) in enumerate([*arrivals, (6, 1, 5)], 1)
    ]

    _, half, most = levels(found[::-1], "orders")

    assert [(one.value, one.unit, one.value_ext) for one in (half, most)] == [
        (50, "percent", "07:00"),
        (95, "percent", "12:00"),
    ]
    assert "on each of 6 days" in most.description


def test_tidying_is_no_news() -> None:
    found = [snapshot(n, START + timedelta(hours=n), kind="compact") for n in range(5, 0, -1)]

    assert list(levels(found, "orders")) == []
