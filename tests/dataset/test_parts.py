"""Reading part by part: every row once, and nothing that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from sqlalchemy import select, update

from headgate.core.errors import NotFound
from headgate.core.times import now
from headgate.dataset.part_reports import PartRequest, PartsRequest
from headgate.dataset.parts import list_parts, read_part
from headgate.spine.store.tables import leases
from tests.asking import commit

if TYPE_CHECKING:
    from headgate.spine.context import Context


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders in three parts, two of them with rows deleted."""
    commit(context, "orders", {"id": [1, 2, 3], "v": ["a", "b", "c"]}, key=("id",))
    commit(context, "orders", {"id": [4, 5]}, mode="append")
    commit(context, "orders", {"id": [2, 5], "v": ["x", "y"]}, mode="upsert")
    return context


def part(context: Context, number: int, **fields: Any) -> pa.Table:
    """Read a part of the newest snapshot."""
    return read_part(context, PartRequest(name="orders", part=number, **fields))


def test_parts_count_the_rows_they_give(orders: Context) -> None:
    listed = list_parts(orders, PartsRequest(name="orders"))

    assert [(line.part, line.n_rows) for line in listed.parts] == [(0, 2), (1, 1), (2, 2)]
    assert (listed.n_rows, listed.snapshot.number) == (5, 3)
    assert [part(orders, line.part)["id"].to_pylist() for line in listed.parts] == [
        [1, 3],
        [4],
        [2, 5],
    ]


def test_parts_without_a_row_that_meets_the_condition_are_left_out(orders: Context) -> None:
    listed = list_parts(orders, PartsRequest(name="orders", where="v in ('a', 'y')", row_ids=True))

    assert [(line.part, line.n_rows) for line in listed.parts] == [(0, 1), (2, 1)]
    assert [column.name for column in listed.columns] == ["_rid", "id", "v"]
    assert part(orders, 2, where="v in ('a', 'y')", columns=("id",)).to_pydict() == {"id": [5]}


def test_a_range_counts_the_rows_that_are_given(orders: Context) -> None:
    assert part(orders, 0, start=1).to_pydict() == {"id": [3], "v": ["c"]}
    assert part(orders, 0, stop=1, row_ids=True).to_pydict() == {"_rid": [1], "id": [1], "v": ["a"]}
    assert part(orders, 0, start=2).num_rows == part(orders, 0, start=1, stop=1).num_rows == 0
    assert part(orders, 2, where="id > 0", start=1)["id"].to_pylist() == [5]


@pytest.mark.parametrize("number", [-1, 3])
def test_a_part_that_is_not_there_is_told_with_how_many_there_are(
    orders: Context, number: int
) -> None:
    with pytest.raises(NotFound, match=f"has no part {number}") as caught:
        part(orders, number)

    assert caught.value.mend == "there are 3, counted from 0"


def test_reading_a_part_renews_a_lease_that_is_running_out(orders: Context) -> None:
    lease = list_parts(orders, PartsRequest(name="orders")).lease
    soon = now()
    with orders.catalog.write() as connection:
        connection.execute(update(leases).values(expires_at=soon))

    part(orders, 0, lease=lease)

    with orders.catalog.read() as connection:
        assert connection.execute(select(leases.c.expires_at)).scalar_one() > soon
