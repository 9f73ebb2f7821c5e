"""What a run has read, as the write says it, goes before what the catalog knows of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import select

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.pipeline.operations import StartRun, start
from headgate.spine.lineage.reads import Read, put_reads, read_of, save_rowset
from headgate.spine.store.snapshots import find_snapshot
from headgate.spine.store.tables import derivations
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, log, read

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context


@pytest.fixture
def orders(context: Context) -> Context:
    """A project with two snapshots of orders, and one of users."""
    commit(context, "orders", {"id": [1, 2]})
    commit(context, "orders", {"id": [3]}, mode="append")
    commit(context, "users", {"id": [1]})
    return context


def running(context: Context) -> str:
    """Start a run."""
    return start(context, StartRun(name="train")).run_id


def whole(context: Context, run: str, name: str) -> Read:
    """Say that a run read all rows of a snapshot."""
    return read_of(run, find_snapshot(context, name), condition=None, rowset=None, n_rows=1)


def some(context: Context, run: str, name: str, rids: list[int]) -> Read:
    """Say that a run read some rows of a snapshot."""
    rowset = save_rowset(context.blobs, np.array(rids, np.int64))
    snapshot = find_snapshot(context, name)
    return read_of(run, snapshot, condition="told", rowset=rowset, n_rows=len(rids))


def write(
    context: Context, run: str, reads: tuple[Read, ...] | None, rows: pa.Table | None = None
) -> Snapshot:
    """Write copies as a run, with what it read put down in the same unit."""
    table = pa.table({"n": [7]}) if rows is None else rows
    part = Part(rows=table, origin=Origin(kind="derive", arrived_at=now()))
    with Work(context) as work:
        snapshot = work.write(Write(dataset="copies", run=run, reads=reads), [part])
        put_reads(work.connection, context.tenant, reads or ())
        work.record("thing_done", f"run:{run}", {})
    return snapshot


def levels(context: Context) -> list[str]:
    """List how each batch that has parents came from them."""
    with context.catalog.read() as connection:
        return list(connection.execute(select(derivations.c.kind)).scalars())


def test_the_same_rows_of_the_same_reads_are_no_new_snapshot_in_whatever_order(
    orders: Context,
) -> None:
    first, second = running(orders), running(orders)

    once = write(orders, first, (whole(orders, first, "orders"), whole(orders, first, "users")))
    again = write(orders, second, (whole(orders, second, "users"), whole(orders, second, "orders")))

    assert (once.number, once.is_new, again.number, again.is_new) == (1, True, 1, False)
    assert again.run_id == first


def test_the_same_rows_of_other_reads_are_a_new_snapshot(orders: Context) -> None:
    runs = [running(orders) for _ in range(4)]

    write(orders, runs[0], (whole(orders, runs[0], "orders"),))
    write(orders, runs[1], (some(orders, runs[1], "orders", [1, 2]),))
    write(orders, runs[2], (some(orders, runs[2], "orders", [2]),))
    write(orders, runs[3], (some(orders, runs[3], "orders", [2]),))

    assert [(one.number, one.run_id) for one in log(orders, "copies")] == [
        (3, runs[2]),
        (2, runs[1]),
        (1, runs[0]),
    ]


def test_reads_that_are_told_hide_those_the_catalog_has_and_none_hide_nothing(
    orders: Context,
) -> None:
    run, other = running(orders), running(orders)
    for one in (run, other):
        with orders.catalog.write() as connection:
            put_reads(connection, orders.tenant, [whole(orders, one, "orders")])

    write(orders, run, ())
    hidden = levels(orders)
    write(orders, other, None, pa.table({"n": [8]}))

    assert (hidden, levels(orders)) == ([], ["dataset"])


def test_a_row_that_is_not_among_those_told_is_nobodys_parent(orders: Context) -> None:
    run = running(orders)
    rows = read(orders, "orders", row_ids=True)

    with pytest.raises(Invalid) as caught:
        write(orders, run, (some(orders, run, "orders", [1, 2]),), rows)

    assert caught.value.mend
    assert levels(orders) == []


def test_reads_of_an_attempt_that_came_too_late_are_those_of_the_next(orders: Context) -> None:
    run = running(orders)
    read_first = whole(orders, run, "orders")
    seen: list[int] = []

    def raw(_positions: list[int]) -> list[str]:
        if not seen:
            commit(orders, "orders", {"id": [4]}, mode="append")
            commit(orders, "copies", {"id": [9]}, mode="append")
        seen.append(len(seen))
        return [""]

    part = Part(
        rows=pa.table({"id": pa.array([1, None])}),
        origin=Origin(kind="ingest", arrived_at=now(), source="shop"),
        raw=raw,
    )
    asked = Write(dataset="copies", mode="upsert", key=("id",), run=run, reads=(read_first,))
    with Work(orders) as work:
        snapshot = work.write(asked, [part])
        put_reads(work.connection, orders.tenant, [read_first])

    assert (seen, snapshot.number, snapshot.run_id) == ([0, 1], 2, run)
    assert levels(orders) == ["dataset"]
    assert read_first.number == 2
