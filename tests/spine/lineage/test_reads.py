"""What each run read: snapshots, and which rows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import select

from headgate.core.errors import Conflict, NotFound
from headgate.core.times import now
from headgate.spine.lineage.derive import rows_read, same_reads
from headgate.spine.lineage.reads import (
    load_rowset,
    put_reads,
    read_of,
    readers_among,
    reads_of,
    save_rowset,
)
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.snapshots import find_snapshot
from headgate.spine.store.tables import derivations, runs
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, events, kinds, query, read

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.spine.lineage.reads import Read


def start(context: Context, run_id: str, state: str = "running") -> str:
    """Put a run into the catalog, as the pipeline stage does."""
    row = {"run_id": run_id, "name": "train", "state": state, "actor": "ann", "started_at": now()}
    row |= dict.fromkeys(("parameters", "environment", "metrics"), "{}")
    with context.catalog.write() as connection:
        connection.execute(runs.insert().values(tenant=context.tenant, **row))
    return run_id


def reads(context: Context, *run_ids: str) -> list[Read]:
    """List what runs read."""
    with context.catalog.read() as connection:
        return reads_of(connection, context.tenant, list(run_ids) or None)


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders with three rows, and a run."""
    commit(context, "orders", {"id": [1, 2, 3]}, key=("id",))
    start(context, "run_1")
    return context


def test_a_whole_read_is_remembered_once(orders: Context) -> None:
    read(orders, "orders", run="run_1")
    read(orders, "orders", run="run_1")

    (found,) = reads(orders)
    assert (found.dataset, found.number, found.n_rows, found.rowset) == ("orders", 1, 3, None)
    assert kinds(orders, "run:run_1") == ["snapshot_read"]


def test_a_read_outside_of_a_run_is_not_remembered(orders: Context) -> None:
    read(orders, "orders")
    read(orders, "orders", where="id > 1")

    assert reads(orders) == []


def test_a_filtered_read_remembers_which_rows(orders: Context) -> None:
    read(orders, "orders", where="id > 1", run="run_1")

    (found,) = reads(orders)
    assert (found.condition, found.n_rows) == ("id > 1", 2)
    assert found.rowset is not None
    assert load_rowset(orders.blobs, found.rowset).to_array().tolist() == [2, 3]


def test_two_conditions_that_give_the_same_rows_are_one_read(orders: Context) -> None:
    read(orders, "orders", where="id > 1", run="run_1")
    read(orders, "orders", where="id >= 2", run="run_1")

    assert len(reads(orders)) == 1


def test_a_query_reads_all_rows_of_all_it_names(orders: Context) -> None:
    commit(orders, "users", {"id": [1]})

    query(orders, "select * from orders join users using (id)", run="run_1")

    assert [(one.dataset, one.n_rows) for one in reads(orders)] == [("orders", 3), ("users", 1)]


def test_conditions_are_in_no_event(orders: Context) -> None:
    read(orders, "orders", where="'ann@example.org' = 'x' or id > 1", run="run_1")

    assert [event.payload for event in events(orders, "run:run_1")] == [
        {"dataset": "orders", "number": 1, "n_rows": 2}
    ]


def test_a_run_that_ended_reads_nothing_more(orders: Context) -> None:
    start(orders, "run_2", "finished")

    with pytest.raises(Conflict) as caught:
        read(orders, "orders", run="run_2")

    assert caught.value.message == "run run_2 is finished"
    assert reads(orders) == []


def test_a_run_that_is_not_there_reads_nothing(orders: Context) -> None:
    with pytest.raises(NotFound):
        read(orders, "orders", run="run_9")


def test_readers_of_some_snapshots_are_found(orders: Context) -> None:
    start(orders, "run_2")
    read(orders, "orders", run="run_1")
    commit(orders, "orders", {"id": [4]}, mode="append")
    read(orders, "orders", run="run_2")

    with orders.catalog.read() as connection:
        found = readers_among(connection, "default", "orders", {2})
        elsewhere = readers_among(connection, "default", "users", {1, 2})

    assert found == {"run_2"}
    assert elsewhere == set()


def test_rows_read_are_those_of_every_read_each_once(orders: Context) -> None:
    commit(orders, "orders", {"id": [2], "n": [5]}, mode="upsert")
    read(orders, "orders", 1, run="run_1", where="id <= 2")
    read(orders, "orders", 2, run="run_1")

    known = rows_read(orders, reads(orders))

    assert list(zip(known.rids.tolist(), known.revs.tolist(), strict=True)) == [
        (1, 1),
        (2, 1),
        (2, 2),
        (3, 1),
    ]


def test_runs_that_read_the_same_rows_are_told_from_others(orders: Context) -> None:
    for run in ("run_2", "run_3"):
        start(orders, run)
    read(orders, "orders", run="run_1")
    read(orders, "orders", run="run_2")
    read(orders, "orders", run="run_3", where="id = 1")

    with orders.catalog.read() as connection:
        mine = reads_of(connection, orders.tenant, ["run_1"])

    assert same_reads(orders, mine, "run_2")
    assert not same_reads(orders, mine, "run_3")
    assert not same_reads(orders, mine, None)


def test_what_a_new_run_read_is_put_down_at_once_and_each_but_once(orders: Context) -> None:
    start(orders, "run_2")
    snapshot = find_snapshot(orders, "orders")
    whole, part = (
        read_of("run_2", snapshot, condition=None, rowset=rowset, n_rows=1)
        for rowset in (None, "rowsets/ab/abcd.roaring")
    )

    with orders.catalog.write() as connection:
        put_reads(connection, orders.tenant, [whole, part, whole])

    with orders.catalog.read() as connection:
        assert reads_of(connection, orders.tenant, ["run_2"]) == [whole, part]


def test_rows_find_their_parents_in_reads_that_are_put_down_with_them(orders: Context) -> None:
    snapshot = find_snapshot(orders, "orders")
    rows = read(orders, "orders", row_ids=True)
    reads = (read_of("run_2", snapshot, condition=None, rowset=None, n_rows=rows.num_rows),)
    part = Part(rows=rows, origin=Origin(kind="derive", arrived_at=now()))

    with Work(orders) as work:
        work.write(Write(dataset="copies", run="run_2", reads=reads), [part])
        put_reads(work.connection, orders.tenant, reads)

    with orders.catalog.read() as connection:
        kind = connection.execute(select(derivations.c.kind)).scalar()
        assert reads_of(connection, orders.tenant, ["run_2"]) == [*reads]
    assert kind == "identity"


def test_a_set_of_row_ids_is_read_back(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    key = save_rowset(blobs, np.array([5, 1, 2**40, 5]))

    assert load_rowset(blobs, key).to_array().tolist() == [1, 5, 2**40]
    assert key == save_rowset(blobs, np.array([1, 5, 2**40]))
