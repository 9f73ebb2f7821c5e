"""Publishes what a step made: rows, memos and the end of its run land together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import Conflict
from headgate.core.refs import mint
from headgate.core.texts import json_text
from headgate.core.times import now
from headgate.pipeline import queries, telling
from headgate.pipeline.calling import kind_of, told
from headgate.pipeline.endings import Ending, done
from headgate.pipeline.journal import LAND_S
from headgate.pipeline.openlineage.endpoint import is_told
from headgate.pipeline.openlineage.letters import tell_step
from headgate.pipeline.runs import PartRecord, RunRecord
from headgate.pipeline.source import source_of
from headgate.spine.guarding import promise_of
from headgate.spine.lineage.reads import Read, put_reads, read_of, save_rowset
from headgate.spine.lineage.unfold import unfolded
from headgate.spine.store.snapshots import require_all_kept, resolve
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.journal import Journal
    from headgate.pipeline.memo import Parts
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context


class Seen(NamedTuple):
    """A snapshot that was read.

    Args:
        rids: the rows that were, sorted, shape (n,); all if none are named.
    """

    snapshot: Snapshot
    rids: Any = None


class Scope(NamedTuple):
    """Partitions that a step makes anew.

    Args:
        making_way: gives the ids of the rows of theirs that are there, sorted, shape (n,).
        emptied: those that get no rows again.
    """

    making_way: Callable[[Any], Any]
    emptied: Sequence[str]


class Deed(NamedTuple):
    """What a step did, and what it depends on.

    Args:
        context: the project.
        journal: of the run of the pipeline.
        step: the step.
        parts: what its run is told by; of the partitions the first's.
        reads: what it read, by dataset.
        record: of its run.
    """

    context: Context
    journal: Journal
    step: Step
    parts: Parts
    reads: Mapping[str, Seen]
    record: RunRecord


def deed_of(
    context: Context, journal: Journal, step: Step, parts: Parts, reads: Mapping[str, Seen]
) -> Deed:
    """Begin a deed: its run gets its name and time."""
    given = parts.settings.items()
    settings = {name: one if isinstance(one, str) else json_text(one) for name, one in given}
    record = RunRecord(
        run_id=mint("run"),
        name=step.name,
        state="running",
        actor=context.actor,
        started_at=now(),
        parameters=settings | {"pipeline": journal.record.pipeline, "pipeline_run": journal.name},
        environment=parts.libraries,
        code_hash=f"memo:{parts.key}",
    )
    parts = msgspec.structs.replace(parts, source=source_of(step, context.root))
    return Deed(context, journal, step, parts, reads, record)


def publish(
    deed: Deed,
    rows: pa.Table,
    memos: Callable[[Snapshot], Sequence[Memo]],
    scope: Scope | None = None,
    *,
    became: Sequence[PartRecord],
) -> tuple[Snapshot, Sequence[Memo]]:
    """Publish rows, their memos and the end of the run in one transaction.

    Args:
        deed: what was done.
        rows: what it made, n rows.
        memos: gives the memos, once the snapshot is known.
        scope: the partitions they are; the step's mode decides if none.
        became: what becomes of parts of the run with that.

    Raises:
        Conflict: another run has appended the same meanwhile.
    """
    context, step = deed.context, deed.step
    reads = _reads_of(deed)
    rows, edges = unfolded(rows, step.name, deed.record.run_id)
    write = Write(
        dataset=step.name,
        mode=step.mode if scope is None else "overwrite",
        key=step.key,
        run=deed.record.run_id,
        reads=reads,
        making_way=None if scope is None else scope.making_way,
        edges=edges,
    )
    part = Part(rows=rows, origin=Origin(kind="derive", arrived_at=now()))
    with deed.journal.landing() as landing, Work(context) as work:
        snapshot = work.write(write, [part])
        if step.mode == "append" and step.cache:
            _require_unmade(work, deed)
        _put_run(work, deed, reads, _done(deed))
        made = [] if any(one.is_held for one in work.landed) else memos(snapshot)
        made = _with_held(work, deed, made)
        if scope is not None:
            tenant = context.tenant
            queries.drop_memos(work.connection, tenant, step.name, scope.emptied)
        _conclude(work, deed, made, snapshot.number)
        landing.write(work.connection, became)
        tell_step(work, deed.context, deed.record.run_id, deed.parts)
    return snapshot, made


def conclude(deed: Deed, memo: Memo, became: PartRecord) -> None:
    """Write the memo and the end of the run of a step that made no dataset, or have it written.

    One that read nothing and took no time lands with others, a moment later.

    Args:
        deed: what was done.
        memo: what is known of it.
        became: what becomes of its part of the run with that.
    """
    if _may_wait(deed, memo):
        deed.journal.note(became, Ending(_done(deed), memo))
        return
    with deed.journal.landing() as landing, Work(deed.context) as work:
        _put_run(work, deed, _reads_of(deed), _done(deed))
        _conclude(work, deed, [memo], 0)
        landing.write(work.connection, [became])
        tell_step(work, deed.context, deed.record.run_id, deed.parts)


def _may_wait(deed: Deed, memo: Memo) -> bool:
    """Say whether nothing is lost if the end of a step lands a moment later than it came."""
    is_quick = memo.seconds < LAND_S and not deed.reads and deed.step.mode != "append"
    is_awaited = telling.is_asked_for(deed.context) or is_told(deed.context.settings)
    return is_quick and not is_awaited


def ended_badly(deed: Deed, error: BaseException) -> None:
    """Write down a run that failed, with what it read as far as retention has kept it."""
    ended = msgspec.structs.replace(
        deed.record, state="failed", finished_at=now(), error=told(error)
    )
    with deed.journal.landing() as landing, Work(deed.context) as work:
        kept = [one for one in _reads_of(deed) if _resolved(work, deed, one).expired_at is None]
        _put_run(work, deed, kept, ended)
        payload: dict[str, object] = {"name": deed.step.name, "error": kind_of(error)}
        work.record("step_failed", f"run:{deed.record.run_id}", payload)
        telling.tell_failed(work, deed.context, deed.record, error)
        landing.write(work.connection)
        tell_step(work, deed.context, deed.record.run_id, deed.parts)


def memo_of(deed: Deed, parts: Parts, snapshot: Snapshot | None, mark: str, seconds: float) -> Memo:
    """Say what a step made of what."""
    if parts.partition == deed.parts.partition:
        parts = msgspec.structs.replace(parts, source=deed.parts.source)
    return queries.Memo(
        step=deed.step.name,
        memo_key=parts.key,
        partition=parts.partition,
        parts=msgspec.json.encode(parts).decode(),
        number=0 if snapshot is None else snapshot.number,
        content_root=mark,
        run_id=deed.record.run_id,
        seconds=seconds,
        created_at=now(),
    )


def _with_held(work: Work, deed: Deed, made: Sequence[Memo]) -> Sequence[Memo]:
    """Note in the memo of a step without partitions how many of its rows did not go in, and why.

    Partitions are known by the rows that stand in them, so those that lack some run again anyway.
    """
    n_held = sum(len(part) for part in work.rejected)
    if not n_held or deed.step.partitions is not None:
        return made
    held_by = promise_of(deed.context, deed.step.name)
    known = [msgspec.structs.replace(one.known, n_held=n_held, held_by=held_by) for one in made]
    texts = [msgspec.json.encode(one).decode() for one in known]
    return [msgspec.structs.replace(one, parts=text) for one, text in zip(made, texts, strict=True)]


def _reads_of(deed: Deed) -> tuple[Read, ...]:
    """Say what was read, and keep which rows, if not all."""
    return tuple(_read(deed, one.snapshot, one.rids) for one in deed.reads.values())


def _read(deed: Deed, snapshot: Snapshot, rids: Any) -> Read:
    run_id = deed.record.run_id
    if rids is None:
        n_rows = snapshot.n_rows
        return read_of(run_id, snapshot, condition=None, rowset=None, n_rows=n_rows)
    rowset = save_rowset(deed.context.blobs, rids)
    told = f"partitions of {deed.step.name}"
    return read_of(run_id, snapshot, condition=told, rowset=rowset, n_rows=len(rids))


def _done(deed: Deed) -> RunRecord:
    return msgspec.structs.replace(deed.record, state="done", finished_at=now())


def _put_run(work: Work, deed: Deed, reads: Sequence[Read], ended: RunRecord) -> None:
    """Write a run that has ended and what it read down, so that its rows can name their parents."""
    tenant = deed.context.tenant
    deed.context.blobs.settle()
    work.require(*(one.rowset for one in reads))
    require_all_kept(work.connection, tenant, [(one.dataset, one.number) for one in reads])
    queries.put_run(work.connection, tenant, ended)
    put_reads(work.connection, tenant, reads)


def _require_unmade(work: Work, deed: Deed) -> None:
    """Make sure that no other run appended what this one does since it began."""
    step, began_at = deed.step.name, deed.record.started_at
    tenant = deed.context.tenant
    other = queries.run_that_made(work.connection, tenant, step, deed.parts.key, began_at)
    if other is not None:
        raise Conflict(
            f"step {step} was run by {other} meanwhile, which appended the same",
            mend="nothing is lost; run it again if it has more to append",
        )


def _resolved(work: Work, deed: Deed, read: Read) -> Snapshot:
    return resolve(work.connection, deed.context.tenant, read.dataset, str(read.number))


def _conclude(work: Work, deed: Deed, memos: Sequence[Memo], number: int) -> None:
    tenant, step = deed.context.tenant, deed.step
    queries.put_memos(work.connection, tenant, memos, only=step.mode != "append")
    if step.partitions is None:
        telling.tell_well(work, deed.context, [step.name])
    fact = done(deed.record, number, len(memos))
    work.record(fact.kind, fact.subject, fact.payload)
