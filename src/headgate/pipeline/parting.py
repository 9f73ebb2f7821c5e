"""Makes the partitions of a step: each by a call of its own, published some at a time.

Some thousand small partitions would make as many snapshots; so what a few seconds bring is
published together. A partition that fails keeps the rows it had, and the others land.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.pipeline.calling import place_of, told, wait_for
from headgate.pipeline.failing import deed_that_failed, note_failed
from headgate.pipeline.journal import Cancelled
from headgate.pipeline.judging import UNCHANGED, judge_partitions, keys_of, slices_of
from headgate.pipeline.leftovers import Leftovers, leftovers
from headgate.pipeline.memo import parts_of
from headgate.pipeline.publishing import Deed, Scope, Seen, deed_of, memo_of, publish
from headgate.pipeline.reports import PartCounts, StepRun
from headgate.pipeline.runs import PartRecord
from headgate.pipeline.slices import mark_of, rids_in, rids_outside
from headgate.pipeline.steps import PARTITION
from headgate.spine.context import Step as Progress
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.manifest import schema_of
from headgate.spine.store.reading import fitted
from headgate.spine.store.segments import RID
from headgate.spine.writes import PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.calling import Called
    from headgate.pipeline.judging import Verdict
    from headgate.pipeline.partitions import Partitions
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.reports import StepState
    from headgate.pipeline.runs import Asked
    from headgate.pipeline.slices import Slices
    from headgate.pipeline.steps import Step
    from headgate.pipeline.turn import Turn

    _Given = Mapping[str, Mapping[str, pa.Table]]

AT_ONCE = 500
"""Partitions published together at most [count]."""
ROWS_AT_ONCE = 250_000
"""Rows read for them at once, unless one partition alone holds more [count]."""
PUBLISH_S = 5.0
"""What was made waits no longer than this before it is published [s]."""
N_NAMED = 20


class _Inputs(NamedTuple):
    """What the partitions of a step read.

    Args:
        sliced: datasets of which each partition is handed its own rows.
        whole: rows of the others.
    """

    sliced: Mapping[str, Slices]
    whole: Mapping[str, pa.Table]


class _Made(NamedTuple):
    """What a call made of one partition."""

    key: str
    called: Called
    rows: pa.Table


class Parting:
    """The partitions of a step in one run of its pipeline.

    Args:
        turn: the run of the pipeline.
        step: the step.
        partitions: how its dataset falls into them.
        out: keys that are left out, for what they read failed.

    Attributes:
        broken: keys that came to nothing; none of them where all have, nothing where none has.
    """

    def __init__(self, turn: Turn, step: Step, partitions: Partitions, out: frozenset[str]) -> None:
        self._turn = turn
        self._step = step
        self._partitions = partitions
        self._settings = turn.chosen[step.name]
        self._out = out
        self._snapshots = turn.standing.inputs(step)
        self._keys: list[str] = []
        self._skipped: list[str] = []
        self._known: list[str] = []
        self._left = Leftovers()
        self._is_swept = True
        self._verdicts: dict[str, Verdict] = {}
        self._open: dict[str, None] = {}
        self._failed: list[str] = []
        self._is_lost = False
        self._n_todo = self._n_ran = self._n_tries = self._n_done = 0
        self._error: tuple[str, str | None] | None = None
        self._run_id: str | None = None

    @property
    def broken(self) -> frozenset[str] | None:
        """Keys that came to nothing; none of them where all have, nothing where none has."""
        found = frozenset((*self._failed, *self._skipped))
        return frozenset[str]() if self._is_lost else found or None

    @property
    def _has_swept(self) -> bool:
        return bool(self._left.why) and self._is_swept

    def run(self) -> StepRun:
        """Make the partitions that have to be made.

        What goes wrong besides their own functions fails those that are not made by then.
        """
        began = time.monotonic()
        try:
            self._judge()
            self._make()
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, other steps go on
            self._break_off(error)
        return self._reported((time.monotonic() - began) * 1000)

    def _judge(self) -> None:
        """Find the partitions there are, and which of them have to be made."""
        turn, step = self._turn, self._step
        self._known = keys_of(turn.standing, self._partitions)
        wanted = asked_among(turn.asked, self._known)
        keys = [key for key in wanted if key not in self._out]
        self._verdicts = judge_partitions(
            turn.standing, step, self._settings, keys, again=turn.asked.again
        )
        self._keys = keys
        self._skipped = [key for key in wanted if key in self._out]
        self._left = leftovers(turn.standing, step, turn.asked, self._known)
        self._is_swept = not self._left.why
        self._open = {key: None for key, one in self._verdicts.items() if one.must_run}
        self._n_todo = len(self._open)

    def _make(self) -> None:
        self._note_others()
        if self._open or not self._is_swept:
            self._inputs = self._read_inputs()
            for block in self._blocks(list(self._open)):
                self._run_block(block)
            if not self._is_swept:
                self._publish([], {})

    def _break_off(self, error: Exception) -> None:
        """Take down what ended the making; what was not made by then has failed."""
        deed = deed_that_failed(self._turn, self._step)
        for key in () if self._is_swept else self._left.keys:
            self._turn.journal.note(PartRecord(self._step.name, key, "running", now()))
        note_failed(deed, self._open or [""], error)
        self._is_lost = not self._open
        self._failed += self._open
        self._error = (told(error), place_of(error, self._turn.context.root))
        self._run_id = deed.record.run_id

    def _note_others(self) -> None:
        """Take down the partitions that are not made."""
        name, at = self._step.name, now()
        for key, verdict in self._verdicts.items():
            if not verdict.must_run and verdict.memo is not None:
                self._turn.journal.note(PartRecord(name, key, "cached", at, verdict.memo.run_id))
        for key in self._skipped:
            self._turn.journal.note(PartRecord(name, key, "skipped", at))

    def _read_inputs(self) -> _Inputs:
        turn, step = self._turn, self._step
        sliced: dict[str, Slices] = {}
        whole: dict[str, pa.Table] = {}
        for name, snapshot in self._snapshots.items():
            found = slices_of(turn.standing, step, name)
            if found is None:
                whole[name] = turn.standing.rows(step, snapshot)
            else:
                sliced[name] = found
        return _Inputs(sliced, whole)

    def _blocks(self, keys: Sequence[str]) -> Iterator[list[str]]:
        """Cut keys into what is read at once."""
        block: list[str] = []
        n_rows = 0
        for key in keys:
            more = sum(one.n_rows(key) for one in self._inputs.sliced.values())
            if block and (len(block) == AT_ONCE or n_rows + more > ROWS_AT_ONCE):
                yield block
                block, n_rows = [], 0
            block.append(key)
            n_rows += more
        if block:
            yield block

    def _run_block(self, block: Sequence[str]) -> None:
        """Make some partitions and publish them, some earlier where they take long."""
        given = {name: one.rows(block) for name, one in self._inputs.sliced.items()}
        made: list[_Made] = []
        since = time.monotonic()
        try:
            for key, result in self._results(block, given):
                made += self._taken(key, result)
                self._n_done += 1
                self._tell()
                if made and time.monotonic() - since > PUBLISH_S:
                    made = self._publish(made, given)
                    since = time.monotonic()
        except (Cancelled, KeyboardInterrupt):
            if made:
                self._publish(made, given)
            raise
        if made:
            self._publish(made, given)

    def _tell(self) -> None:
        what = f"making {self._step.name}"
        self._turn.context.progress(Progress(what, self._n_done, self._n_todo, "partitions"))
        self._turn.journal.tick()

    def _results(
        self, block: Sequence[str], given: _Given
    ) -> Iterator[tuple[str, Callable[[], Called]]]:
        """Give for each partition what its call came to, as they come to it."""
        step, caller = self._step, self._turn.caller
        if not step.process:
            for key in block:
                tables, settings = self._handed(key, given)
                yield key, partial(caller.call, step, tables, settings)
            return
        away: dict[Future[Called], str] = {}
        left = list(reversed(block))
        try:
            while left or away:
                while left and len(away) < caller.jobs:
                    key = left.pop()
                    away[caller.submit(step, *self._handed(key, given))] = key
                for call in wait_for(away, self._turn.journal.tick):
                    yield away.pop(call), call.result
        finally:
            for call in away:
                call.cancel()

    def _handed(self, key: str, given: _Given) -> tuple[dict[str, pa.Table], dict[str, Any]]:
        """Return the tables and settings that a partition's call is handed."""
        tables = {name: some[key] for name, some in given.items()} | dict(self._inputs.whole)
        return tables, dict(self._settings) | ({PARTITION: key} if self._step.takes_key else {})

    def _taken(self, key: str, result: Callable[[], Called]) -> list[_Made]:
        """Take what a call came to; an error is taken down, and the others go on."""
        step = self._step
        try:
            called = result()
            return [_Made(key, called, _checked(step, self._partitions, key, called.rows))]
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - whatever users' code raises, the others go on
            self._note_failed(key, error)
            return []

    def _note_failed(self, key: str, error: Exception) -> None:
        deed = deed_that_failed(self._turn, self._step, self._verdicts[key].parts)
        note_failed(deed, [key], error)
        self._failed.append(key)
        self._open.pop(key)
        if self._error is None:
            place = place_of(error, self._turn.context.root)
            self._error = (f"partition {key}: {told(error)}", place)
            self._run_id = deed.record.run_id

    def _publish(self, made: Sequence[_Made], given: _Given) -> list[_Made]:
        """Publish some partitions; those that tell their origin in another way go by themselves.

        Returns:
            What is left to be published: nothing.
        """
        for some in _alike(made) or [[]]:
            self._publish_alike(some, given)
        return []

    def _publish_alike(self, some: Sequence[_Made], given: _Given) -> None:
        """Publish some partitions together; halve them until those that cannot be kept are found.

        The others land, and their rows do not wait for those.
        """
        try:
            self._publish_together(some, given)
        except (Invalid, pa.ArrowException) as error:
            if not some:
                raise
            if len(some) == 1:
                self._note_failed(some[0].key, error)
                return
            middle = (len(some) + 1) // 2
            self._publish_alike(some[:middle], given)
            self._publish_alike(some[middle:], given)

    def _publish_together(self, some: Sequence[_Made], given: _Given) -> None:
        emptied = () if self._is_swept else self._left.keys
        deed = self._deed([one.key for one in some], given)
        self._land(deed, some, emptied)
        self._is_swept = True
        for one in some:
            self._open.pop(one.key)
        self._n_ran += len(some)
        self._n_tries += sum(one.called.n_tries for one in some)
        if self._error is None:
            self._run_id = deed.record.run_id

    def _became(
        self, run_id: str, made: Sequence[_Made], emptied: Sequence[str]
    ) -> list[PartRecord]:
        """Say what becomes of partitions when they are published."""
        name, at = self._step.name, now()
        ran = [PartRecord(name, one.key, "ran", at, run_id, one.called.seconds) for one in made]
        return [*ran, *(PartRecord(name, key, "emptied", at, run_id) for key in emptied)]

    def _deed(self, keys: Sequence[str], given: _Given) -> Deed:
        """Begin the deed of some partitions: it read their rows of what is sliced."""
        reads: dict[str, Seen] = {}
        for name, snapshot in self._snapshots.items():
            tables = given.get(name)
            rids = None if tables is None else _rids([tables[key] for key in keys])
            reads[name] = Seen(snapshot, rids)
        turn, step = self._turn, self._step
        parts = self._verdicts[keys[0]].parts if keys else None
        if parts is None:
            parts = parts_of(turn.context, step, self._settings)
        return deed_of(turn.context, turn.journal, step, parts, reads)

    def _land(self, deed: Deed, made: Sequence[_Made], emptied: Sequence[str]) -> None:
        context, standing, partitions = self._turn.context, self._turn.standing, self._partitions
        rows = self._together(made)

        def memos(snapshot: Snapshot) -> list[Memo]:
            kept = fitted(canonical(rows), schema_of(snapshot.columns), rows.num_rows)
            counts = [one.rows.num_rows for one in made]
            _require_labels(partitions, kept, [one.key for one in made], counts)
            marks = _marks(kept, counts)
            return [
                memo_of(deed, self._verdicts[one.key].parts, snapshot, mark, one.called.seconds)
                for one, mark in zip(made, marks, strict=True)
            ]

        keys = {one.key for one in made}
        if self._is_swept:
            ids, told_by = rids_in, list(keys)
        else:
            ids, told_by = rids_outside, [key for key in self._known if key not in keys]
        scope = Scope(lambda parent: ids(context.blobs, parent, partitions, told_by), emptied)
        became = self._became(deed.record.run_id, made, emptied)
        snapshot, kept = publish(deed, rows, memos, scope, became=became)
        standing.made(snapshot, kept)
        standing.forget(self._step.name, emptied)

    def _together(self, made: Sequence[_Made]) -> pa.Table:
        if made:
            tables = [one.rows for one in made if one.rows.num_rows]
            return pa.concat_tables(tables or [made[0].rows], promote_options="permissive")
        head = self._turn.standing.head(self._step.name)
        return pa.table({}) if head is None else schema_of(head.columns).empty_table()

    def _reported(self, took_ms: float) -> StepRun:
        counts = PartCounts(
            n_total=len(self._keys) + len(self._skipped),
            n_ran=self._n_ran,
            n_cached=len(self._keys) - self._n_todo,
            n_failed=len(self._failed),
            n_skipped=len(self._skipped),
            n_emptied=len(self._left.keys) if self._is_swept else 0,
            failed=tuple(self._failed[:N_NAMED]),
        )
        snapshot = self._turn.standing.head(self._step.name)
        reasons = [one.why for one in self._verdicts.values() if one.must_run]
        why = next(iter(reasons), ()) + self._left.why
        return StepRun(
            name=self._step.name,
            state="failed" if self._is_lost else _state(counts, is_swept=self._has_swept),
            why=why or (() if self._is_lost else (UNCHANGED,)),
            snapshot=None if snapshot is None else f"{self._step.name}@{snapshot.number}",
            run_id=self._run_id,
            took_ms=took_ms if self._n_todo or self._error else 0.0,
            n_rows=None if snapshot is None else snapshot.n_rows,
            n_tries=self._n_tries,
            error=None if self._error is None else self._error[0],
            place=None if self._error is None else self._error[1],
            partitions=counts,
        )


