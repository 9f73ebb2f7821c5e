"""Branches and tags: made, protected, moved and forgotten; each takes objects for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, Denied, Invalid, NotFound
from headgate.dataset.branching.branches import change_branch, list_branches
from headgate.dataset.branching.reports import (
    BranchesRequest,
    BranchList,
    BranchReport,
    BranchRequest,
)
from headgate.dataset.history import snapshot_log
from headgate.dataset.reports import LogRequest
from headgate.spine.context import Context
from tests.asking import commit, events, fsck, gc, ids, kinds, log, restore, tag, values
from tests.laws.histories import merge

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders keyed by id, with a branch dev at the first snapshot."""
    commit(context, "orders", {"id": [1, 2], "n": [10, 20]}, key=("id",))
    branch(context, "dev")
    return context


def branch(context: Context, name: str, **asked: Any) -> BranchReport:
    """Make, protect or delete a branch of orders."""
    return change_branch(context, BranchRequest(name="orders", branch=name, **asked))


def branches(context: Context) -> BranchList:
    """List the branches of orders."""
    return list_branches(context, BranchesRequest(name="orders"))


@pytest.mark.row("S3-75")
def test_a_commit_to_a_branch_leaves_the_others_as_they_were(orders: Context) -> None:
    snapshot = commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")

    assert (snapshot.number, snapshot.branch, snapshot.parent) == (2, "dev", 1)
    assert values(orders, "orders")["id"] == [1, 2]
    assert values(orders, "orders", "dev")["id"] == [1, 2, 3]


