"""A query engine gets the live rows and reads no more than it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.refs import RID
from headgate.spine.store import scanning
from headgate.spine.store.groups import read_groups as groups_reader
from headgate.spine.store.reading import arrow_dataset, read_rows, read_where, target_of
from headgate.spine.store.scanning import Batches, live_dataset
from headgate.spine.store.scope import rids_meeting
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.store.sql import filter_rows, is_rowwise
from tests.asking import commit, fresh, query, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

GROUP = 16_384


@pytest.fixture(scope="module")
def orders() -> Iterator[Context]:
    """Orders of four row groups with deletions, and of one without; a column came later."""
    with fresh() as context:
        count = 4 * GROUP
        rows = {"id": range(count), "x": [i % 7 / 2 for i in range(count)]}
        commit(context, "orders", rows, key=("id",))
        later = {"id": [3, GROUP + 1, 99_999], "x": [-1.0, float("nan"), 5.0], "v": ["a", "b", "c"]}
        commit(context, "orders", later, mode="upsert")
        yield context


def newest(context: Context) -> Manifest:
    """Return the manifest of the newest snapshot."""
    return manifest_of(context, find_snapshot(context, "orders"))


CONDITIONS = st.sampled_from(
    [
        "id < 5",
        "id between 16380 and 16390",
        "x = 1.5 and id > 65000",
        "x > 2.9",
        "v is not null",
        "v = 'b' or id = 0",
        "id = (select max(id) from snapshot)",
        "_rid = 4",
        "false",
    ]
)


@settings(deadline=None, max_examples=30)
@given(condition=CONDITIONS, columns=st.none() | st.sampled_from([["id"], ["v", "id"], []]))
def test_a_condition_means_the_same_pushed_down_and_over_all_rows(
    orders: Context, condition: str, columns: list[str] | None
) -> None:
    manifest = newest(orders)
    everything = read_rows(orders.blobs, manifest, own=[RID])
    kept = filter_rows(everything, condition)[RID]
    whole = everything.filter(pc.is_in(everything[RID], kept.combine_chunks()))

    rids = rids_meeting(orders.blobs, manifest, condition)
    found = read_where(orders.blobs, manifest, rids, columns, own=[RID])

    names = whole.column_names if columns is None else [RID, *columns]
    assert found.to_pydict().__repr__() == whole.select(names).to_pydict().__repr__()
    assert found.schema == whole.select(names).schema


def test_row_groups_that_statistics_exclude_are_not_read(
    orders: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[list[int]] = []
    columns: list[list[str]] = []
    plain = groups_reader

    def counted(path: str, mask: Any, wanted: Any, target: pa.Schema) -> Any:
        groups.append(list(wanted))
        columns.append(target.names)
        return plain(path, mask, wanted, target)

    monkeypatch.setattr(scanning, "read_groups", counted)

    assert query(orders, "select id from orders where id = 20000")["id"].to_pylist() == [20_000]
    assert (groups, columns) == ([[1]], [["id"]])


def test_sql_over_deletions_reads_batch_by_batch(orders: Context) -> None:
    rows = arrow_dataset(orders.blobs, newest(orders))

    batches = list(rows.scanner(columns=["x"]).to_batches())

    assert isinstance(rows, Batches)
    assert max(batch.num_rows for batch in batches) <= GROUP
    assert sum(batch.num_rows for batch in batches) == 4 * GROUP + 1


def test_a_snapshot_without_deletions_is_handed_over_as_files(orders: Context) -> None:
    first = manifest_of(orders, find_snapshot(orders, "orders@1"))

    rows = live_dataset(orders.blobs, first.segments, target_of(first))

    assert not isinstance(rows, Batches)
    assert rows.count_rows() == 4 * GROUP


def test_only_the_columns_of_a_read_are_read(
    orders: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    plain = pq.ParquetFile.read_row_group

    def counted(self: Any, group: int, names: list[str]) -> Any:
        seen.update(names)
        return plain(self, group, names)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)

    assert read(orders, "orders", where="id = 7", columns=("id",)).to_pydict() == {"id": [7]}
    assert seen == {"id", RID}


@pytest.mark.parametrize(
    ("condition", "alone"),
    [("id = 1", True), ("id in (1, 2)", True), ("id in (select 1)", False)],
)
def test_a_condition_on_one_row_alone_holds_no_subquery(condition: str, alone: bool) -> None:
    assert is_rowwise(condition) is alone