def asked_among(asked: Asked, known: Sequence[str]) -> list[str]:
    """Choose the partitions that a run is about among those there are."""
    if asked.partitions is None:
        return list(known)
    wanted = set(asked.partitions)
    return [key for key in known if key in wanted]


def _state(counts: PartCounts, *, is_swept: bool) -> StepState:
    if counts.n_failed:
        return "failed"
    if counts.n_ran or is_swept:
        return "ran"
    return "skipped" if counts.n_skipped else "cached"


def _checked(step: Step, partitions: Partitions, key: str, rows: pa.Table | None) -> pa.Table:
    """Make sure that all rows are of the partition; name it in them if they do not."""
    column = partitions.column
    if rows is None:
        raise Invalid(
            f"step {step.name} returned nothing for a partition", mend="return an empty table"
        )
    if column not in rows.column_names:
        # without rows no type is told, so that it does not differ from what other partitions hold
        kind = pa.string() if rows.num_rows else pa.null()
        return rows.append_column(column, pa.array([key] * rows.num_rows).cast(kind))
    labels: Any = partitions.labels(rows[column])
    is_other: Any = pc.invert(pc.is_in(labels, value_set=pa.array([key])))
    others = labels.filter(is_other)
    if len(others):
        raise Invalid(
            f"step {step.name} returned rows of partition {others[0].as_py()!r} for {key!r}",
            mend=f"return rows whose {column} is that of the partition",
        )
    return rows


