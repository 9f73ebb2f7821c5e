"""Looking back: lists, logs, details and differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.diff import diff_snapshots
from headgate.dataset.history import datasets, snapshot_detail, snapshot_log
from headgate.dataset.reports import DiffRequest, LogRequest, ShowRequest
from tests.asking import commit, diff, restore, tag

if TYPE_CHECKING:
    from headgate.spine.context import Context


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders at @1, changed, shortened and lengthened at @2."""
    first = {"id": [1, 2, 3], "n": [10, 20, 30], "note": ["a", None, "c"]}
    second = {"id": [1, 2, 4], "n": [11, 20, 40], "note": [None, None, "d"]}
    commit(context, "orders", first, key=("id",))
    commit(context, "orders", second)
    return context


def test_a_project_without_datasets_lists_none(context: Context) -> None:
    assert datasets(context).datasets == ()


def test_datasets_are_listed_with_their_newest_snapshot(orders: Context) -> None:
    commit(orders, "a-first", {"id": [1]})

    found = datasets(orders).datasets

    assert [(line.name, line.n_snapshots, line.newest.number) for line in found] == [
        ("a-first", 1, 1),
        ("orders", 2, 2),
    ]


def test_a_log_lists_the_newest_first_with_tags(orders: Context) -> None:
    tag(orders, "orders", "golden", 1)

    report = snapshot_log(orders, LogRequest(name="orders"))
    short = snapshot_log(orders, LogRequest(name="orders", limit=1))

    assert [one.number for one in report.snapshots] == [2, 1]
    assert report.tags == {"golden": 1}
    assert [one.number for one in short.snapshots] == [2]


def test_a_log_of_no_dataset_is_not_found(orders: Context) -> None:
    with pytest.raises(NotFound) as caught:
        snapshot_log(orders, LogRequest(name="order"))

    assert caught.value.mend == "did you mean orders?"


def test_a_detail_tells_key_files_and_tags(orders: Context) -> None:
    tag(orders, "orders", "golden", 2)

    detail = snapshot_detail(orders, ShowRequest(name="orders"))

    assert (detail.key, detail.n_segments, detail.n_deleted) == (("id",), 2, 2)
    assert detail.tags == ("golden",)
    assert detail.n_bytes > 0


def test_a_difference_counts_rows_and_columns(orders: Context) -> None:
    report = diff(orders, "orders", 1, 2)

    assert (report.n_added, report.n_removed, report.n_changed, report.n_same) == (1, 1, 1, 1)
    assert report.changed_columns == {"n": 1, "note": 1}


def test_a_difference_shows_rows_of_each_kind(orders: Context) -> None:
    found = diff(orders, "orders", 1, 2).examples

    assert [(one.kind, one.row_id, one.before, one.after) for one in found] == [
        ("added", 4, None, {"id": 4, "n": 40, "note": "d"}),
        ("removed", 3, {"id": 3, "n": 30, "note": "c"}, None),
        (
            "changed",
            1,
            {"id": 1, "n": 10, "note": "a"},
            {"id": 1, "n": 11, "note": None},
        ),
    ]


def test_the_other_way_round_added_is_removed(orders: Context) -> None:
    back = diff(orders, "orders", 2, 1)

    assert (back.n_added, back.n_removed, back.n_changed) == (1, 1, 1)
    assert [one.row_id for one in back.examples] == [3, 4, 1]


def test_a_snapshot_does_not_differ_from_itself(orders: Context) -> None:
    report = diff(orders, "orders", 2, 2)

    assert (report.n_added, report.n_removed, report.n_changed, report.n_same) == (0, 0, 0, 3)
    assert report.examples == ()


def test_examples_are_limited(context: Context) -> None:
    commit(context, "orders", {"id": list(range(20))})
    commit(context, "orders", {"id": list(range(10, 40))})

    report = diff(context, "orders", 1, 2, limit=2)

    assert (report.n_added, report.n_removed) == (20, 10)
    assert [one.kind for one in report.examples] == ["added", "added", "removed", "removed"]


def test_by_default_the_newest_is_compared_with_the_one_before(orders: Context) -> None:
    report = diff_snapshots(orders, DiffRequest(name="orders"))

    assert (report.from_number, report.to_number) == (1, 2)


def test_the_first_snapshot_has_none_before_it(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with pytest.raises(Invalid) as caught:
        diff_snapshots(context, DiffRequest(name="orders"))

    assert caught.value.mend == "name the other one with --from"


def test_columns_that_come_go_or_change_their_type_are_counted_where_they_hold_values(
    context: Context,
) -> None:
    commit(context, "orders", {"id": [1, 2], "gone": ["x", None], "kind": [1, 2]}, key=("id",))
    commit(context, "orders", {"id": [1, 2], "came": [None, True], "kind": ["1", "2"]})

    report = diff(context, "orders", 1, 2)

    assert report.added_columns == ("came",)
    assert report.removed_columns == ("gone",)
    assert report.retyped_columns == ("kind: int64 to string",)
    assert report.changed_columns == {"gone": 1, "kind": 2, "came": 1}


def test_nan_is_no_change_and_nested_values_are_compared(context: Context) -> None:
    first = {"id": [1, 2], "f": [float("nan"), 1.0], "tags": [["a"], ["b"]], "n": [1, 1]}
    second = {"id": [1, 2], "f": [float("nan"), 1.0], "tags": [["a"], ["c"]], "n": [2, 1]}
    commit(context, "orders", first, key=("id",))
    commit(context, "orders", second)

    assert diff(context, "orders", 1, 2).changed_columns == {"tags": 1, "n": 1}


def test_a_widened_column_is_no_change_of_its_rows(context: Context) -> None:
    commit(context, "orders", {"id": [1], "n": [5]}, key=("id",))
    commit(context, "orders", {"id": [2], "n": [0.5]}, mode="append")

    report = diff(context, "orders", 1, 2)

    assert (report.n_added, report.n_changed) == (1, 0)
    assert report.retyped_columns == ("n: int64 to double",)


def test_a_restore_differs_by_what_it_undid(orders: Context) -> None:
    restore(orders, "orders", 1)

    assert diff(orders, "orders", 1, 3).n_same == 3
    assert diff(orders, "orders", 2, 3).n_changed == 1


def test_equal_rows_of_other_snapshots_are_told_by_their_ids(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "orders", pa.table({"id": [1]}).slice(0, 0))
    commit(context, "orders", {"id": [1]})

    report = diff(context, "orders", 1, 3)

    assert (report.n_added, report.n_removed, report.n_same) == (1, 1, 0)
