"""Differences: counted without opening rows, as rows, between branches, and what they break."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.diff import CHANGE, changed_rows, diff_snapshots
from headgate.dataset.reports import ChangesRequest, DiffRequest, SchemaDiff
from headgate.spine.context import Context
from tests.asking import commit, diff, gc, restore
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


def test_a_column_may_be_named_as_anything_but_the_one_that_tells_the_change(
    context: Context,
) -> None:
    commit(context, "ranks", {"id": [1], "_rank": [5]}, key=("id",))
    commit(context, "ranks", {"id": [1], "_rank": [6]})
    commit(context, "own", {"id": [1], CHANGE: ["x"]}, key=("id",))
    commit(context, "own", {"id": [1], CHANGE: ["y"]})

    found = changes(context, "ranks")
    with pytest.raises(Invalid) as caught:
        changes(context, "own")

    assert [(row[CHANGE], row["_rank"]) for row in found] == [("before", 5), ("after", 6)]
    assert caught.value.message.startswith(f"own has a column {CHANGE!r} of its own")
    assert diff(context, "own", 1, 2).changed_columns == {CHANGE: 1}


def test_images_before_and_after_stay_together_in_a_long_difference(context: Context) -> None:
    ids = list(range(5_000))
    commit(context, "orders", {"id": ids, "n": ids}, key=("id",))
    commit(context, "orders", {"id": ids[::-1], "n": [n + n % 2 for n in ids[::-1]]})

    found = changes(context)

    assert [row[CHANGE] for row in found] == ["before", "after"] * 2_500
    assert [row["_rid"] for row in found] == [n + 1 for n in ids if n % 2 for _ in range(2)]
    assert all(after["n"] == before["n"] + 1 for before, after in pairwise(found[:2]))


NESTED: dict[str, tuple[list[Any], list[Any]]] = {
    "list": ([[1], None], ["x", None]),
    "struct": ([{"a": 1}, None], ["x", None]),
    "bytes": ([b"\xff", None], [1, None]),
    "truth": ([True, None], [1, None]),
    "moment": ([datetime(2026, 1, 1, tzinfo=UTC), None], ["x", None]),
}


@pytest.mark.parametrize("kind", NESTED)
def test_a_column_of_another_kind_is_shown_as_text_on_both_sides(
    context: Context, kind: str
) -> None:
    before, after = NESTED[kind]
    commit(context, "orders", {"id": [1, 2], "it": before}, key=("id",))
    commit(context, "orders", {"id": [1, 2], "it": after})

    found = changed_rows(context, ChangesRequest(name="orders"))
    report = diff(context, "orders", 1, 2)

    assert str(found["it"].type) == "string"
    assert [row["it"] for row in found.to_pylist()][1] == str(after[0])
    assert (report.n_changed, report.changed_columns) == (1, {"it": 1})
    assert report.schema.verdict == "breaking"


def test_when_no_column_is_left_every_row_is_another_one(context: Context) -> None:
    commit(context, "orders", {"a": [1, 2]})
    commit(context, "orders", {"b": [1, 2]})

    found = changes(context)

    assert [(row[CHANGE], row["a"], row["b"]) for row in found] == [
        ("removed", 1, None),
        ("removed", 2, None),
        ("added", None, 1),
        ("added", None, 2),
    ]


def test_examples_are_as_many_as_asked_for_of_each_kind(orders: Context) -> None:
    none = diff_snapshots(orders, DiffRequest(name="orders", limit=0))
    one = diff_snapshots(orders, DiffRequest(name="orders", limit=1))

    assert (none.examples, none.n_changed, none.changed_columns) == ((), 1, {"n": 1})
    assert [example.kind for example in one.examples] == ["added", "removed", "changed"]


@pytest.mark.parametrize("counts", [False, True])
def test_a_snapshot_that_expired_is_compared_with_nothing(orders: Context, counts: bool) -> None:
    gc(orders, keep_last=1, grace_h=0, apply=True)

    with pytest.raises(NotFound, match="orders@1 expired on"):
        diff_snapshots(orders, DiffRequest(name="orders", counts=counts))
    with pytest.raises(NotFound, match="orders@1 expired on"):
        changes(orders)