def test_numbers_count_over_all_branches(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")

    on_main = commit(orders, "orders", {"id": [4], "n": [40]}, mode="append")

    assert (on_main.number, on_main.parent) == (3, 1)


def test_a_branch_can_be_made_at_an_older_snapshot(orders: Context) -> None:
    commit(orders, "orders", {"id": [9], "n": [90]})

    report = branch(orders, "old", at="1")

    assert (report.number, report.deed) == (1, "made")
    assert values(orders, "orders", "old")["id"] == [1, 2]


def test_making_a_branch_twice_changes_nothing_unless_it_stands_elsewhere(
    orders: Context,
) -> None:
    again = branch(orders, "dev")
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append")

    with pytest.raises(Conflict) as caught:
        branch(orders, "dev")

    assert (again.deed, again.undo) == ("unchanged", None)
    assert caught.value.message == "branch 'dev' of orders stands at @1"


def test_a_branch_nobody_made_takes_no_commit(orders: Context) -> None:
    with pytest.raises(NotFound) as caught:
        commit(orders, "orders", {"id": [3], "n": [30]}, branch="dve")

    assert caught.value.mend == "did you mean dev?"


def test_a_deleted_branch_comes_back_by_the_command_it_answers_with(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")

    report = branch(orders, "dev", delete=True)

    assert report.undo == "headgate dataset branch orders dev --at 2"
    assert [line.name for line in branches(orders).branches] == ["main"]
    branch(orders, "dev", at="2")
    assert values(orders, "orders", "dev")["id"] == [1, 2, 3]


def test_the_main_branch_cannot_be_deleted(orders: Context) -> None:
    with pytest.raises(Denied):
        branch(orders, "main", delete=True)


def test_what_happens_to_branches_is_in_the_event_log(orders: Context) -> None:
    branch(orders, "dev", protect=True)
    branch(orders, "dev", protect=False)
    branch(orders, "dev", delete=True)

    found = [one for one in events(orders, "dataset:orders") if one.kind.startswith("branch")]

    assert [one.kind for one in found] == [
        "branch_made",
        "branch_protected",
        "branch_released",
        "branch_deleted",
    ]
    assert all(one.payload["number"] == 1 for one in found)


def test_a_protected_branch_takes_merges_only(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")
    branch(orders, "main", protect=True)

    with pytest.raises(Denied) as by_commit:
        commit(orders, "orders", {"id": [4], "n": [40]}, mode="append")
    with pytest.raises(Denied):
        restore(orders, "orders", 2)
    report = merge(orders, "orders", "dev")

    assert by_commit.value.message == "branch 'main' of orders is protected and takes merges only"
    assert "merge orders BRANCH --into main" in by_commit.value.mend
    assert report.state == "merged"
    assert values(orders, "orders")["id"] == [1, 2, 3]


def test_a_protected_branch_is_not_deleted_until_it_is_let_go(orders: Context) -> None:
    branch(orders, "dev", protect=True)

    with pytest.raises(Denied) as caught:
        branch(orders, "dev", delete=True)
    branch(orders, "dev", protect=False)
    report = branch(orders, "dev", delete=True)

    assert caught.value.mend == "let it go first: headgate dataset branch orders dev --no-protect"
    assert report.deed == "deleted"


def test_branches_are_listed_by_how_far_they_went(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")
    commit(orders, "orders", {"id": [4], "n": [40]}, mode="append", branch="dev")
    commit(orders, "orders", {"id": [5], "n": [50]}, mode="append")
    tag(orders, "orders", "golden", 1, protect=True)

    found = branches(orders)

    assert [(one.name, one.number, one.n_ahead, one.n_behind) for one in found.branches] == [
        ("main", 4, 0, 0),
        ("dev", 3, 2, 1),
    ]
    assert [(one.name, one.number, one.is_protected) for one in found.tags] == [("golden", 1, True)]


def test_the_log_of_a_branch_is_what_it_went_through(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")
    commit(orders, "orders", {"id": [4], "n": [40]}, mode="append")
    merge(orders, "orders", "dev")

    on_main = snapshot_log(orders, LogRequest(name="orders", branch="main")).snapshots
    on_dev = snapshot_log(orders, LogRequest(name="orders", branch="dev")).snapshots

    assert [(one.number, one.kind, one.merged_from) for one in on_main] == [
        (4, "merge", 2),
        (3, "commit", None),
        (1, "commit", None),
    ]
    assert [one.number for one in on_dev] == [2, 1]
    assert [one.number for one in log(orders, "orders")] == [4, 3, 2, 1]


def test_a_restore_on_a_branch_leaves_the_main_one(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, branch="dev")

    report = restore(orders, "orders", 1, branch="dev")

    assert (report.snapshot.branch, report.snapshot.kind) == ("dev", "restore")
    assert values(orders, "orders", "dev") == values(orders, "orders", 1)
    assert branches(orders).branches[0].number == 1


def test_a_restore_on_a_branch_without_a_snapshot_of_its_own_stays_on_it(
    orders: Context,
) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append")
    branch(orders, "fix")

    report = restore(orders, "orders", 1, branch="fix")

    assert report.snapshot.branch == "fix"
    assert [(one.name, one.number) for one in branches(orders).branches] == [
        ("main", 2),
        ("dev", 1),
        ("fix", 3),
    ]


def test_a_name_stands_for_a_branch_or_a_tag_not_both(orders: Context) -> None:
    tag(orders, "orders", "golden", 1)

    with pytest.raises(Conflict):
        tag(orders, "orders", "dev")
    with pytest.raises(Conflict):
        branch(orders, "golden")

    assert "golden" not in [one.name for one in branches(orders).branches]


def test_a_tag_moves_when_it_is_told_to(orders: Context) -> None:
    tag(orders, "orders", "golden", 1)
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append")

    with pytest.raises(Conflict) as caught:
        tag(orders, "orders", "golden", 2)
    report = tag(orders, "orders", "golden", 2, move=True)

    assert caught.value.mend == "choose another tag, or move it with --move"
    assert (report.deed, report.moved_from, report.snapshot.number) == ("moved", 1, 2)
    assert report.undo == "headgate dataset tag orders golden --at 1 --move"
    assert kinds(orders, "dataset:orders")[-1] == "tag_moved"


def test_a_protected_tag_neither_moves_nor_goes(orders: Context) -> None:
    tag(orders, "orders", "golden", 1, protect=True)
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append")

    with pytest.raises(Denied):
        tag(orders, "orders", "golden", 2, move=True)
    with pytest.raises(Denied):
        tag(orders, "orders", "golden", delete=True)
    released = tag(orders, "orders", "golden", protect=False)
    deleted = tag(orders, "orders", "golden", delete=True)

    assert (released.deed, released.snapshot.number) == ("released", 1)
    assert (deleted.deed, deleted.undo) == ("deleted", "headgate dataset tag orders golden --at 1")


def test_a_tag_cannot_be_deleted_and_moved_in_one_go(orders: Context) -> None:
    with pytest.raises(Invalid):
        tag(orders, "orders", "golden", delete=True, move=True)
    with pytest.raises(NotFound):
        tag(orders, "orders", "golden", delete=True)

    assert branches(orders).tags == ()


def test_an_object_taken_on_a_branch_counts_as_taken_where_it_is_merged(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "one.csv").write_text("id\n1\n")
    (tmp_path / "two.csv").write_text("id\n2\n")
    ingest = project.source.ingest
    ingest("orders", str(tmp_path / "one.csv"))
    project.dataset.branch("orders", "dev")
    ingest("orders", str(tmp_path / "two.csv"), branch="dev")

    again = ingest("orders", str(tmp_path / "two.csv"), branch="dev")
    older = ingest("orders", str(tmp_path / "one.csv"), branch="dev")
    project.dataset.merge("orders", "dev")
    after = ingest("orders", str(tmp_path / "two.csv"))

    assert (again.n_taken, older.n_taken, after.n_taken) == (0, 0, 0)
    assert project.dataset.read("orders").to_pydict() == {"id": [1, 2]}


def test_an_object_taken_on_an_unmerged_branch_is_still_to_be_taken_on_main(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "one.csv").write_text("id\n1\n")
    (tmp_path / "two.csv").write_text("id\n2\n")
    project.source.ingest("orders", str(tmp_path / "one.csv"))
    project.dataset.branch("orders", "dev")
    project.source.ingest("orders", str(tmp_path / "two.csv"), branch="dev")

    on_main = project.source.ingest("orders", str(tmp_path / "two.csv"))

    assert on_main.n_taken == 1
    assert on_main.snapshot.branch == "main"
    assert project.dataset.read("orders").num_rows == 2


def test_rows_of_two_branches_never_share_an_id(orders: Context) -> None:
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append", branch="dev")
    commit(orders, "orders", {"id": [4], "n": [40]}, mode="append")

    on_dev, on_main = (ids(orders, "orders", "id", at) for at in ("dev", "main"))

    assert on_dev[1] == on_main[1]
    assert on_dev[3] != on_main[4]


def test_no_name_is_given_to_a_snapshot_that_expired(orders: Context) -> None:
    branch(orders, "dev", delete=True)
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append")
    tag(orders, "orders", "golden", "2")
    gc(orders, keep_last=1, grace_h=0, apply=True)

    for act in (
        lambda: branch(orders, "old", at="1"),
        lambda: tag(orders, "orders", "old", "1"),
        lambda: tag(orders, "orders", "golden", "1", move=True),
    ):
        with pytest.raises(NotFound, match="orders@1 expired on"):
            act()

    assert [line.name for line in branches(orders).branches] == ["main"]
    assert [(line.name, line.number) for line in branches(orders).tags] == [("golden", 2)]
    assert fsck(orders).problems == ()


def test_a_snapshot_that_was_brought_back_may_be_named_again(orders: Context) -> None:
    branch(orders, "dev", delete=True)
    commit(orders, "orders", {"id": [3], "n": [30]}, mode="append")
    gc(orders, keep_last=1, grace_h=0, apply=True)
    gc(orders, undo=True, apply=False)

    made = branch(orders, "old", at="1")

    assert (made.deed, made.number) == ("made", 1)
    assert values(orders, "orders", "old") == {"id": [1, 2], "n": [10, 20]}
