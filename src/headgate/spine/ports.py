"""What stages offer one another without importing: Gate, Guard, Holder, Keeper, Action, Watched.

A stage lists what it offers in `OFFERS` of its `gates.py`, `guards.py`, `holders.py`, `keepers.py`,
`couriers.py`, `actions.py`, `watched.py` or `inspections.py`; the registry finds those files.
Whoever must act on rows that another stage keeps asks through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import pyarrow as pa
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.inspecting.nouns import Case, Wish
    from headgate.spine.lineage.affected import Affected
    from headgate.spine.lineage.reads import Read
    from headgate.spine.outbox.notifiers import Notifier
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.store.segments import I64
    from headgate.spine.work import Work
    from headgate.spine.writes import Write


class Rejection(msgspec.Struct, frozen=True):
    """A row a gate kept out: its position in what was checked, and why.

    Args:
        keeps_raw: its text waits in quarantine; of a row that was erased nothing may.
    """

    position: int
    reason: str
    keeps_raw: bool = True


class Verdict(msgspec.Struct, frozen=True):
    """What a gate says: the rows that pass, as they shall be kept, and those that do not.

    Args:
        rows: the passing rows, in the order they came.
        positions: for each passing row its position in what was checked, shape (n,).
        rejected: the others.
        facts: what was noticed besides, such as a column unknown until now.
    """

    rows: Any
    positions: Any
    rejected: tuple[Rejection, ...] = ()
    facts: tuple[str, ...] = ()


class Gate(Protocol):
    """May these rows pass into this dataset? Asked at every commit.

    Args:
        keeps_erased_out: it keeps out what was erased, and nothing else; so there is nothing to
            ask it before the first erasure of a project.
    """

    name: str
    keeps_erased_out: bool

    def check(
        self, context: Context, dataset: str, rows: pa.Table, known: pa.Schema | None, /
    ) -> Verdict:
        """Sort rows into those that pass and those that wait in quarantine.

        Args:
            context: the project.
            dataset: where the rows want to go.
            rows: what came, user columns only.
            known: the schema the dataset has; nothing if it is new.
        """
        ...


class Passage(msgspec.Struct, frozen=True):
    """A commit that wants to pass.

    Args:
        write: what is asked for.
        parent: the state the rows come to.
        reads: what the run that writes has read.
        n_parts: how many batches come.
        is_part: the rows are one chunk of a stream.
        n_least: rows that a chunk counts as at least where a share of them is meant [count].
        is_release: the rows waited in quarantine until now.
        memory: what a guard keeps of a stream from chunk to chunk, under names of its own.
    """

    write: Write
    parent: Manifest
    reads: tuple[Read, ...]
    n_parts: int = 1
    is_part: bool = False
    n_least: int = 0
    is_release: bool = False
    memory: dict[str, Any] = {}


class Offered(msgspec.Struct, frozen=True):
    """Rows that passed every gate and the key, and what did not.

    Args:
        rows: the passing rows, n of them.
        positions: where each stood among all rows that were offered, shape (n,).
        batches: for each row that was offered its batch, shape (n_offered,).
        rejected: what gates and key kept out, at positions among all rows that were offered.
        rids: the ids that rows bring, shape (n,); nothing where they bring none.
        leaving: ids of the rows that make way for them, shape (n_leaving,); nothing where the
            mode has no such rows.
    """

    rows: pa.Table
    positions: I64
    batches: I64
    rejected: tuple[Rejection, ...]
    rids: I64 | None = None
    leaving: I64 | None = None


class Outcome(Protocol):
    """What is to be written of a judgment once the rows have landed."""

    def joined(self, later: Any, /) -> Outcome:
        """Take in the outcome of the next chunk of the same stream."""
        ...

    def land(self, work: Work, context: Context, snapshot: Snapshot, rev: int, /) -> None:
        """Write it, in the unit of work of the commit.

        Args:
            work: the unit.
            context: the project.
            snapshot: the state that the commit made, or left as it was.
            rev: number of the commit's first batch.
        """
        ...


class Judgment(msgspec.Struct, frozen=True):
    """What a guard says of rows.

    Args:
        outcome: what is to be written once they have landed.
        rejected: rows that must wait besides, at positions among all rows that were offered.
        facts: what was noticed.
        holds_all: no row passes, and the dataset stays as it is; then `rejected` names every row
            that was not kept out before.
        empty: where `holds_all`, a table without rows whose columns a new dataset gets.
    """

    outcome: Outcome
    rejected: tuple[Rejection, ...] = ()
    facts: tuple[str, ...] = ()
    holds_all: bool = False
    empty: Any = None

    def joined(self, later: Judgment) -> Judgment:
        """Take in the judgment of the next chunk of the same stream."""
        return Judgment(self.outcome.joined(later.outcome))


class Post(Protocol):
    """A guard that stands before one dataset.

    Args:
        keeps_waiting: rows that are kept out wait in quarantine, those written by hand too.
    """

    keeps_waiting: bool

    def types(self, rows: pa.Table, known: pa.Schema | None, /) -> pa.Schema | None:
        """Return the types that columns must have: those known, and those that are promised."""
        ...

    def fill(self, rows: pa.Table, /) -> tuple[pa.Table, tuple[str, ...]]:
        """Put promised values where there are none; say what was done."""
        ...

    def judge(self, offered: Offered, /) -> Judgment:
        """Say which rows must wait.

        Raises:
            Invalid: none of them may come.
        """
        ...


class Guard(Protocol):
    """Stands before datasets that were promised something; listed in `OFFERS` of `guards.py`.

    Unlike a gate it knows the commit as a whole, and writes what it found in the same unit of work.
    It is asked only once anything is promised in the project.
    """

    name: str

    def post(self, context: Context, passage: Passage, /) -> Post | None:
        """Find what stands before a dataset, nothing if nothing was promised of it.

        Raises:
            Invalid: what wants to come may not, whatever its rows are.
        """
        ...

    def promise(self, context: Context, dataset: str, /) -> str:
        """Name what stands before a dataset, in other words once it may judge otherwise.

        Empty if nothing was promised of it.
        """
        ...


class Holding(msgspec.Struct, frozen=True):
    """What a stage keeps of rows: how much, what kind, and what is known of it.

    Args:
        kind: what is held, such as `predictions`.
        n_exposed: made by something that learned from the rows.
        n_exact: made from the very rows.
        n_known: in reach with known lineage.
        n_unknown: in reach with none.
    """

    kind: str
    n_exposed: int
    n_exact: int
    n_known: int
    n_unknown: int
    detail: dict[str, Any] = {}


class Holder(Protocol):
    """Finds what a stage keeps of rows."""

    name: str

    def find(self, context: Context, affected: Affected, models: frozenset[str]) -> Holding:
        """Count what is held of affected rows and of models that learned from them.

        Args:
            context: the project.
            affected: the rows.
            models: what else counts as bad: `churn@3`, `prompt:answer@2`, `run:ID`.
        """
        ...

    def explain(self, context: Context, ref: str) -> dict[str, Any] | None:
        """Tell what one of its own things was made of, nothing if it is none of its own."""
        ...


class Subject(msgspec.Struct, frozen=True):
    """Whom an erasure is about: rows, and words by which the subject is found in text.

    Args:
        affected: the rows, and all that was made of them row by row.
        words: what stands for the subject in free text.
        is_plan: only count; write nothing.
    """

    affected: Any
    words: tuple[str, ...]
    is_plan: bool


class Traces(msgspec.Struct, frozen=True):
    """What a stage keeps of a subject, and how it will be blanked.

    Args:
        kind: what it is, such as `predictions`.
        n: how many there are.
        replacements: files to be replaced in place: see `headgate.spine.store.erasing.blanking`.
        obligations: what somebody must still do, as (kind, what, rows, mend).
    """

    kind: str
    n: int
    replacements: tuple[Any, ...] = ()
    obligations: tuple[tuple[str, str, int, str], ...] = ()


class Eraser(Protocol):
    """Erases what a stage keeps of a subject; listed in `OFFERS` of its `erasers.py`."""

    name: str

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find what is kept of a subject and stage what will stand in its place."""
        ...

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of the stage's tables; return how many cells changed."""
        ...