def _alike(made: Sequence[_Made]) -> list[list[_Made]]:
    """Group what was made by how its rows tell their origin; what has none goes with any."""
    groups: dict[tuple[bool, bool], list[_Made]] = {}
    without = [one for one in made if not one.rows.num_rows]
    for one in made:
        if one.rows.num_rows:
            names = one.rows.column_names
            groups.setdefault((RID in names, PARENTS in names), []).append(one)
    found = list(groups.values())
    return [[*found[0], *without], *found[1:]] if found else [without] if without else []


def _require_labels(
    partitions: Partitions, kept: pa.Table, keys: Sequence[str], counts: Sequence[int]
) -> None:
    """Make sure that rows are of their partitions still, as they are kept."""
    if partitions.column not in kept.column_names:
        return
    expected = pa.array(np.repeat(np.asarray(keys, object), counts), pa.string())
    column = kept[partitions.column]
    if not partitions.labels(column).equals(pa.chunked_array([expected])):
        raise Invalid(
            f"column {partitions.column} is kept as {column.type}, which names other partitions",
            mend="return it as the dataset holds it, or commit the dataset anew with its type",
        )


def _marks(rows: pa.Table, counts: Sequence[int]) -> list[str]:
    """Digest the rows of each of several partitions, one after the other, as they are kept."""
    hashes = row_hashes(rows)
    ends = np.cumsum(counts)
    parts = np.split(hashes, ends[:-1]) if len(counts) else []
    return [
        mark_of(count, part.sum(axis=0, dtype=np.uint64))
        for count, part in zip(counts, parts, strict=True)
    ]


def _rids(tables: Sequence[pa.Table]) -> Any:
    found = [np.empty(0, np.int64), *(np.asarray(one[RID]) for one in tables)]
    return np.sort(np.concatenate(found))
