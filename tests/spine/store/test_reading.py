"""Reading snapshots: whole, by column, with ids, as files for a query engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.core.refs import RID
from headgate.spine.store.layout import ROW_HASH
from headgate.spine.store.manifest import Manifest, empty_manifest
from headgate.spine.store.reading import arrow_dataset, fitted, hashes_of, read_ids, read_rows
from headgate.spine.store.segments import REV
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from tests.asking import commit, read, values

if TYPE_CHECKING:
    from headgate.spine.context import Context


def manifest(context: Context, at: str | None = None) -> Manifest:
    """Return the manifest of a snapshot of orders."""
    return manifest_of(context, find_snapshot(context, "orders", at))


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders in three segments: one with a deleted row, one of an older schema.

    Every row that comes has an id kept ready, so that 4 was for the row that kept its id 2.
    """
    commit(context, "orders", {"id": [1, 2, 3], "n": [10, 20, 30]}, key=("id",))
    commit(context, "orders", {"id": [2], "n": [21]}, mode="upsert")
    commit(context, "orders", {"id": [4], "n": [0.5], "note": ["new"]}, mode="append")
    return context


def test_all_live_rows_are_read_with_one_schema(orders: Context) -> None:
    assert values(orders, "orders") == {
        "id": [1, 3, 2, 4],
        "n": [10.0, 30.0, 21.0, 0.5],
        "note": [None, None, None, "new"],
    }


def test_columns_are_read_in_the_order_asked_for(orders: Context) -> None:
    table = read_rows(orders.blobs, manifest(orders), ["n", "id"], own=[RID, REV])

    assert table.column_names == [RID, REV, "n", "id"]


def test_no_column_may_be_asked_for(orders: Context) -> None:
    table = read_rows(orders.blobs, manifest(orders), [], own=[RID])

    assert table[RID].to_pylist() == [1, 3, 2, 5]


def test_a_column_that_is_not_there_is_answered_by_the_nearest(orders: Context) -> None:
    with pytest.raises(NotFound) as caught:
        read_rows(orders.blobs, manifest(orders), ["notes"])

    assert caught.value.message == "no column of orders@3 named 'notes'"
    assert caught.value.mend == "did you mean note?"


def test_an_empty_snapshot_has_its_columns(context: Context) -> None:
    commit(context, "orders", {"id": pa.array([], pa.int64())})

    table = read(context, "orders", row_ids=True)

    assert table.num_rows == 0
    assert table.schema.types == [pa.int64(), pa.int64()]


def test_a_query_engine_sees_the_same_rows(orders: Context) -> None:
    for at in ("1", "2", "3"):
        offered = arrow_dataset(orders.blobs, manifest(orders, at)).to_table()

        assert sorted(offered.to_pylist(), key=lambda row: row["id"]) == sorted(
            read(orders, "orders", at).to_pylist(), key=lambda row: row["id"]
        )


def test_a_query_engine_sees_an_empty_snapshot(context: Context) -> None:
    commit(context, "orders", {"id": pa.array([], pa.int64())})

    offered: Any = arrow_dataset(context.blobs, manifest(context))

    assert offered.to_table().schema.names == ["id"]


def test_ids_stand_in_row_order(orders: Context) -> None:
    rids, revs = read_ids(orders.blobs, manifest(orders))
    table = read_rows(orders.blobs, manifest(orders), [], own=[RID, REV])

    assert rids.tolist() == table[RID].to_pylist() == [1, 3, 2, 5]
    assert revs.tolist() == table[REV].to_pylist() == [1, 1, 2, 3]


def test_the_empty_state_has_no_ids(context: Context) -> None:
    rids, revs = read_ids(context.blobs, empty_manifest("default", "orders"))

    assert len(rids) == len(revs) == 0


def test_kept_hashes_are_read_over_chunks(orders: Context) -> None:
    column = read_rows(orders.blobs, manifest(orders), [], own=[ROW_HASH])[ROW_HASH]

    lanes = hashes_of(column)

    assert column.num_chunks > 1
    assert [lane.tobytes() for lane in lanes] == column.to_pylist()
    assert hashes_of(column.slice(0, 0)).shape == (0, 2)
    assert hashes_of(column.slice(2)).tolist() == lanes[2:].tolist()


def test_a_table_is_fitted_to_a_newer_schema() -> None:
    target = pa.schema([("b", pa.string()), ("a", pa.float64())])

    table = fitted(pa.table({"a": [1]}), target, 1)

    assert table.to_pylist() == [{"b": None, "a": 1.0}]
