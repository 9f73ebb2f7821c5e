"""Laws over random histories: a dataset is what a plain account of it says, at every version."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from tests.asking import commit, diff, fresh, log, read, restore, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.spine.context import Context

NUMBERS = itertools.count()
SCHEMA = pa.schema([("k", pa.int64()), ("v", pa.string())])

ROW = st.fixed_dictionaries({"k": st.integers(0, 4), "v": st.none() | st.sampled_from(["a", "b"])})
UNIQUE = st.lists(ROW, max_size=4, unique_by=lambda row: row["k"])
STEP = st.one_of(
    st.tuples(st.just("replace"), UNIQUE),
    st.tuples(st.just("append"), st.lists(ROW, max_size=3)),
    st.tuples(st.just("upsert"), UNIQUE),
    st.tuples(st.just("restore"), st.integers(0, 20)),
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Context]:
    """One project for all examples; each example has a dataset of its own."""
    with fresh() as context:
        yield context


@pytest.fixture(scope="module")
def other() -> Iterator[Context]:
    """Another project."""
    with fresh() as context:
        yield context


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Write rows as a table."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def bag(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Count rows without their order."""
    return Counter((row["k"], row["v"]) for row in rows)


class Account:
    """The plain account: for every version its rows with their ids, as dictionaries."""

    def __init__(self) -> None:
        self.name = f"d{next(NUMBERS)}"
        self.versions: list[dict[int, dict[str, Any]]] = []

    @property
    def head(self) -> dict[int, dict[str, Any]]:
        """Rows of the newest version by id."""
        return self.versions[-1] if self.versions else {}

    def expected(self, mode: str, rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
        """Say what the next version holds."""
        old = list(self.head.values())
        if mode == "replace":
            return bag(rows)
        if mode == "append":
            return bag([*old, *rows])
        keys = {row["k"] for row in rows}
        return bag([*(row for row in old if row["k"] not in keys), *rows])

    def counts(self, one: int, other: int) -> tuple[int, int, int, int]:
        """Say how two versions differ: added, removed, changed and same rows."""
        was, now = self.versions[one], self.versions[other]
        both = was.keys() & now.keys()
        n_changed = sum(was[rid] != now[rid] for rid in both)
        n_same = len(both) - n_changed
        return len(now.keys() - was.keys()), len(was.keys() - now.keys()), n_changed, n_same


def stored(context: Context, name: str, at: int | None = None) -> dict[int, dict[str, Any]]:
    """Read a version as rows by id."""
    rows = read(context, name, at, row_ids=True).to_pylist()
    return {row.pop("_rid"): row for row in rows}


def take_step(context: Context, account: Account, mode: str, given_rows: Any) -> None:
    """Do one thing to the dataset, and hold it against the account."""
    if mode == "restore":
        if account.versions:
            number = given_rows % len(account.versions) + 1
            report = restore(context, account.name, number)
            if report.snapshot.is_new:
                account.versions.append(account.versions[number - 1])
        return
    expected = account.expected(mode, given_rows)
    key = () if mode == "append" else ("k",)
    snapshot = commit(context, account.name, table(given_rows), mode=mode, key=key)
    assert bag(list(stored(context, account.name).values())) == expected
    if snapshot.is_new:
        account.versions.append(stored(context, account.name))
    assert snapshot.number == len(account.versions)


@settings(max_examples=12)
@given(st.lists(STEP, min_size=1, max_size=6))
def test_every_version_of_a_random_history_is_what_the_account_says(
    shared: Context, steps: list[tuple[str, Any]]
) -> None:
    account = Account()
    for mode, given_rows in steps:
        take_step(shared, account, mode, given_rows)

    snapshots = log(shared, account.name)[::-1] if account.versions else []
    for number, (rows, snapshot) in enumerate(
        zip(account.versions, snapshots, strict=True), start=1
    ):
        assert stored(shared, account.name, number) == rows
        assert snapshot.n_rows == len(rows)
        assert snapshot.content_root == root_of(table(list(rows.values())))


@settings(max_examples=12)
@given(st.lists(STEP, min_size=2, max_size=5))
def test_every_two_versions_differ_as_the_account_says(
    shared: Context, steps: list[tuple[str, Any]]
) -> None:
    account = Account()
    for mode, given_rows in steps:
        take_step(shared, account, mode, given_rows)

    pairs = range(len(account.versions))
    for one in pairs:
        for other in pairs:
            found = diff(shared, account.name, one + 1, other + 1, limit=100)

            counts = (found.n_added, found.n_removed, found.n_changed, found.n_same)
            assert counts == account.counts(one, other)
            was, now = account.versions[one], account.versions[other]
            for example in found.examples:
                assert example.before == was.get(example.row_id)
                assert example.after == now.get(example.row_id)
            assert found.changed_columns == {
                name: n
                for name in ("k", "v")
                if (n := sum(was[i][name] != now[i][name] for i in was.keys() & now.keys()))
            }


@settings(max_examples=12)
@given(st.lists(STEP, min_size=1, max_size=5))
def test_a_snapshot_counts_what_it_did_to_the_one_before(
    shared: Context, steps: list[tuple[str, Any]]
) -> None:
    account = Account()
    for mode, given_rows in steps:
        take_step(shared, account, mode, given_rows)

    for snapshot in log(shared, account.name) if account.versions else []:
        if snapshot.number == 1:
            continue
        counts = account.counts(snapshot.number - 2, snapshot.number - 1)
        assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == counts[:3]


@settings(max_examples=12)
@given(st.lists(ROW, max_size=6), st.randoms(use_true_random=False))
def test_order_and_layout_do_not_count_for_the_content_root(
    shared: Context, other: Context, rows: list[dict[str, Any]], chance: Any
) -> None:
    shuffled = chance.sample(rows, len(rows))
    cut = chance.randint(0, len(rows))
    name = f"d{next(NUMBERS)}"

    whole = commit(shared, f"d{next(NUMBERS)}", table(rows))
    for part in (shuffled[:cut], shuffled[cut:]):
        pieces = commit(other, name, table(part), mode="append")

    assert pieces.content_root == whole.content_root


@settings(max_examples=10)
@given(UNIQUE, UNIQUE)
def test_an_upsert_done_twice_is_as_done_once(
    shared: Context, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    name = f"d{next(NUMBERS)}"
    commit(shared, name, table(first), key=("k",))
    once = commit(shared, name, table(second), mode="upsert")

    twice = commit(shared, name, table(second), mode="upsert")

    assert not twice.is_new
    assert twice.version_id == once.version_id


@settings(max_examples=20)
@given(st.lists(ROW, min_size=1, max_size=6))
def test_rows_with_a_key_twice_are_refused_as_a_whole(
    shared: Context, rows: list[dict[str, Any]]
) -> None:
    keys = [row["k"] for row in rows]
    try:
        snapshot = commit(shared, f"d{next(NUMBERS)}", table(rows), key=("k",))
    except Invalid:
        assert len(set(keys)) < len(keys)
    else:
        assert len(set(keys)) == len(keys) == snapshot.n_rows
