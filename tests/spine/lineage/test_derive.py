"""How rows a run wrote came from rows it read: by identity, by edges, or as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.spine.store.edges import read_edges
from headgate.spine.store.tables import derivations
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, ids, read
from tests.spine.lineage.test_reads import start

if TYPE_CHECKING:
    from headgate.spine.context import Context


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders with rows 1, 2 and 3, row 2 in two revisions, and a run that read the newest."""
    commit(context, "orders", {"id": [1, 2, 3], "n": [1, 2, 3]}, key=("id",))
    commit(context, "orders", {"id": [2], "n": [9]}, mode="upsert")
    start(context, "run_1")
    read(context, "orders", run="run_1")
    return context


def write(context: Context, rows: Any, edges: dict[str, list[Any]] | None = None) -> None:
    """Write rows of the run, with an edge table."""
    origin = Origin(kind="derive", arrived_at=now())
    table = None if edges is None else pa.table(edges)
    asked = Write(dataset="made", mode="append", run="run_1", edges=table)
    with Work(context) as work:
        work.write(asked, [Part(rows=pa.table(rows), origin=origin)])


def derived(context: Context) -> list[tuple[str, list[tuple[int, ...]]]]:
    """List derivations: kind and edges (parent, batch of the parent, child)."""
    with context.catalog.read() as connection:
        found = connection.execute(select(derivations.c.kind, derivations.c.edges)).all()
    return [
        (
            kind,
            []
            if key is None
            else sorted(
                zip(*(column.tolist() for column in read_edges(context.blobs, key)), strict=True)
            ),
        )
        for kind, key in found
    ]


def test_rows_that_keep_their_ids_need_no_edge(orders: Context) -> None:
    write(orders, {"_rid": [1, 2], "id": [1, 2]})

    assert derived(orders) == [("identity", [])]
    assert ids(orders, "made", "id") == {1: 1, 2: 2}


def test_rows_without_a_word_come_from_all_that_was_read(orders: Context) -> None:
    write(orders, {"total": [13]})

    assert derived(orders) == [("dataset", [])]


def test_a_run_that_read_nothing_derives_nothing(context: Context) -> None:
    start(context, "run_1")

    write(context, {"total": [13]})

    assert derived(context) == []


def test_edges_name_the_batch_that_wrote_the_parent(orders: Context) -> None:
    write(orders, {"total": [3, 10]}, {"child": [0, 1, 1], "parent_rid": [3, 1, 2]})

    total = ids(orders, "made", "total")
    assert derived(orders) == [("edges", [(1, 1, total[10]), (2, 2, total[10]), (3, 1, total[3])])]


def test_a_parent_read_in_two_revisions_is_a_parent_in_both(orders: Context) -> None:
    read(orders, "orders", 1, run="run_1")

    write(orders, {"total": [2]}, {"child": [0], "parent_rid": [2]})

    ((_, edges),) = derived(orders)
    assert [(parent, rev) for parent, rev, _ in edges] == [(2, 1), (2, 2)]


def test_a_revision_that_was_given_is_kept(orders: Context) -> None:
    write(
        orders,
        {"total": [2]},
        {"child": [0, 0], "parent_rid": [2, 3], "parent_rev": [1, None]},
    )

    ((_, edges),) = derived(orders)
    assert [(parent, rev) for parent, rev, _ in edges] == [(2, 1), (3, -1)]


def test_parents_may_stand_in_a_column_of_lists(orders: Context) -> None:
    rows = {"total": [3, 10, 0], "_parents": [[3], [1, 2], []]}

    commit(orders, "made", rows, run="run_1")

    total = ids(orders, "made", "total")
    ((kind, edges),) = derived(orders)
    assert kind == "edges"
    assert edges == [(1, 1, total[10]), (2, 2, total[10]), (3, 1, total[3])]
    assert read(orders, "made").column_names == ["total"]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ({"parent_rid": [1]}, "the edges have no column 'child'"),
        ({"child": [0]}, "the edges have no column 'parent_rid'"),
        ({"child": [1], "parent_rid": [1]}, "an edge names row 1, there are 1"),
        ({"child": [0], "parent_rid": [77]}, "row 77 was not read by run run_1"),
    ],
)
def test_edges_that_cannot_be_are_refused(
    orders: Context, edges: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        write(orders, {"total": [1]}, edges)

    assert message in caught.value.message
    assert derived(orders) == []


def test_a_filtered_read_gives_only_the_rows_that_passed(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]})
    start(context, "run_1")
    read(context, "orders", where="id = 1", run="run_1")

    with pytest.raises(Invalid) as caught:
        write(context, {"total": [1]}, {"child": [0], "parent_rid": [2]})

    assert "read the parent inside the run" in caught.value.mend
