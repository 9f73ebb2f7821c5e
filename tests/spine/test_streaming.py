"""Rows that come chunk after chunk make the snapshot that the same rows make at once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.core.times import now
from headgate.dataset.chunks import commit_any
from headgate.dataset.reports import CommitRequest
from headgate.spine.context import open_context
from headgate.spine.lineage.batches import of_row
from headgate.spine.store import queries
from headgate.spine.streaming import Coming
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Write
from tests.asking import commit, events, fresh, fsck, kinds, log, read, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context, Step
    from headgate.surfaces.python import Project

NUMBERS = itertools.count()
SCHEMA = pa.schema([("k", pa.int64()), ("v", pa.string()), ("x", pa.float64())])
ROW = st.fixed_dictionaries(
    {
        "k": st.none() | st.integers(0, 6),
        "v": st.none() | st.sampled_from(["a", "b"]),
        "x": st.sampled_from([0.0, -0.0, 1.5, float("nan")]),
    }
)
STEP = st.tuples(
    st.sampled_from(["replace", "append", "upsert"]),
    st.sampled_from([(), ("k",), ("k", "v")]),
    st.lists(ROW, max_size=9) | st.lists(ROW, max_size=9, unique_by=lambda row: row["k"]),
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """One project for all examples; each example has two datasets of its own."""
    with fresh() as context:
        yield context


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Write rows as a table."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def coming(*tables: pa.Table, n_rows: int | None = None) -> Coming:
    """Let tables come one after the other, each a chunk."""
    return Coming(iter(tables), tables[0].schema, n_rows, chunk_rows=1)


def stream(context: Context, dataset: str, *tables: Any, **fields: Any) -> Snapshot:
    """Commit tables chunk after chunk."""
    known = [pa.table(rows) for rows in tables]
    return commit_any(context, CommitRequest(name=dataset, **fields), coming(*known))


def rids(context: Context, dataset: str) -> list[int]:
    """Return row ids in their order."""
    found: list[Any] = read(context, dataset, row_ids=True)["_rid"].to_pylist()
    return sorted(found)


def outcome(snapshot: Snapshot) -> tuple[Any, ...]:
    """Say what a commit did."""
    counts = (snapshot.n_rows, snapshot.n_added, snapshot.n_removed, snapshot.n_changed)
    return snapshot.content_root, snapshot.columns, counts, snapshot.number, snapshot.is_new


@settings(max_examples=60, deadline=None)
@given(history=st.lists(STEP, min_size=1, max_size=4), length=st.integers(1, 4))
def test_chunked_equals_whole_in_every_mode(
    shared: Context, history: list[Any], length: int
) -> None:
    whole, chunked = (f"{name}{next(NUMBERS)}" for name in ("whole", "chunked"))

    for mode, key, rows in history:
        found: list[Any] = []
        for name in (whole, chunked):
            request = CommitRequest(name=name, mode=mode, key=key)
            parts = [table(rows[at : at + length]) for at in range(0, len(rows), length)]
            given_rows = table(rows) if name == whole else coming(*parts or [table([])])
            try:
                found.append(outcome(commit_any(shared, request, given_rows)))
            except HeadgateError as error:
                found.append(type(error))

        assert found[0] == found[1]


@pytest.mark.parametrize("mode", ["replace", "upsert"])
def test_a_key_that_comes_again_in_a_later_chunk_is_refused(context: Context, mode: Any) -> None:
    commit(context, "orders", {"id": [1], "v": ["a"]}, key=("id",))

    with pytest.raises(Invalid, match="row 4 has it too") as caught:
        stream(
            context, "orders", {"id": [1, 2], "v": ["b", "b"]}, {"id": [3, 2], "v": "cc"}, mode=mode
        )

    assert caught.value.message.startswith("1 rows cannot go into orders, the first at position 1")
    assert values(context, "orders") == {"id": [1], "v": ["a"]}


def test_a_row_that_does_not_fit_is_told_with_where_its_chunk_begins(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with pytest.raises(Invalid, match="from position 2 on: 1 rows cannot go into orders") as caught:
        stream(context, "orders", {"id": [2, 3]}, {"id": ["x", "4"]}, mode="append")

    assert "at position 0: type: id is 'x'" in caught.value.message
    assert kinds(context) == ["snapshot_committed"]


def test_a_key_column_that_is_not_there_is_named(context: Context) -> None:
    with pytest.raises(NotFound):
        stream(context, "orders", {"id": [1]}, {"id": [2]}, key=("nope",))


def test_a_stream_is_one_batch_with_neighbouring_ids_and_one_event(context: Context) -> None:
    commit(context, "users", {"id": [0, 1, 2]})

    stream(context, "orders", {"id": [1, 2]}, {"id": [3]}, {"id": [4, 5]})

    assert rids(context, "orders") == [4, 5, 6, 7, 8]
    with context.catalog.read() as connection:
        found = {of_row(connection, context.tenant, rid)[0].rev for rid in range(4, 9)}
        batch = of_row(connection, context.tenant, 4)[0]
    assert (len(found), batch.n_rows, batch.rid_lo, batch.rid_hi) == (1, 5, 4, 9)
    assert [event.subject for event in events(context)][1:] == ["dataset:orders"]


def test_ids_that_others_take_meanwhile_part_a_stream_into_batches(context: Context) -> None:
    def tables() -> Iterator[pa.Table]:
        yield pa.table({"id": list(range(600))})
        with context.catalog.write() as connection:
            queries.bump(connection, context.tenant, "rid", 5)
        yield pa.table({"id": list(range(600, 1200))})

    write = Write(dataset="orders", mode="append")
    origin = Origin(kind="commit", arrived_at=now())
    with Work(context) as work:
        work.stream(write, Coming(tables(), chunk_rows=1, n_rows=600), origin)

    found = rids(context, "orders")
    assert (found[0], found[599], found[600], found[-1]) == (1, 600, 606, 1205)
    with context.catalog.read() as connection:
        one, other = (of_row(connection, context.tenant, rid) for rid in (600, 606))
    assert [(batch.rid_lo, batch.rid_hi, batch.n_rows) for batch in (*one, *other)] == [
        (1, 601, 600),
        (606, 1206, 600),
    ]


@pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
def test_a_commit_of_others_meanwhile_is_built_upon(context: Context, mode: Any) -> None:
    first = {"id": [1, 2, 3], "v": ["a", "b", "c"]}
    for name in ("orders", "plain"):
        commit(context, name, first, key=("id",))
    incoming = [{"id": [2, 3], "v": ["b", "x"]}, {"id": [7], "v": ["n"]}]

    def tables() -> Iterator[pa.Table]:
        yield pa.table(incoming[0])
        other = open_context(context.root)
        commit(other, "orders", {"id": [9], "v": ["o"]}, mode="append")
        other.opened.close()
        yield pa.table(incoming[1])

    request = CommitRequest(name="orders", mode=mode)
    schema = pa.schema([("id", pa.int64()), ("v", pa.string())])
    made = commit_any(context, request, Coming(tables(), schema, chunk_rows=2))

    commit(context, "plain", {"id": [9], "v": ["o"]}, mode="append")
    together = pa.concat_tables([pa.table(rows) for rows in incoming])
    whole = commit(context, "plain", together, mode=mode)
    assert made.number == 3
    assert outcome(made) == outcome(whole)


def test_equal_rows_make_no_snapshot_and_leave_ids_alone(context: Context) -> None:
    stream(context, "orders", {"id": [1, 2]}, {"id": [3]}, key=("id",))
    before = rids(context, "orders")

    again = stream(context, "orders", {"id": [3]}, {"id": [2, 1]})

    assert (again.is_new, again.number, rids(context, "orders")) == (False, 1, before)


def test_a_column_widens_from_chunk_to_chunk(context: Context) -> None:
    snapshot = stream(context, "orders", {"id": [1, 2]}, {"id": [2.5]}, {"id": [3], "v": ["new"]})

    assert [(column.name, column.type) for column in snapshot.columns] == [
        ("id", "double"),
        ("v", "string"),
    ]
    assert values(context, "orders") == {"id": [1.0, 2.0, 2.5, 3.0], "v": [None, None, None, "new"]}


def test_a_number_too_large_for_a_fraction_that_comes_later_is_refused(context: Context) -> None:
    with pytest.raises(Invalid, match="above 2\\^53"):
        stream(context, "orders", {"id": [2**60 + 1]}, {"id": [2.5]})

    assert kinds(context) == []


def test_progress_counts_rows_and_bytes(context: Context) -> None:
    steps: list[Step] = []
    context = type(context)(context.opened, context.actor, steps.append)

    commit_any(
        context,
        CommitRequest(name="orders"),
        coming(pa.table({"id": [1, 2]}), pa.table({"id": [3]}), n_rows=3),
    )

    assert [(step.done, step.total, step.n_bytes) for step in steps] == [(2, 3, 16), (3, 3, 24)]


def test_an_upsert_without_a_key_is_refused(context: Context) -> None:
    with pytest.raises(Invalid, match="no key to upsert by"):
        stream(context, "orders", {"id": [1]}, {"id": [2]}, mode="upsert")


def test_tables_with_nothing_in_common_are_refused(context: Context) -> None:
    rows = Coming(iter([pa.table({"id": [1]}), pa.table({"id": [[1]]})]), chunk_rows=2)

    with pytest.raises(Invalid, match="do not fit into one table"):
        commit_any(context, CommitRequest(name="orders"), rows)


def test_rows_with_ids_and_overwrites_are_taken_together(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]})
    first = read(context, "orders", row_ids=True)
    later = first.set_column(1, "id", pa.array([1, 5]))

    commit_any(context, CommitRequest(name="orders"), coming(later.slice(0, 1), later.slice(1)))
    stream(context, "orders", {"id": [5]}, {"id": [5]}, mode="overwrite", where="id = 5")

    assert values(context, "orders")["id"] == [1, 5, 5]
    assert [snapshot.n_changed for snapshot in log(context, "orders")][1] == 1


@pytest.mark.parametrize("is_streamed", [True, False])
@pytest.mark.parametrize("mode", ["upsert", "replace", "append"])
def test_rows_come_into_a_snapshot_of_which_every_row_was_erased(
    project: Project, context: Context, mode: str, *, is_streamed: bool
) -> None:
    project.dataset.commit("people", {"id": [1, 2], "v": ["a", "b"]}, key=["id"])
    project.dataset.erase("people", where="id > 0", apply=True)
    project.dataset.restore("people", to="1")

    tables = [{"id": [3], "v": ["c"]}, {"id": [4], "v": ["d"]}]
    if is_streamed:
        found = stream(context, "people", *tables, mode=mode)
    else:
        found = commit(context, "people", pa.concat_tables(map(pa.table, tables)), mode=mode)

    assert (found.n_added, found.n_removed, found.n_changed) == (2, 0, 0)
    assert values(context, "people") == {"id": [3, 4], "v": ["c", "d"]}
    assert fsck(context, deep=True).problems == ()
