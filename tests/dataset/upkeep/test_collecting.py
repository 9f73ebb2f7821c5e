"""Collection: what contradicts itself is refused, and what expired says so wherever it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from tests.asking import commit, fsck, gc, kinds, log, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


@pytest.fixture
def orders(context: Context) -> Context:
    """Three snapshots of orders."""
    for n in range(3):
        commit(context, "orders", {"id": [n]})
    return context


def ids_at(context: Context, number: int) -> list[Any]:
    """Read the ids of a snapshot of orders."""
    return read(context, "orders", str(number))["id"].to_pylist()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"grace_h": -1.0}, "a grace of -1.0 hours is none"),
        ({"grace_h": 1e9}, "a grace of 1000000000.0 hours is none"),
        ({"grace_h": float("nan")}, "a grace of nan hours is none"),
        ({"grace_h": float("inf")}, "a grace of inf hours is none"),
        ({"keep_last": 0}, "0 snapshots cannot be kept"),
        ({"keep_last": -3}, "-3 snapshots cannot be kept"),
        ({"older_than": "soon"}, "'soon' is no span of time"),
        ({"undo": True}, "undo stands alone"),
        ({"undo": True, "apply": False, "purge": True}, "undo stands alone"),
        ({"purge": True, "apply": False}, "nothing is purged without apply"),
    ],
)
def test_what_contradicts_itself_is_refused_and_nothing_expires(
    orders: Context, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        gc(orders, **({"keep_last": 1} | asked))

    assert caught.value.message == message
    assert caught.value.mend
    assert "snapshots_expired" not in kinds(orders)
    assert ids_at(orders, 1) == [0]


ASKED: dict[str, Callable[[Project, Path], object]] = {
    "read": lambda project, _: project.dataset.read("orders", at=1),
    "read by condition": lambda project, _: project.dataset.read("orders", at=1, where="id = 0"),
    "parts": lambda project, _: project.dataset.parts("orders", at=1),
    "export": lambda project, path: project.dataset.export("orders", path / "o.csv", at=1),
    "verify": lambda project, _: project.dataset.verify("orders@1", "orders"),
    "restore": lambda project, _: project.dataset.restore("orders", to=1),
    "diff": lambda project, _: project.dataset.diff("orders", from_="1", to="3"),
    "changes": lambda project, _: project.dataset.changes("orders", from_="1", to="3"),
    "tag": lambda project, _: project.dataset.tag("orders", "old", at=1),
    "branch": lambda project, _: project.dataset.branch("orders", "old", at=1),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_snapshot_that_expired_says_when_and_how_it_comes_back(
    project: Project, orders: Context, tmp_path: Path, what: str
) -> None:
    gc(orders, keep_last=1)

    with pytest.raises(NotFound) as caught:
        ASKED[what](project, tmp_path)

    assert caught.value.message.startswith("orders@1 expired on 20")
    assert "gc --undo" in caught.value.mend
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_what_is_left_after_a_collection_is_whole_and_the_log_keeps_its_lines(
    orders: Context,
) -> None:
    report = gc(orders, keep_last=1)

    assert [one.number for one in report.expiring] == [1, 2]
    assert [(one.number, one.expired_at is None) for one in log(orders, "orders")] == [
        (3, True),
        (2, False),
        (1, False),
    ]
    assert read(orders, "orders").to_pydict() == {"id": [2]}
    assert fsck(orders, deep=True).problems == ()


def test_a_collection_done_twice_finds_nothing_the_second_time(orders: Context) -> None:
    gc(orders, keep_last=1)

    again = gc(orders, keep_last=1)

    assert again.expiring == ()
    assert kinds(orders).count("snapshots_expired") == 1


def test_undo_brings_back_once_and_then_has_nothing_to_do(orders: Context) -> None:
    gc(orders, keep_last=1)

    first, second = (gc(orders, undo=True, apply=False) for _ in range(2))

    assert (first.n_revived, second.n_revived) == (2, 0)
    assert second.swept.n_brought_back == 0
    assert kinds(orders).count("collection_undone") == 1
    assert [ids_at(orders, n) for n in (1, 2, 3)] == [[0], [1], [2]]


def test_a_project_without_a_dataset_has_nothing_to_collect(context: Context) -> None:
    report = gc(context, keep_last=1, purge=True)

    assert (report.expiring, report.n_trash, report.n_dead_packs) == ((), 0, 0)
    assert fsck(context).problems == ()


def test_what_two_branches_went_on_from_stays_so_that_they_can_be_merged(
    project: Project, context: Context
) -> None:
    def put(row: dict[str, int], branch: str) -> None:
        project.dataset.commit("orders", [row], mode="upsert", key=["id"], branch=branch)

    put({"id": 1}, "main")
    put({"id": 2}, "main")
    project.dataset.branch("orders", branch="fix")
    for n in (3, 4):
        put({"id": n}, "main")
        put({"id": 10 * n}, "fix")

    report = gc(context, keep_last=1, purge=True)
    project.dataset.merge("orders", from_="fix")

    assert [(one.number, one.reason) for one in report.spared] == [(2, "base")]
    assert [one.number for one in report.expiring] == [1, 3, 4]
    assert set(read(context, "orders")["id"].to_pylist()) == {1, 2, 3, 4, 30, 40}