class Keeper(Protocol):
    """Says what of the store a stage's tables name, so that it is not collected."""

    name: str

    def keys(self, connection: Connection, tenant: str, /) -> Iterable[str]:
        """List the keys of the blobs that the stage's tables name."""
        ...

    def versions(self, connection: Connection, tenant: str, /) -> Iterable[tuple[str, int]]:
        """List the snapshots that must stay readable: dataset and number of each."""
        ...


class Courier(Protocol):
    """Carries letters of the outbox that are meant for a machine, and for no notifier."""

    name: str

    def open(self, context: Context) -> Notifier:
        """Make ready what sends them.

        Raises:
            Invalid: its settings are missing or wrong.
        """
        ...


class Action(Protocol):
    """Something that can be done about trouble; it has a plan, and can be undone."""

    name: str

    def plan(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Say what would be done, changing nothing."""
        ...

    def apply(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Do it, in one unit of work, and say what was done."""
        ...


class WrittenAction(Action, Protocol):
    """An action that is rows of the catalog alone, and so is done with whatever else is written.

    What decides on it writes down why in the same unit of work: both are there, or neither.
    """

    def write(
        self, work: Work, context: Context, target: str, settings: dict[str, Any]
    ) -> dict[str, Any]:
        """Do it in a unit of work, and say what was done."""
        ...

    def undo(
        self, work: Work, context: Context, target: str, outcome: dict[str, Any]
    ) -> dict[str, Any]:
        """Undo in a unit of work what `write` said it did, and say what was undone.

        Raises:
            Conflict: it has become something else meanwhile.
        """
        ...


class Inspection(Protocol):
    """Looks at a change before it is merged; listed in `OFFERS` of a stage's `inspections.py`."""

    name: str

    def inspect(self, context: Context, wish: Wish, /) -> Iterable[Case]:
        """Look at what a checkout holds, and say of each thing that was looked at what is wrong.

        Raises:
            NotFound: a file that was named is not there.
            Invalid: a file that was named cannot be read.
        """
        ...


class Reference(msgspec.Struct, frozen=True):
    """A snapshot that something in service learned from, and how that is known.

    Args:
        dataset: the dataset.
        number: the snapshot's number under it.
        path: what leads there, such as `prod`, `api@3`, `churn@2`, `run:ID`.
    """

    dataset: str
    number: int
    path: tuple[str, ...]


class Watched(Protocol):
    """Something that goes on and can be watched by windows; listed in `OFFERS` of `watched.py`.

    Its rows have a column `at` [UTC] beside their own; those of what answers also have
    `prediction`, `confidence`, `label` and `labelled_at`, null where nothing is known.
    """

    name: str

    def rows(
        self,
        context: Context,
        target: str,
        since: datetime,
        until: datetime,
        /,
        *,
        columns: tuple[str, ...] = (),
    ) -> Iterator[pa.Table]:
        """Read what came in a window, in parts that fit into memory.

        Args:
            context: the project.
            target: its name.
            since: when the window begins.
            until: when it ends; what came then is not in it.
            columns: which columns; all if none is named.

        Raises:
            NotFound: there is no such thing.
        """
        ...

    def span(self, context: Context, target: str, /) -> tuple[datetime, datetime] | None:
        """Say when the first and the last row came; nothing if there is none.

        Raises:
            NotFound: there is no such thing.
        """
        ...

    def references(self, context: Context, target: str, /) -> tuple[Reference, ...]:
        """List the snapshots it learned from, by lineage, the nearest first.

        Raises:
            NotFound: there is no such thing.
        """
        ...

    def late(self, context: Context, target: str, after: datetime, /) -> tuple[datetime, ...]:
        """List when those rows came whose label became known after a moment, ascending."""
        ...
