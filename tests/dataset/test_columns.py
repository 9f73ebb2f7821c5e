"""Columns of a merged state: settled by the side that changed them, or told as conflicts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.spine.context import Context
from headgate.spine.store.snapshots import find_snapshot
from tests.asking import commit, read
from tests.laws.histories import make_branch, merge

INT: Any = pa.int32()


@pytest.fixture
def orders(context: Context) -> Context:
    """Two orders with an int32, on main and on dev."""
    base = pa.table({"id": [1, 2], "n": pa.array([10, 20], INT)})
    commit(context, "orders", base, key=("id",))
    make_branch(context, "orders", "dev")
    return context


def become(context: Context, branch: str, n: Any) -> None:
    """Give column n other values on a branch."""
    commit(context, "orders", pa.table({"id": [1, 2], "n": n}), branch=branch)


def drop(context: Context, branch: str) -> None:
    """Remove column n on a branch."""
    commit(context, "orders", pa.table({"id": [1, 2]}), branch=branch)


def types(context: Context) -> dict[str, str]:
    """Return the types of main's columns."""
    return {one.name: one.type for one in find_snapshot(context, "orders", "main").columns}


@pytest.mark.parametrize(
    ("ours", "theirs", "settled"),
    [(pa.int64(), pa.float64(), "double"), (pa.float64(), pa.int64(), "double")],
)
def test_of_two_new_types_the_wider_one_is_taken(
    orders: Context, ours: Any, theirs: Any, settled: str
) -> None:
    become(orders, "main", pa.array([10, 20], ours))
    become(orders, "dev", pa.array([10, 20], theirs))

    report = merge(orders, "orders", "dev")

    assert (report.state, report.columns) == ("merged", ())
    assert types(orders)["n"] == settled
    assert read(orders, "orders", "main")["n"].to_pylist() == [10, 20]


def test_of_two_new_types_that_do_not_hold_each_other_none_is_taken(orders: Context) -> None:
    become(orders, "main", ["x", "y"])
    become(orders, "dev", [True, False])

    report = merge(orders, "orders", "dev")

    told = {one.column: one for one in report.columns}["n"]
    assert (report.state, report.has_findings) == ("conflict", True)
    assert (told.base, told.ours, told.theirs) == ("int32", "string", "bool")
    assert told.reason == "both sides changed it, each its own way"
    assert types(orders)["n"] == "string"


@pytest.mark.parametrize(("mine", "yours"), [("main", "dev"), ("dev", "main")])
def test_a_column_removed_here_and_retyped_there_is_a_conflict(
    orders: Context, mine: str, yours: str
) -> None:
    drop(orders, mine)
    become(orders, yours, ["x", "y"])

    report = merge(orders, "orders", "dev")

    assert report.state == "conflict"
    assert {one.column for one in report.columns} == {"n"}


def test_a_column_removed_on_both_sides_is_gone(orders: Context) -> None:
    for branch in ("main", "dev"):
        drop(orders, branch)
    commit(orders, "orders", {"id": [3]}, mode="append", branch="dev")

    report = merge(orders, "orders", "dev")

    assert report.state == "merged"
    assert read(orders, "orders", "main").to_pydict() == {"id": [1, 2, 3]}


@pytest.mark.parametrize(("retyper", "adder"), [("main", "dev"), ("dev", "main")])
def test_rows_of_one_side_do_not_lose_values_in_a_type_of_the_other(
    orders: Context, retyper: str, adder: str
) -> None:
    become(orders, retyper, [True, False])
    added = pa.table({"id": [3], "n": pa.array([7], INT)})
    commit(orders, "orders", added, mode="append", branch=adder)

    report = merge(orders, "orders", "dev")

    assert report.state == "conflict"
    (told,) = report.columns
    assert told.column == "n"
    assert told.reason.startswith("1 rows that only the branch")
    assert "would lose their values in it" in told.reason


def test_rows_that_hold_nothing_in_a_retyped_column_come_along(orders: Context) -> None:
    become(orders, "main", ["x", "y"])
    added = pa.table({"id": [3], "n": pa.array([None], INT)})
    commit(orders, "orders", added, mode="append", branch="dev")

    report = merge(orders, "orders", "dev")

    assert report.state == "merged"
    assert read(orders, "orders", "main").to_pydict() == {"id": [1, 2, 3], "n": ["x", "y", None]}
