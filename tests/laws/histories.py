"""Random histories of a dataset, played through its verbs, with what was read after every step.

A law draws steps from `STEPS`, plays them with `play`, does its deed (compacts, collects, erases),
and then holds every snapshot against what `History` remembers. To use it elsewhere:

    @given(STEPS)
    def test_...(shared: Context, steps: list[Step]) -> None:
        history = play(shared, steps)
        ...
        history.check()
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st

from headgate.dataset.branching.branches import change_branch
from headgate.dataset.branching.merge import merge_branch
from headgate.dataset.branching.reports import BranchRequest, MergeReport, MergeRequest
from tests.asking import commit, log, read, restore, root_of, tag

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

NAMES = itertools.count()
TYPES = {"k": pa.int64(), "v": pa.string(), "w": pa.float64()}

Row = dict[str, Any]
Step = tuple[str, Any]

VALUE = st.none() | st.sampled_from(["a", "b", "c"])
NARROW = st.fixed_dictionaries({"k": st.integers(0, 7), "v": VALUE})
WIDE = st.fixed_dictionaries(
    {"k": st.integers(0, 7), "v": VALUE, "w": st.none() | st.sampled_from([0.5, 1.0])}
)


def rows_of(row: st.SearchStrategy[Row], most: int = 4) -> st.SearchStrategy[list[Row]]:
    """Draw rows of one shape, each with a key of its own."""
    return st.lists(row, min_size=1, max_size=most, unique_by=lambda one: one["k"])


ROWS = rows_of(NARROW) | rows_of(WIDE)
PLACE = st.integers(0, 30)
STEP: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("replace"), ROWS),
    st.tuples(st.just("append"), ROWS),
    st.tuples(st.just("upsert"), ROWS),
    st.tuples(st.just("upsert"), ROWS),
    st.tuples(st.just("overwrite"), ROWS),
    st.tuples(st.just("delete"), st.sets(st.integers(0, 7), min_size=1, max_size=3)),
    st.tuples(st.just("restore"), PLACE),
    st.tuples(st.just("tag"), PLACE),
    st.tuples(st.just("branch"), PLACE),
    st.tuples(st.just("switch"), PLACE),
    st.tuples(st.just("merge"), PLACE),
)
STEPS = st.lists(STEP, min_size=2, max_size=8)


@dataclass
class History:
    """A dataset that was played, and what was read of each snapshot when it was made.

    Attributes:
        states: for each snapshot its rows by row id.
        roots: for each snapshot its content root.
        widths: for each snapshot its columns.
        tags: for each tag the snapshot it was given to.
        branches: the branches there are.
        branch: the one that the next step is done on.
        merges: what merges said.
    """

    context: Context
    name: str
    states: dict[int, dict[int, Row]] = field(default_factory=dict)
    roots: dict[int, str] = field(default_factory=dict)
    widths: dict[int, tuple[str, ...]] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    branches: list[str] = field(default_factory=lambda: ["main"])
    branch: str = "main"
    merges: list[MergeReport] = field(default_factory=list)

    def head(self, branch: str | None = None) -> dict[int, Row]:
        """Read the newest state of a branch, the one in use if none is named."""
        return stored(self.context, self.name, branch or self.branch)

    def note(self, snapshot: Snapshot) -> None:
        """Remember what a step made."""
        if snapshot.is_new:
            self.states[snapshot.number] = stored(self.context, self.name, snapshot.number)
            self.roots[snapshot.number] = snapshot.content_root
            columns = read(self.context, self.name, snapshot.number).column_names
            self.widths[snapshot.number] = tuple(columns)

    def number(self, place: int) -> int:
        """Choose a snapshot."""
        return sorted(self.states)[place % len(self.states)]

    def check(self) -> None:
        """Hold every snapshot, however it is named, against what was read when it was made."""
        listed = {one.number: one for one in log(self.context, self.name)}
        for number, rows in self.states.items():
            assert stored(self.context, self.name, number) == rows
            assert listed[number].content_root == self.roots[number]
            assert self.roots[number] == root(rows, self.widths[number])
            assert listed[number].n_rows == len(rows)
        for label, number in self.tags.items():
            assert stored(self.context, self.name, label) == self.states[number]


def play(context: Context, steps: list[Step], first: list[Row] | None = None) -> History:
    """Play steps on a dataset of its own, which begins with a first commit."""
    history = History(context, f"h{next(NAMES)}")
    rows = first or [{"k": 0, "v": "a"}, {"k": 1, "v": "b"}]
    history.note(commit(context, history.name, table(rows), key=("k",)))
    for step in steps:
        take(history, step)
    return history


def take(history: History, step: Step) -> None:
    """Do one step."""
    deed, what = step
    if deed in {"replace", "append", "upsert", "overwrite", "delete"}:
        history.note(write(history, deed, what))
    elif deed == "restore":
        to = history.number(what)
        history.note(restore(history.context, history.name, to, branch=history.branch).snapshot)
    elif deed == "tag":
        label = f"t{len(history.tags)}"
        history.tags[label] = history.number(what)
        tag(history.context, history.name, label, history.tags[label])
    elif deed == "branch":
        branch = f"b{len(history.branches)}"
        make_branch(history.context, history.name, branch, history.number(what))
        history.branches.append(branch)
        history.branch = branch
    elif deed == "switch":
        history.branch = history.branches[what % len(history.branches)]
    else:
        other = history.branches[what % len(history.branches)]
        if other != history.branch:
            report = merge(history.context, history.name, other, history.branch)
            history.merges.append(report)
            if report.state == "merged":
                history.note(report.snapshot)


def write(history: History, deed: str, what: Any) -> Snapshot:
    """Commit to the branch in use."""
    asked: dict[str, Any] = {"branch": history.branch, "mode": deed}
    rows = what
    if deed == "delete":
        rows = [row for row in history.head().values() if row["k"] not in what]
        asked["mode"] = "replace"
    elif deed == "append":
        taken = {row["k"] for row in history.head().values()}
        rows = [row | {"k": max({*taken, 7}) + 1 + n} for n, row in enumerate(what)]
    elif deed == "overwrite":
        keys = sorted(row["k"] for row in what)
        asked["where"] = f"k between {keys[0]} and {keys[-1]}"
    columns = log_columns(history) if deed == "delete" else ()
    return commit(history.context, history.name, table(rows, columns), **asked)


def log_columns(history: History) -> tuple[str, ...]:
    """Name the columns of the branch in use."""
    return tuple(read(history.context, history.name, history.branch).column_names)


def table(rows: list[Row], columns: tuple[str, ...] = ()) -> pa.Table:
    """Write rows as a table, with the columns that any of them has."""
    names = columns or tuple(dict.fromkeys(name for row in rows for name in row)) or ("k", "v")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, TYPES[name]) for name in names]))


def stored(context: Context, name: str, at: str | int) -> dict[int, Row]:
    """Read a snapshot as rows by row id."""
    rows = read(context, name, at, row_ids=True).to_pylist()
    return {row.pop("_rid"): row for row in rows}


def root(rows: dict[int, Row], columns: tuple[str, ...]) -> str:
    """Count the content root of rows again, from nothing but the rows and their columns."""
    return root_of(table(list(rows.values()), columns))


def make_branch(context: Context, name: str, branch: str, at: int | None = None) -> None:
    """Make a branch at a snapshot, the newest of the main one if none is named."""
    place = None if at is None else str(at)
    change_branch(context, BranchRequest(name=name, branch=branch, at=place))


def merge(context: Context, name: str, from_: str, into: str = "main", **asked: Any) -> MergeReport:
    """Merge a branch into another one."""
    return merge_branch(context, MergeRequest(name=name, from_=from_, into=into, **asked))
