"""Snapshots are found by number, tag, time and the beginning of their id."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.core.times import now, render
from headgate.dataset.branching.branches import change_branch
from headgate.dataset.branching.reports import BranchRequest
from headgate.spine.store import queries
from headgate.spine.store.snapshots import find_snapshot, heads, manifest_of, state_after
from tests.asking import commit, tag
from tests.laws.histories import merge

if TYPE_CHECKING:
    from headgate.spine.context import Context


@pytest.fixture
def moments(context: Context) -> list[str]:
    """Commit orders twice; return a time before, between and after."""
    taken = [render(now())]
    for rows in ({"id": [1]}, {"id": [1, 2]}):
        commit(context, "orders", rows)
        time.sleep(0.002)
        taken.append(render(now()))
    return taken


def test_without_a_version_the_newest_is_meant(context: Context, moments: list[str]) -> None:
    assert find_snapshot(context, "orders").number == 2


def test_a_number_names_a_snapshot(context: Context, moments: list[str]) -> None:
    assert find_snapshot(context, "orders", "1").n_rows == 1


def test_a_time_names_what_stood_then(context: Context, moments: list[str]) -> None:
    assert find_snapshot(context, "orders", moments[1]).number == 1
    assert find_snapshot(context, "orders", moments[2]).number == 2
    assert find_snapshot(context, "orders", "2999-01-01").number == 2


def test_a_tag_stays_where_it_was_put(context: Context, moments: list[str]) -> None:
    tag(context, "orders", "golden", 1)

    commit(context, "orders", {"id": [9]})

    assert find_snapshot(context, "orders", "golden").number == 1


def test_a_tag_of_hexadecimal_letters_goes_before_an_id(
    context: Context, moments: list[str]
) -> None:
    tag(context, "orders", "deadbeef", 1)

    assert find_snapshot(context, "orders", "deadbeef").number == 1


def test_the_beginning_of_an_id_names_a_snapshot(context: Context, moments: list[str]) -> None:
    first = find_snapshot(context, "orders", "1")

    assert find_snapshot(context, "orders", first.version_id[:8]) == first
    assert find_snapshot(context, "orders", first.version_id) == first


@pytest.mark.parametrize(
    ("asked", "message", "mend"),
    [
        (("orderz", None), "no dataset named 'orderz'", "did you mean orders?"),
        (("orders", "3"), "no snapshot orders@3", "there is orders@1 to orders@2"),
        (("orders", "0"), "no snapshot orders@0", "there is orders@1 to orders@2"),
        (("orders", "goldem"), "no tag or branch of orders named 'goldem'", "did you mean golden?"),
        (("orders", "²"), "no tag or branch of orders named '²'", "there is golden, main"),
        (("orders", "2000-01-01"), "orders did not exist at 2000-01-01", "dataset log orders"),
        (("orders", "0" * 8), "0 snapshots of orders have an id", "give more digits"),
    ],
)
def test_a_snapshot_that_is_not_there_is_answered_by_what_is(
    context: Context, moments: list[str], asked: tuple[str, str | None], message: str, mend: str
) -> None:
    tag(context, "orders", "golden", 1)

    with pytest.raises(NotFound) as caught:
        find_snapshot(context, *asked)

    assert message in caught.value.message
    assert mend in caught.value.mend


def test_an_id_of_another_dataset_is_not_found(context: Context, moments: list[str]) -> None:
    other = commit(context, "users", {"id": [1]})

    with pytest.raises(NotFound):
        find_snapshot(context, "orders", other.version_id)


def test_the_state_before_the_first_commit_is_empty(context: Context) -> None:
    manifest = state_after(context, "orders", None)

    assert (manifest.number, manifest.n_rows) == (0, 0)


def test_the_manifest_of_a_snapshot_says_what_the_catalog_says(
    context: Context, moments: list[str]
) -> None:
    for number in ("1", "2"):
        snapshot = find_snapshot(context, "orders", number)

        manifest = manifest_of(context, snapshot)

        assert (manifest.number, manifest.n_rows) == (snapshot.number, snapshot.n_rows)
        assert manifest.content_root == snapshot.content_root
        assert manifest.columns == snapshot.columns


def test_the_newest_snapshots_of_many_datasets_are_found_at_once(context: Context) -> None:
    for rows in ({"id": [1]}, {"id": [1, 2]}):
        commit(context, "orders", rows)
        commit(context, "users", rows)
    tag(context, "orders", "users", 1)

    with context.catalog.read() as connection:
        found = heads(connection, context.tenant, ["orders", "nobody", "users", "orders"])

    assert found == {name: find_snapshot(context, name) for name in ("orders", "users")}


def test_of_more_names_than_a_statement_takes_each_is_found(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    names = [f"d{index}" for index in range(40_000)]

    with context.catalog.read() as connection:
        found = heads(connection, context.tenant, [*names, "orders"])

    assert [one.number for one in found.values()] == [1]


def on_branch(context: Context, name: str, **asked: Any) -> None:
    """Make, protect or delete the branch dev of a dataset."""
    change_branch(context, BranchRequest(name=name, branch="dev", **asked))


def newest(context: Context, *names: str) -> dict[str, int]:
    """Ask for the newest snapshots of many datasets."""
    with context.catalog.read() as connection:
        found = heads(connection, context.tenant, names)
    return {name: snapshot.number for name, snapshot in found.items()}


def test_what_stands_on_branches_and_tags_is_newest_of_nothing_until_it_is_merged(
    context: Context,
) -> None:
    for name in ("orders", "users"):
        commit(context, name, {"id": [1]}, key=("id",))
        on_branch(context, name)
        commit(context, name, {"id": [2]}, mode="append", branch="dev")
    commit(context, "users", {"id": [3]}, mode="append")
    tag(context, "orders", "users", 2)

    apart = newest(context, "users", "orders")
    merge(context, "orders", "dev")
    on_branch(context, "users", delete=True)

    assert apart == {"orders": 1, "users": 3}
    assert newest(context, "users", "orders") == {"orders": 3, "users": 3}


def test_a_protected_main_branch_and_an_emptied_dataset_have_newest_snapshots(
    context: Context,
) -> None:
    for name in ("orders", "users"):
        commit(context, name, {"id": [1]}, key=("id",))
    change_branch(context, BranchRequest(name="orders", branch="main", protect=True))
    commit(context, "users", pa.table({"id": pa.array([], pa.int64())}))

    assert newest(context, "orders", "users") == {"orders": 1, "users": 2}


def test_datasets_of_another_tenant_are_not_among_the_newest(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with context.catalog.read() as connection:
        found = heads(connection, "others", ["orders"])
        state = queries.state_of(connection, "others", "orders")

    assert found == {}
    assert state == (queries.Base(0, 0, 0, None, is_protected=False), None)


@pytest.mark.parametrize("names", [[], ["nobody"], ["a' or 1=1 --"]])
def test_names_of_no_dataset_find_nothing(context: Context, names: list[str]) -> None:
    commit(context, "orders", {"id": [1]})

    assert newest(context, *names) == {}


def test_where_a_branch_stands_is_told_whatever_is_there(context: Context) -> None:
    commit(context, "orders", {"id": [1]}, key=("id",))
    on_branch(context, "orders", protect=True)
    commit(context, "orders", {"id": [2]}, mode="append")

    with context.catalog.read() as connection:
        main, dev, none = (
            queries.state_of(connection, context.tenant, "orders", branch)
            for branch in ("main", "dev", "none")
        )

    assert main == (queries.Base(2, 2, 0, ("id",), is_protected=False), main[1])
    assert dev == (queries.Base(1, 2, 0, ("id",), is_protected=True), dev[1])
    assert none == (queries.Base(0, 2, 0, ("id",), is_protected=False), None)
    assert [one.number for _, one in (main, dev) if one] == [2, 1]
