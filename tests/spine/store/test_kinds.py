"""Values of every type that is kept go through the whole life of a dataset unchanged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import Invalid
from headgate.dataset.chunks import commit_any
from headgate.dataset.reports import CommitRequest
from headgate.spine.store.lookup import rids_of_keys, take_rows
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.streaming import Coming
from tests.asking import commit, compact, fresh, fsck, query, read, restore, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context

BERLIN = "Europe/Berlin"
REQUIRED = pa.struct([pa.field("a", pa.int64(), nullable=False)])
ELEMENT = pa.struct([("a", pa.list_(pa.field("item", pa.int64())))])
KEPT: dict[str, Any] = {
    "half": pa.array([1.5, None, 0.25], pa.float16()),
    "price": pa.array([Decimal("1.50"), None, Decimal("-2.25")]),
    "large_price": pa.array([Decimal("1.50"), None, Decimal(-2)], pa.decimal256(50, 2)),
    "day": pa.array([date(1960, 1, 1), None, date(2026, 2, 28)], pa.date64()),
    "second": pa.array([1, None, 86_399], pa.time32("s")),
    "milli": pa.array([1, None, 3], pa.time32("ms")),
    "nano": pa.array([1_000, None, 3_000], pa.time64("ns")),
    "span": pa.array([1, None, -3], pa.duration("s")),
    "fine_span": pa.array([1_000, None, 3_000], pa.duration("ns")),
    "code": pa.array([b"ab", None, b"\x00\xff"], pa.binary(2)),
    "nothing": pa.nulls(3),
    "huge": pa.array([2**64 - 1, None, 0], pa.uint64()),
    "flag": pa.array([True, None, False]),
    "pair": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int64(), 2)),
    "texts": pa.array([["ä,", None], None, []], pa.large_list(pa.large_string())),
    "nulls": pa.array([[None, None], None, []], pa.list_(pa.null())),
    "moments": pa.array([[1, 2], None, []], pa.list_(pa.timestamp("s", BERLIN))),
    "blobs": pa.array([[b"\x00,", b""], None, []], pa.list_(pa.binary())),
    "records": pa.array([[{"a": 1, "b": "x,\n"}], None, []]),
    "inner": pa.array([[{"a": [1]}], None, []], pa.list_(pa.field("element", ELEMENT))),
    "times": pa.array(
        [{"t": 1, "d": 2, "x": 3}, None, {"t": None, "d": None, "x": None}],
        pa.struct(
            [("t", pa.timestamp("s", "UTC")), ("d", pa.duration("s")), ("x", pa.time32("s"))]
        ),
    ),
    "odd_names": pa.array([{"a.b": 1, "": "x", "ü<": True}, None, {"a.b": 2, "": None}]),
}
every_kind = pytest.mark.parametrize("kind", KEPT)


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """A project in which every test has a dataset of its own."""
    with fresh() as context:
        yield context


def table(kind: str) -> pa.Table:
    """Return three rows: a value, a null, another value."""
    return pa.table({"id": [1, 2, 3], "v": KEPT[kind]})


@every_kind
def test_values_come_back_and_the_same_rows_are_no_change(shared: Context, kind: str) -> None:
    rows = table(kind)
    first = commit(shared, kind, rows, key=("id",))

    again = commit(shared, kind, rows, mode="upsert")
    as_read = commit(shared, kind, read(shared, kind))

    assert read(shared, kind)["v"].to_pylist() == rows["v"].to_pylist()
    assert read(shared, kind)["v"].type == rows["v"].type
    assert (again.is_new, as_read.is_new) == (False, False)
    assert first.content_root == root_of(rows)


@every_kind
def test_a_check_in_depth_finds_nothing_whatever_was_done(shared: Context, kind: str) -> None:
    name, rows = f"checked_{kind}", table(kind)
    commit(shared, name, rows, key=("id",))
    commit(shared, name, rows.slice(1, 1).append_column("w", pa.array(["later"])), mode="upsert")
    commit(shared, name, pa.table({"id": [4], "v": KEPT[kind].slice(2, 1)}), mode="append")

    report = compact(shared, name)

    assert report.n_rewritten
    assert fsck(shared, name, deep=True).problems == ()
    found = dict(zip(*read(shared, name).select(["id", "v"]).to_pydict().values(), strict=True))
    value, nothing, other = KEPT[kind].to_pylist()
    assert found == {1: value, 2: nothing, 3: other, 4: other}


@every_kind
def test_rows_that_come_in_chunks_make_the_same_snapshot(shared: Context, kind: str) -> None:
    name, rows = f"streamed_{kind}", table(kind)

    coming = Coming(iter([rows.slice(0, 1), rows.slice(1)]), rows.schema, chunk_rows=1)
    snapshot = commit_any(shared, CommitRequest(name=name, key=("id",)), coming)

    assert snapshot.content_root == root_of(rows)
    assert read(shared, name)["v"].to_pylist() == rows["v"].to_pylist()


@every_kind
def test_rows_are_taken_and_brought_back_beside_deleted_ones(shared: Context, kind: str) -> None:
    name, rows = f"taken_{kind}", table(kind)
    commit(shared, name, rows, key=("id",))
    commit(shared, name, rows.slice(1), key=("id",))
    manifest = manifest_of(shared, find_snapshot(shared, name))

    rids = rids_of_keys(shared.blobs, manifest, "id", pa.array([3, 1, 2]))
    taken = take_rows(shared.blobs, manifest, rids)
    restore(shared, name, 1)

    assert taken.to_pylist() == rows.take([2, 1]).to_pylist()
    assert read(shared, name)["v"].to_pylist() == rows["v"].to_pylist()


@pytest.mark.parametrize(
    "keys",
    [
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([["a"], ["b"]]),
        pa.array([True, False]),
        pa.array([Decimal("1.50"), Decimal("2.25")]),
        pa.array([0, 1], pa.timestamp("us", BERLIN)),
        pa.array([b"a", b"b"]),
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array([1, 2], pa.time32("s")),
        pa.array([float("nan"), -0.0]),
        pa.array([2**64 - 1, 0], pa.uint64()),
        pa.array([b"ab", b"cd"], pa.binary(2)),
        pa.array([date(2026, 1, 1), date(2026, 1, 2)], pa.date64()),
        pa.array(["", " "]),
    ],
    ids=lambda keys: str(keys.type),
)
def test_a_key_of_any_type_finds_its_row(shared: Context, keys: Any) -> None:
    name = f"key_{KEYS.setdefault(str(keys.type), len(KEYS))}"
    commit(shared, name, pa.table({"k": keys, "v": [1, 2]}), key=("k",))

    changed = commit(shared, name, pa.table({"k": keys, "v": [1, 5]}), mode="upsert")
    nothing = commit(
        shared, name, pa.table({"k": keys[:0], "v": pa.array([], "int64")}), mode="upsert"
    )

    assert (changed.n_added, changed.n_changed, changed.n_removed) == (0, 1, 0)
    assert not nothing.is_new
    assert read(shared, name)["v"].to_pylist() == [1, 5]


KEYS: dict[str, int] = {}
"""A number for each type, for names of datasets hold no brackets."""


@pytest.mark.parametrize(
    "values",
    [
        pa.array([b"", None], pa.binary(0)),
        pa.array([[], None], pa.list_(pa.int64(), 0)),
        pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
        pa.array([{"a, b": 1}, None]),
        pa.array([{"a: int64, b": 1}, None]),
        pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
    ],
    ids=lambda values: str(values.type),
)
def test_a_type_that_cannot_be_read_again_is_refused_and_nothing_is_made(
    context: Context, values: Any
) -> None:
    with pytest.raises(Invalid, match="cannot be kept") as caught:
        commit(context, "orders", pa.table({"v": values}))

    assert caught.value.mend
    assert not list(context.blobs.listed())


def test_a_field_that_is_never_null_may_come_later_and_be_compacted(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]}, key=("id",))
    commit(
        context, "orders", pa.table({"id": [3], "v": pa.array([{"a": 1}], REQUIRED)}), mode="append"
    )

    compact(context, "orders")
    commit(
        context, "orders", pa.table({"id": [4], "v": pa.array([{"a": 2}], REQUIRED)}), mode="append"
    )

    assert read(context, "orders")["v"].to_pylist() == [None, None, {"a": 1}, {"a": 2}]
    assert fsck(context, deep=True).problems == ()


def test_null_records_of_fields_that_are_never_null_are_kept(
    context: Context, tmp_path: Path
) -> None:
    present: Any = pa.array([{"a": 1}, {"a": 0}], REQUIRED)
    fields: Any = pa.StructArray.from_arrays(
        [present.field(0)], fields=[REQUIRED.field(0)], mask=pa.array([False, True])
    )
    pq.write_table(pa.table({"id": [1, 2], "v": fields}), tmp_path / "made-elsewhere.parquet")
    rows = pq.read_table(tmp_path / "made-elsewhere.parquet")
    commit(context, "orders", rows, key=("id",))

    changed = commit(
        context, "orders", rows.slice(1).append_column("w", pa.array([1])), mode="upsert"
    )
    compact(context, "orders")

    assert changed.n_changed == 1
    assert read(context, "orders")["v"].to_pylist() == [{"a": 1}, None]


def test_column_names_of_any_letters_are_kept_apart(context: Context) -> None:
    rows = pa.table(
        {
            "id": [1, 2],
            "a.b": ["x", "y"],
            "a": [{"b": "p", "c": 1}, {"b": "q", "c": 2}],
            " ": [1, 2],
            "ä\n\"`'": [3, 4],
            "ID": [5, 6],
        }
    )
    commit(context, "orders", rows, key=("id",))
    commit(context, "orders", rows.slice(1), key=("id",))

    manifest = manifest_of(context, find_snapshot(context, "orders"))
    taken = take_rows(
        context.blobs, manifest, rids_of_keys(context.blobs, manifest, "a.b", pa.array(["y"]))
    )

    assert read(context, "orders").to_pylist() == rows.slice(1).to_pylist()
    assert taken.to_pylist() == rows.slice(1).to_pylist()
    assert read(context, "orders", columns=("a.b", "a")).column_names == ["a.b", "a"]
    assert query(context, 'select "a.b", a.c, " " from orders').to_pylist() == [
        {"a.b": "y", "c": 2, " ": 2}
    ]


def test_a_dataset_without_rows_goes_through_everything(context: Context) -> None:
    empty = pa.table({"id": pa.array([], pa.int64()), "v": pa.array([], pa.string())})

    first = commit(context, "orders", empty, key=("id",))
    same = commit(context, "orders", empty, mode="upsert")
    compact(context, "orders")
    filled = commit(context, "orders", {"id": [1], "v": ["a"]}, mode="upsert")
    emptied = commit(context, "orders", empty)
    again = commit(context, "orders", {"id": [1], "v": ["b"]}, mode="upsert")

    assert (first.n_rows, same.is_new, filled.n_added) == (0, False, 1)
    assert (emptied.n_removed, again.n_added, again.n_changed) == (1, 1, 0)
    assert read(context, "orders", emptied.number).schema == empty.schema
    assert query(context, f'select count(*) n from "orders@{emptied.number}"')["n"].to_pylist() == [
        0
    ]
    assert fsck(context, deep=True).problems == ()
