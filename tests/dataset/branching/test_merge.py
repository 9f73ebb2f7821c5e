"""Merging branches: disjoint changes come together, others are listed and nothing is merged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import Context
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.snapshots import find_snapshot
from tests.asking import commit, events, ids, kinds, log, read, restore, root_of, values
from tests.laws.histories import make_branch, merge

if TYPE_CHECKING:
    from headgate.spine.store.manifest import Manifest
    from headgate.surfaces.python import Project

BASE = {"id": [1, 2, 3, 4], "n": [10, 20, 30, 40], "note": ["a", "b", "c", "d"]}


@pytest.fixture
def orders(context: Context) -> Context:
    """Four orders keyed by id, and a branch dev that stands where main does."""
    commit(context, "orders", BASE, key=("id",))
    make_branch(context, "orders", "dev")
    return context


def upsert(context: Context, branch: str, *rows: tuple[Any, ...], **more: Any) -> None:
    """Set rows of orders on a branch, each given as id, n and note."""
    columns = dict(zip(("id", "n", "note"), map(list, zip(*rows, strict=True)), strict=True))
    commit(context, "orders", columns | more, mode="upsert", branch=branch)


def without(context: Context, branch: str, *gone: int) -> None:
    """Remove rows of orders on a branch."""
    rows = read(context, "orders", branch)
    kept = [row for row in rows.to_pylist() if row["id"] not in gone]
    commit(context, "orders", pa.Table.from_pylist(kept, schema=rows.schema), branch=branch)


def by_id(context: Context, at: str = "main") -> dict[int, dict[str, Any]]:
    """Read orders as rows by their key."""
    return {row.pop("id"): row for row in read(context, "orders", at).to_pylist()}


def manifest(context: Context, at: str) -> Manifest:
    """Load a manifest of orders."""
    return load_manifest(context.blobs, find_snapshot(context, "orders", at).version_id)


@pytest.mark.row("S3-75")
def test_disjoint_changes_of_two_branches_come_together(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"), (5, 50, "e"))
    without(orders, "dev", 4)
    upsert(orders, "main", (1, 11, "a"), (6, 60, "f"))

    report = merge(orders, "orders", "dev", message="both")

    assert (report.state, report.base_number) == ("merged", 1)
    assert (report.n_added, report.n_changed, report.n_removed) == (1, 1, 1)
    assert {key: row["n"] for key, row in by_id(orders).items()} == {
        1: 11,
        2: 21,
        3: 30,
        5: 50,
        6: 60,
    }
    snapshot = report.snapshot
    assert (snapshot.parent, snapshot.merged_from, snapshot.kind) == (4, 3, "merge")
    assert snapshot.content_root == root_of(read(orders, "orders"))


def test_merged_rows_keep_their_ids_and_batches(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"), (5, 50, "e"))
    upsert(orders, "main", (1, 11, "a"))
    on_dev = ids(orders, "orders", "id", "dev")

    merge(orders, "orders", "dev")

    on_main = ids(orders, "orders", "id")
    assert on_main == on_dev
    revs = {run.rev for one in manifest(orders, "main").segments for run in one.runs or ()}
    assert revs == {1, 2, 3}


def test_a_merge_is_one_event_with_all_its_numbers(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"))
    upsert(orders, "main", (1, 11, "a"))

    merge(orders, "orders", "dev")

    event = events(orders, "dataset:orders")[-1]
    assert event.kind == "dataset_merged"
    assert event.payload == {
        "from": "dev",
        "from_number": 2,
        "into": "main",
        "into_number": 3,
        "base": 1,
        "number": 4,
        "n_added": 0,
        "n_changed": 1,
        "n_removed": 0,
    }


def test_what_main_did_not_move_from_becomes_what_the_branch_is(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"), (5, 50, "e"))

    report = merge(orders, "orders", "dev")

    assert manifest(orders, "main").segments == manifest(orders, "dev").segments
    assert report.snapshot.content_root == find_snapshot(orders, "orders", "dev").content_root
    assert (report.n_added, report.n_changed) == (1, 1)


def test_merging_twice_does_nothing_the_second_time(orders: Context) -> None:
    upsert(orders, "dev", (5, 50, "e"))
    upsert(orders, "main", (6, 60, "f"))
    merge(orders, "orders", "dev")

    again = merge(orders, "orders", "dev")

    assert (again.state, again.snapshot.is_new) == ("nothing to merge", False)
    assert kinds(orders, "dataset:orders").count("dataset_merged") == 1


def test_a_branch_goes_on_after_a_merge_and_is_merged_again(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"))
    upsert(orders, "main", (1, 11, "a"))
    merge(orders, "orders", "dev")
    upsert(orders, "dev", (2, 22, "b"))

    report = merge(orders, "orders", "dev")

    assert (report.base_number, report.n_changed) == (2, 1)
    assert by_id(orders)[2]["n"] == 22


def test_a_row_changed_on_both_sides_is_a_conflict_and_nothing_is_merged(
    orders: Context,
) -> None:
    upsert(orders, "dev", (2, 21, "b"), (5, 50, "e"))
    upsert(orders, "main", (2, 22, "b"))
    before = find_snapshot(orders, "orders", "main")

    report = merge(orders, "orders", "dev")

    [conflict] = report.conflicts
    assert (report.state, report.n_conflicts, report.has_findings) == ("conflict", 1, True)
    assert (conflict.key, conflict.reason) == ({"id": 2}, "changed by both, not alike")
    images = (conflict.base, conflict.ours, conflict.theirs)
    assert [image and image["n"] for image in images] == [20, 22, 21]
    assert find_snapshot(orders, "orders", "main") == before
    assert "dataset_merged" not in kinds(orders, "dataset:orders")


def test_the_same_change_on_both_sides_is_no_conflict(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"), (5, 50, "e"))
    upsert(orders, "main", (2, 21, "b"), (6, 60, "f"))

    report = merge(orders, "orders", "dev")

    assert (report.state, report.n_added, report.n_changed) == ("merged", 1, 0)


def test_a_row_changed_here_and_removed_there_is_a_conflict_either_way(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"))
    without(orders, "dev", 3)
    without(orders, "main", 2)
    upsert(orders, "main", (3, 31, "c"))

    found = merge(orders, "orders", "dev").conflicts

    assert [(one.key, one.reason) for one in found] == [
        ({"id": 2}, "removed by us, changed by them"),
        ({"id": 3}, "changed by us, removed by them"),
    ]
    assert (found[0].ours, found[1].theirs) == (None, None)


def test_rows_added_with_the_same_key_conflict_unless_they_are_alike(orders: Context) -> None:
    upsert(orders, "dev", (5, 50, "e"), (6, 60, "f"))
    upsert(orders, "main", (5, 50, "e"), (6, 66, "f"))

    refused = merge(orders, "orders", "dev")
    upsert(orders, "main", (6, 60, "f"))
    merged = merge(orders, "orders", "dev")

    [conflict] = refused.conflicts
    assert (conflict.key, conflict.reason, conflict.base) == (
        {"id": 6},
        "added by both, not alike",
        None,
    )
    assert (merged.state, merged.n_added) == ("merged", 0)
    assert sorted(by_id(orders)) == [1, 2, 3, 4, 5, 6]


def test_rows_without_a_key_are_all_brought_together(context: Context) -> None:
    commit(context, "log", {"line": ["a"]})
    make_branch(context, "log", "dev")
    commit(context, "log", {"line": ["b"]}, mode="append", branch="dev")
    commit(context, "log", {"line": ["b"]}, mode="append")

    report = merge(context, "log", "dev")

    assert report.n_added == 1
    assert values(context, "log")["line"] == ["a", "b", "b"]


def test_a_long_list_of_conflicts_is_cut_and_counted(orders: Context) -> None:
    rows = [(key, key, "x") for key in range(1, 5)]
    upsert(orders, "dev", *rows)
    upsert(orders, "main", *((key, n + 1, note) for key, n, note in rows))

    report = merge(orders, "orders", "dev", limit=1)

    assert (report.n_conflicts, len(report.conflicts)) == (4, 1)


def test_a_plan_says_what_a_merge_would_do_and_does_nothing(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"))
    upsert(orders, "main", (1, 11, "a"))
    n_before = len(log(orders, "orders"))

    report = merge(orders, "orders", "dev", plan=True)

    assert (report.state, report.n_changed) == ("planned", 1)
    assert len(log(orders, "orders")) == n_before
    assert by_id(orders)[2]["n"] == 20


def test_columns_that_each_side_added_are_united(orders: Context) -> None:
    upsert(orders, "dev", (2, 21, "b"), left=["l"])
    upsert(orders, "main", (1, 11, "a"), right=[1.5])

    merge(orders, "orders", "dev")

    found = by_id(orders)
    assert found[1] == {"n": 11, "note": "a", "right": 1.5, "left": None}
    assert found[2] == {"n": 21, "note": "b", "right": None, "left": "l"}


def test_a_type_that_one_side_changed_is_taken(orders: Context) -> None:
    upsert(orders, "dev", (2, 0.5, "b"))
    upsert(orders, "main", (1, 11, "a"))

    merge(orders, "orders", "dev")

    assert read(orders, "orders").schema.field("n").type == pa.float64()
    assert {key: row["n"] for key, row in by_id(orders).items()} == {1: 11, 2: 0.5, 3: 30, 4: 40}


def test_a_column_that_both_sides_added_with_other_types_is_a_conflict(orders: Context) -> None:
    upsert(orders, "dev", (2, 20, "b"), extra=["text"])
    upsert(orders, "main", (1, 10, "a"), extra=[True])

    report = merge(orders, "orders", "dev")

    [conflict] = report.columns
    assert (report.state, report.n_conflicts) == ("conflict", 1)
    assert (conflict.column, conflict.base) == ("extra", None)
    assert (conflict.ours, conflict.theirs) == ("bool", "string")


def test_a_column_that_one_side_removed_goes_unless_the_other_filled_it(context: Context) -> None:
    rows = {"id": [1, 2], "old": pa.nulls(2, pa.string())}
    for name in ("empty", "filled"):
        commit(context, name, rows, key=("id",))
        make_branch(context, name, "dev")
        commit(context, name, {"id": [1, 2]}, branch="dev")
    commit(context, "empty", {"id": [3]}, mode="append")
    commit(context, "filled", {"id": [3], "old": ["x"]}, mode="append")

    gone, stays = merge(context, "empty", "dev"), merge(context, "filled", "dev")

    assert gone.state == "merged"
    assert values(context, "empty") == {"id": [1, 2, 3]}
    [conflict] = stays.columns
    assert conflict.reason == (
        "1 rows that only the branch merged into touched would lose their values in it"
    )


def test_branches_with_other_keys_are_not_merged(orders: Context) -> None:
    upsert(orders, "main", (1, 11, "a"))
    commit(orders, "orders", BASE | {"n": [1, 2, 3, 4]}, key=("id", "note"), branch="dev")

    with pytest.raises(Invalid) as caught:
        merge(orders, "orders", "dev")

    assert caught.value.message == "main is keyed by id, dev by id, note"


def test_a_branch_is_not_merged_into_itself_or_into_none(orders: Context) -> None:
    with pytest.raises(Invalid):
        merge(orders, "orders", "dev", "dev")
    with pytest.raises(NotFound):
        merge(orders, "orders", "dev", "mian")
    with pytest.raises(NotFound):
        merge(orders, "orders", "dve")

    assert kinds(orders, "dataset:orders").count("dataset_merged") == 0


def test_main_can_be_merged_into_a_branch(orders: Context) -> None:
    upsert(orders, "main", (1, 11, "a"))
    upsert(orders, "dev", (2, 21, "b"))

    report = merge(orders, "orders", "main", "dev")

    assert report.snapshot.branch == "dev"
    assert by_id(orders, "dev")[1]["n"] == 11
    assert by_id(orders, "main")[2]["n"] == 20


def test_a_change_undone_after_merges_crosswise_is_asked_about(orders: Context) -> None:
    upsert(orders, "main", (1, 11, "a"))
    upsert(orders, "dev", (2, 21, "b"))
    for name in ("main", "dev"):
        make_branch(orders, "orders", f"{name}-then", find_snapshot(orders, "orders", name).number)
    merge(orders, "orders", "dev-then", "main")
    merge(orders, "orders", "main-then", "dev")
    upsert(orders, "main", (1, 10, "a"))

    report = merge(orders, "orders", "dev")

    assert report.state == "conflict"
    assert [one.key for one in report.conflicts] == [{"id": 1}]


def test_a_restored_row_is_merged_back(orders: Context) -> None:
    without(orders, "main", 4)
    make_branch(orders, "orders", "fix")
    restore(orders, "orders", 1, branch="fix")
    upsert(orders, "main", (1, 11, "a"))

    report = merge(orders, "orders", "fix")

    assert (report.n_added, report.n_removed) == (1, 0)
    assert sorted(by_id(orders)) == [1, 2, 3, 4]
    assert report.snapshot.content_root == root_of(read(orders, "orders"))


def test_blast_follows_a_bad_batch_through_a_merge(project: Project) -> None:
    project.dataset.commit("orders", pa.table(BASE), key=["id"])
    project.dataset.branch("orders", "dev")
    project.dataset.commit("orders", [{"id": 1, "n": 11, "note": "a"}], mode="upsert")
    path = Path(project.address) / "bad.csv"
    path.write_text("id,n,note\n9,90,z\n")
    project.source.ingest("orders", str(path), mode="upsert", source="clinic", branch="dev")
    merged = project.dataset.merge("orders", "dev")

    [reach] = project.blast("source:clinic").datasets

    assert (reach.dataset, [one.number for one in reach.snapshots]) == (
        "orders",
        [3, merged.snapshot.number],
    )
    assert [one.n_bad for one in reach.snapshots] == [1, 1]
