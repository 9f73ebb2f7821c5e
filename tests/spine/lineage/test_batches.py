"""Batches: what each source brought, and which batch a row came with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.spine.lineage import batches
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from headgate.spine.context import Context


def day(number: int) -> datetime:
    """Return the start of a day in November 2026."""
    return datetime(2026, 11, number, tzinfo=UTC)


def part(source: str | None, arrived: datetime, ids: list[int]) -> Part:
    """Take ids as rows that came from a source, or by hand."""
    kind = "ingest" if source else "commit"
    origin = Origin(kind=kind, arrived_at=arrived, source=source, uri=f"{source}.csv")
    return Part(rows=pa.table({"id": pa.array(ids, pa.int64())}), origin=origin)


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders: two sources in one commit, one by hand, one source again."""
    with Work(context) as work:
        first = [part("north", day(1), [1, 2]), part("south", day(2), [3])]
        work.write(Write(dataset="orders", mode="append"), first)
    for one in (part(None, day(3), [4]), part("north", day(4), [5, 6, 7])):
        with Work(context) as work:
            work.write(Write(dataset="orders", mode="append"), [one])
    return context


def test_each_part_is_a_batch_with_its_range_of_ids(orders: Context) -> None:
    with orders.catalog.read() as connection:
        found = batches.by_rev(connection, "default", [1, 2, 3, 4])

    assert [(one.source, one.rid_lo, one.rid_hi, one.n_rows, one.number) for one in found] == [
        ("north", 1, 3, 2, 1),
        ("south", 3, 4, 1, 1),
        (None, 4, 5, 1, 2),
        ("north", 5, 8, 3, 3),
    ]


def test_arrivals_are_told_from_the_newest_as_many_as_are_wanted(orders: Context) -> None:
    with orders.catalog.read() as connection:
        every = batches.arrivals(connection, "default", "orders", limit=10)
        newest = batches.arrivals(connection, "default", "orders", limit=1)
        others = batches.arrivals(connection, "other", "orders", limit=10)

    assert every == [(3, day(4), 3), (2, day(3), 1), (1, day(2), 1), (1, day(1), 2)]
    assert newest == every[:1]
    assert others == []


@pytest.mark.parametrize(
    ("window", "revs"),
    [
        ((None, None), [1, 4]),
        ((day(1), day(4)), [1]),
        ((day(2), None), [4]),
        ((None, day(4)), [1]),
        ((day(4), day(5)), [4]),
        ((day(5), None), []),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(
    orders: Context, window: tuple[datetime | None, datetime | None], revs: list[int]
) -> None:
    with orders.catalog.read() as connection:
        found = batches.of_source(connection, "default", "north", window)

    assert [one.rev for one in found] == revs


@pytest.mark.parametrize(
    ("rid", "revs"), [(0, []), (1, [1]), (2, [1]), (3, [2]), (7, [4]), (8, [])]
)
def test_a_row_is_of_the_batch_whose_range_holds_its_id(
    orders: Context, rid: int, revs: list[int]
) -> None:
    with orders.catalog.read() as connection:
        found = batches.of_row(connection, "default", rid)

    assert [one.rev for one in found] == revs


def test_sources_are_counted(orders: Context) -> None:
    with orders.catalog.read() as connection:
        names = batches.source_names(connection, "default")
        counts = batches.count_by_source(connection, "default")

    assert names == ["north", "south"]
    assert counts == {"north": (2, 5, day(4)), "south": (1, 1, day(2))}


def test_another_tenant_has_no_batches(orders: Context) -> None:
    with orders.catalog.read() as connection:
        assert batches.of_row(connection, "umbrella", 1) == []
        assert batches.of_source(connection, "umbrella", "north", (None, None)) == []
        assert batches.source_names(connection, "umbrella") == []
        assert batches.of_run(connection, "default", "run_1") == []
