"""A small commit asks the catalog few things, and waits for the disk as seldom as it may."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import event

from headgate.core.times import now
from headgate.pipeline.operations import StartRun, start
from headgate.spine.store.snapshots import find_snapshot, heads
from headgate.spine.work import Work
from headgate.spine.writes import Mode, Origin, Part, Write
from tests.asking import commit
from tests.contract.guarded import ID, guarded

if TYPE_CHECKING:
    from collections.abc import Generator

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

MOST_OF_A_COMMIT = 8
MOST_OF_A_FIRST_COMMIT = 9
MOST_OF_A_RUN = 10


@contextmanager
def counted(context: Context) -> Generator[list[str]]:
    """Take down every statement, those that begin and end transactions left out."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(context.catalog.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(context.catalog.engine, "before_cursor_execute", note)


def write(context: Context, mode: Mode, first: int, run: str | None = None) -> None:
    """Write ten rows to `orders`, as a verb does once it has read its request."""
    rows = pa.table({"id": list(range(first, first + 10))})
    with Work(context) as work:
        part = Part(rows=rows, origin=Origin(kind="commit", arrived_at=now()))
        work.write(Write(dataset="orders", mode=mode, run=run), [part])


def test_a_first_commit_asks_few_things(context: Context) -> None:
    commit(context, "others", {"id": [1]})

    with counted(context) as statements:
        write(context, "append", 0)

    assert len(statements) <= MOST_OF_A_FIRST_COMMIT


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_commit_asks_few_things(context: Context, mode: Mode) -> None:
    write(context, "append", 0)

    with counted(context) as statements:
        write(context, mode, 10)

    assert len(statements) <= MOST_OF_A_COMMIT


def test_a_commit_of_a_run_asks_for_what_it_read_too(context: Context) -> None:
    write(context, "append", 0)
    run = start(context, StartRun(name="train"))

    with counted(context) as statements:
        write(context, "replace", 10, run.run_id)

    assert len(statements) <= MOST_OF_A_RUN


def test_a_commit_asks_hardly_more_where_only_others_are_guarded(
    project: Project, context: Context
) -> None:
    write(context, "append", 0)
    guarded(project, ID, name="others")
    write(context, "append", 10)

    with counted(context) as statements:
        write(context, "append", 20)

    assert len(statements) <= MOST_OF_A_COMMIT + 1


def test_a_contract_published_while_a_commit_is_staged_guards_it(
    project: Project, context: Context
) -> None:
    write(context, "append", 0)
    part = Part(rows=pa.table({"id": [None, 5, 6]}), origin=Origin(kind="commit", arrived_at=now()))
    staged: list[int] = []

    def rows_making_way(_parent: Any) -> Any:
        if not staged:
            guarded(project, ID)
        staged.append(1)
        return np.empty(0, np.int64)

    with Work(context) as work:
        wanted = Write(dataset="orders", mode="overwrite", making_way=rows_making_way)
        snapshot = work.write(wanted, [part])

    assert len(staged) == 2
    assert (snapshot.n_rows, snapshot.n_quarantined) == (12, 1)


def test_a_commit_of_many_parts_asks_no_more_than_one_of_one(context: Context) -> None:
    write(context, "append", 0)
    parts = [
        Part(rows=pa.table({"id": [index]}), origin=Origin(kind="commit", arrived_at=now()))
        for index in range(20)
    ]

    with counted(context) as statements, Work(context) as work:
        work.write(Write(dataset="orders", mode="append"), parts)

    assert len(statements) <= MOST_OF_A_COMMIT
    assert find_snapshot(context, "orders").n_rows == 30


def test_looking_a_dataset_up_is_one_question_and_so_is_looking_up_many(context: Context) -> None:
    names = [f"d{index}" for index in range(5)]
    for name in names:
        commit(context, name, {"id": [1]})

    with counted(context) as one:
        find_snapshot(context, "d3")
    with counted(context) as many, context.catalog.read() as connection:
        found = heads(connection, context.tenant, names)

    assert (len(one), len(many)) == (1, 1)
    assert list(found) == names
