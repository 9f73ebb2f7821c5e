"""Differences: counted without opening rows, as rows, between branches, and what they break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid
from headgate.dataset.diff import CHANGE, changed_rows, diff_snapshots
from headgate.dataset.reports import ChangesRequest, DiffRequest, SchemaDiff
from headgate.spine.context import Context
from tests.asking import commit, diff, restore
from tests.laws.histories import make_branch

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders at @1, with a row changed, one removed and one added at @2."""
    commit(context, "orders", {"id": [1, 2, 3], "n": [10, 20, 30]}, key=("id",))
    commit(context, "orders", {"id": [1, 2, 4], "n": [11, 20, 40]})
    return context


def changes(context: Context, name: str = "orders", **asked: Any) -> list[dict[str, Any]]:
    """Read the rows that differ."""
    return changed_rows(context, ChangesRequest(name=name, **asked)).to_pylist()


def schema(context: Context, before: Mapping[str, Any], after: Mapping[str, Any]) -> SchemaDiff:
    """Commit two tables after one another and compare their columns."""
    name = f"s{len(before)}{len(after)}{min(after)}"
    commit(context, name, dict(before))
    commit(context, name, dict(after))
    return diff(context, name, 1, 2).schema


def test_every_row_that_differs_is_read_with_what_became_of_it(orders: Context) -> None:
    found = changes(orders)

    assert found == [
        {"_rid": 1, CHANGE: "before", "id": 1, "n": 10},
        {"_rid": 1, CHANGE: "after", "id": 1, "n": 11},
        {"_rid": 3, CHANGE: "removed", "id": 3, "n": 30},
        {"_rid": 4, CHANGE: "added", "id": 4, "n": 40},
    ]


def test_between_equal_snapshots_no_row_differs(orders: Context) -> None:
    found = changed_rows(orders, ChangesRequest(name="orders", from_="2", to="2"))

    assert (found.num_rows, found.column_names) == (0, ["_rid", CHANGE, "id", "n"])


def test_images_of_two_types_are_written_in_one_that_holds_both(context: Context) -> None:
    commit(context, "orders", {"id": [1], "n": [5], "gone": [True]}, key=("id",))
    commit(context, "orders", {"id": [1], "n": ["five"], "came": [0.5]})

    found = changes(context)

    assert found == [
        {"_rid": 1, CHANGE: "before", "id": 1, "n": "5", "came": None, "gone": True},
        {"_rid": 1, CHANGE: "after", "id": 1, "n": "five", "came": 0.5, "gone": None},
    ]


@pytest.mark.parametrize(("from_", "to"), [("1", "2"), ("2", "1"), ("1", "3"), ("2", "3")])
def test_counts_alone_are_those_of_the_full_difference(
    orders: Context, from_: str, to: str
) -> None:
    restore(orders, "orders", 1)
    asked = DiffRequest(name="orders", from_=from_, to=to)

    full = diff_snapshots(orders, asked)
    counted = diff_snapshots(orders, DiffRequest(name="orders", from_=from_, to=to, counts=True))

    assert counted.is_counted_only
    assert (counted.n_added, counted.n_removed, counted.n_changed, counted.n_same) == (
        full.n_added,
        full.n_removed,
        full.n_changed,
        full.n_same,
    )
    assert (counted.examples, counted.changed_columns) == ((), {})


def test_by_default_a_snapshot_is_compared_with_the_one_it_follows(orders: Context) -> None:
    make_branch(orders, "orders", "dev", 1)
    commit(orders, "orders", {"id": [5], "n": [50]}, mode="append", branch="dev")

    report = diff_snapshots(orders, DiffRequest(name="orders", to="dev"))

    assert (report.from_number, report.to_number, report.n_added) == (1, 3, 1)


def test_two_branches_are_compared_by_their_names(orders: Context) -> None:
    make_branch(orders, "orders", "dev", 1)
    commit(orders, "orders", {"id": [5], "n": [50]}, mode="append", branch="dev")

    report = diff_snapshots(orders, DiffRequest(name="orders", from_="main", to="dev"))

    assert (report.n_added, report.n_removed, report.n_changed) == (2, 1, 1)


def test_the_first_snapshot_has_no_changes_to_read(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with pytest.raises(Invalid) as caught:
        changes(context)

    assert caught.value.mend == "name the other one with --from"


@pytest.mark.parametrize(
    ("before", "after", "verdict", "reasons"),
    [
        ({"a": [1]}, {"a": [2]}, "identical", ()),
        ({"a": [1]}, {"a": [1], "b": ["x"]}, "compatible", ("column 'b' was added",)),
        ({"a": [1]}, {"a": [0.5]}, "compatible", ("column 'a' was widened from int64 to double",)),
        (
            {"a": [None]},
            {"a": ["x"]},
            "compatible",
            ("column 'a' was widened from null to string",),
        ),
        ({"a": [1], "b": [1]}, {"a": [1]}, "breaking", ("column 'b' was removed",)),
        ({"a": [1]}, {"a": ["x"]}, "breaking", ("column 'a' became string, it was int64",)),
        ({"a": [0.5]}, {"a": [1]}, "breaking", ("column 'a' became int64, it was double",)),
    ],
)
def test_a_change_of_columns_is_judged_by_who_reads_them(
    context: Context,
    before: dict[str, Any],
    after: dict[str, Any],
    verdict: str,
    reasons: tuple[str, ...],
) -> None:
    found = schema(context, before, after)

    assert (found.verdict, found.reasons) == (verdict, reasons)


def test_another_key_breaks_a_reader_and_a_first_one_does_not(context: Context) -> None:
    rows = {"id": [1], "day": [1]}
    commit(context, "orders", rows)
    commit(context, "orders", rows, key=("id",))
    commit(context, "orders", rows, key=("id", "day"))

    first, second = diff(context, "orders", 1, 2).schema, diff(context, "orders", 2, 3).schema

    assert (first.verdict, first.reasons) == ("compatible", ("the key became id, it was none",))
    assert (second.verdict, second.reasons) == ("breaking", ("the key became id, day, it was id",))
