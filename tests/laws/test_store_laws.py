"""Laws of the store over random histories: of commits, branches, tags, restores and merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.dataset.diff import CHANGE, changed_rows
from headgate.dataset.reports import ChangesRequest
from tests.asking import commit, diff, fresh, log, restore
from tests.laws.histories import (
    NAMES,
    NARROW,
    STEPS,
    WIDE,
    History,
    Row,
    Step,
    make_branch,
    merge,
    play,
    rows_of,
    stored,
    table,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headgate.spine.context import Context

MAIN = "main"


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """One project for all examples; each example has a dataset of its own."""
    with fresh() as context:
        yield context


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_every_snapshot_reads_as_it_did_when_it_was_made(
    shared: Context, steps: list[Step]
) -> None:
    history = play(shared, steps)

    history.check()


@settings(max_examples=12, deadline=None)
@given(STEPS, st.integers(0, 30))
def test_what_is_restored_reads_as_it_did(shared: Context, steps: list[Step], place: int) -> None:
    history = play(shared, steps)
    number = history.number(place)

    report = restore(shared, history.name, number)

    assert stored(shared, history.name, MAIN) == history.states[number]
    assert report.snapshot.content_root == history.roots[number]


@settings(max_examples=12, deadline=None)
@given(STEPS, st.integers(0, 30))
def test_what_comes_after_a_restore_has_ids_of_its_own(
    shared: Context, steps: list[Step], place: int
) -> None:
    history = play(shared, steps)
    used = {rid for state in history.states.values() for rid in state}
    restore(shared, history.name, history.number(place))
    known = set(stored(shared, history.name, MAIN))

    commit(shared, history.name, table([{"k": 100, "v": "new"}]), mode="append")

    fresh_ids = set(stored(shared, history.name, MAIN)) - known
    assert len(fresh_ids) == 1
    assert not fresh_ids & used


@settings(max_examples=12, deadline=None)
@given(STEPS, st.integers(0, 30), st.integers(0, 30))
def test_a_difference_applied_to_the_one_gives_the_other(
    shared: Context, steps: list[Step], one: int, other: int
) -> None:
    history = play(shared, steps)
    old, new = history.number(one), history.number(other)
    asked = ChangesRequest(name=history.name, from_=str(old), to=str(new))

    changes = changed_rows(shared, asked).to_pylist()

    kinds = [row[CHANGE] for row in changes]
    found = diff(shared, history.name, old, new, counts=True)
    assert applied(history.states[old], changes) == filled(history.states[new])
    assert (found.n_added, found.n_removed) == (kinds.count("added"), kinds.count("removed"))
    assert found.n_changed == kinds.count("before") == kinds.count("after")


@settings(max_examples=12, deadline=None)
@given(STEPS, STEPS)
def test_what_is_done_on_a_branch_leaves_the_main_one_as_it_was(
    shared: Context, before: list[Step], after: list[Step]
) -> None:
    history = play(shared, before)
    was, number = history.head(MAIN), heads(history)[MAIN]
    make_branch(shared, history.name, "aside")
    history.branch = "aside"

    for step in after:
        if step[0] not in {"switch", "branch"}:
            take(history, step)

    assert history.head(MAIN) == was
    assert heads(history)[MAIN] == number
    history.check()


@settings(max_examples=15, deadline=None)
@given(rows_of(NARROW, 8), st.data())
def test_merging_is_commutative_where_the_changes_are_disjoint(
    shared: Context, first: list[Row], data: Any
) -> None:
    ours, theirs = data.draw(disjoint([row["k"] for row in first]))
    roots: list[str] = []
    for left, right in ((ours, theirs), (theirs, ours)):
        name = f"m{next(NAMES)}"
        commit(shared, name, table(first), key=("k",))
        make_branch(shared, name, "dev")
        edit(shared, name, MAIN, left)
        edit(shared, name, "dev", right)

        report = merge(shared, name, "dev")

        assert report.n_conflicts == 0
        roots.append(report.snapshot.content_root)
        assert held(stored(shared, name, MAIN)) == edited(first, ours, theirs)
    assert roots[0] == roots[1]


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_merging_a_second_time_does_nothing(shared: Context, steps: list[Step]) -> None:
    history = play(shared, steps)
    n_before = len(log(shared, history.name))

    for branch in history.branches[1:]:
        merge(shared, history.name, branch)
        n_after = len(log(shared, history.name))
        again = merge(shared, history.name, branch)

        assert again.state in {"nothing to merge", "conflict"}
        assert len(log(shared, history.name)) == n_after <= n_before + len(history.branches)


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_a_merge_takes_every_row_from_one_side_or_the_other(
    shared: Context, steps: list[Step]
) -> None:
    history = play(shared, steps)
    for branch in history.branches[1:]:
        ours, theirs = filled(history.head(MAIN)), filled(history.head(branch))

        report = merge(shared, history.name, branch)

        now = filled(history.head(MAIN))
        if report.state == "merged":
            assert all(row in (ours.get(rid), theirs.get(rid)) for rid, row in now.items())
            keys = [row["k"] for row in now.values()]
            assert len(keys) == len(set(keys))
            assert report.snapshot.n_rows == len(now)
        else:
            assert now == ours
    history.check()


def heads(history: History) -> dict[str, int]:
    """Return the newest snapshot of each branch."""
    from headgate.spine.store import queries

    with history.context.catalog.read() as connection:
        return queries.branches(connection, history.context.tenant, history.name)


def filled(state: dict[int, Row]) -> dict[int, Row]:
    """Write rows without the columns that hold nothing, so that states of two widths compare."""
    return {
        rid: {name: value for name, value in row.items() if value is not None}
        for rid, row in state.items()
    }


def applied(state: dict[int, Row], changes: list[dict[str, Any]]) -> dict[int, Row]:
    """Do to a state what a difference says."""
    rows = dict(state)
    for change in changes:
        rid, kind = change.pop("_rid"), change.pop(CHANGE)
        if kind in {"removed", "before"}:
            assert filled({rid: rows.pop(rid)}) == filled({rid: change})
        else:
            assert rid not in rows
            rows[rid] = change
    return filled(rows)


Edit = dict[int, Row | None]


def disjoint(keys: list[int]) -> st.SearchStrategy[tuple[Edit, Edit]]:
    """Draw two edits that share no key: rows to set, and keys to remove."""
    edit_of = st.none() | NARROW | WIDE
    sides = st.dictionaries(
        st.sampled_from([*keys, 20, 21, 22, 23]),
        st.tuples(st.booleans(), edit_of),
        min_size=1,
        max_size=6,
    )

    def split(drawn: Mapping[int, tuple[bool, Mapping[str, Any] | None]]) -> tuple[Edit, Edit]:
        both: tuple[Edit, Edit] = ({}, {})
        for key, (is_ours, row) in drawn.items():
            if row is not None or key in keys:
                both[is_ours][key] = None if row is None else {**row} | {"k": key}
        return both

    return sides.map(split)


def edit(context: Context, name: str, branch: str, changes: Edit) -> None:
    """Set and remove rows on a branch."""
    rows = [row for row in changes.values() if row is not None]
    if rows:
        commit(context, name, table(rows), mode="upsert", branch=branch)
    gone = {key for key, row in changes.items() if row is None}
    if gone:
        history = History(context, name, branch=branch)
        take(history, ("delete", gone))


def edited(first: list[Row], *edits: Edit) -> list[Row]:
    """Say what rows become by some edits."""
    rows: dict[int, Row | None] = {row["k"]: row for row in first}
    for changes in edits:
        rows |= changes
    return held(dict(enumerate(row for row in rows.values() if row is not None)))


def held(state: dict[int, Row]) -> list[Row]:
    """List rows without ids, by key."""
    return sorted(filled(state).values(), key=lambda row: row["k"])
