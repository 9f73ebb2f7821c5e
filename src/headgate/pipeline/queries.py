"""The catalog's SQL on runs, memos of steps, runs of pipelines and pools.

The table of runs belongs to the store, which lineage stands on.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, delete, desc, false, func, insert, or_, select, update

from headgate.core.texts import json_text
from headgate.core.times import now
from headgate.pipeline.memo import KeptOut, Parts
from headgate.pipeline.runs import EndState, PartRecord, PipelineRunRecord, RunRecord, SnapshotRef
from headgate.pipeline.tables import memos, pipeline_parts, pipeline_runs, pool_slots
from headgate.spine.store.chunks import chunks
from headgate.spine.store.erasing.words import without_words
from headgate.spine.store.prepared import Prepared
from headgate.spine.store.tables import runs, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, RowMapping, Table

_MAPS = ("parameters", "environment", "metrics")
_SETTLED = ("ran", "cached", "failed", "emptied")
"""States of a part that say how it stands."""

_ADD_RUN, _ADD_MEMO, _ADD_PIPELINE_RUN, _ADD_PART = (
    Prepared(insert(one)) for one in (runs, memos, pipeline_runs, pipeline_parts)
)


def _dropping(table: Table, *names: str) -> Prepared:
    return Prepared(delete(table).where(*(table.c[name] == bindparam(name) for name in names)))


_DROP_MEMO = _dropping(memos, "tenant", "step", "memo_key")
_DROP_OLDER = _dropping(memos, "tenant", "step", "partition")
_DROP_PART = _dropping(pipeline_parts, *(one.name for one in pipeline_parts.primary_key.columns))
_DROP_OLD_PARTS = Prepared(
    delete(pipeline_parts).where(
        *(
            pipeline_parts.c[name] == bindparam(name)
            for name in ("tenant", "pipeline_run_id", "state")
        ),
        pipeline_parts.c.at <= bindparam("until"),
    )
)
"""Built once, for every run or every step that runs executes them."""


def put_run(connection: Connection, tenant: str, record: RunRecord) -> None:
    """Add a run."""
    _ADD_RUN.run(connection, _run_row(tenant, record))


def put_runs(connection: Connection, tenant: str, records: Sequence[RunRecord]) -> None:
    """Add several runs; at least one."""
    _ADD_RUN.run_all(connection, [_run_row(tenant, one) for one in records])


def _run_row(tenant: str, record: RunRecord) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.structs.asdict(record)
    row |= {name: json_text(row[name]) for name in _MAPS}
    return row | {"tenant": tenant}


def end_run(
    connection: Connection, tenant: str, record: RunRecord, state: EndState, at: datetime
) -> None:
    """Write how a run ended: its state, and the record's error and metrics."""
    values = {"state": state, "finished_at": at, "error": record.error}
    values["metrics"] = json_text(record.metrics)
    where = (runs.c.tenant == tenant, runs.c.run_id == record.run_id)
    connection.execute(update(runs).where(*where).values(**values))


def run_by_id(connection: Connection, tenant: str, run_id: str) -> RunRecord | None:
    """Return one run."""
    query = select(runs).where(runs.c.tenant == tenant, runs.c.run_id == run_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _record_of(row)


def list_runs(
    connection: Connection, tenant: str, name: str | None, *, limit: int
) -> list[RunRecord]:
    """List runs, the newest first; of one name if it is given."""
    query = select(runs).where(runs.c.tenant == tenant)
    if name is not None:
        query = query.where(runs.c.name == name)
    query = query.order_by(desc(runs.c.started_at), desc(runs.c.run_id)).limit(limit)
    return [_record_of(row) for row in connection.execute(query).mappings()]


def run_names(connection: Connection, tenant: str) -> list[str]:
    """List the names that runs have been given."""
    query = select(runs.c.name).where(runs.c.tenant == tenant).distinct()
    return sorted(connection.execute(query).scalars())


def written_by(connection: Connection, tenant: str, run_id: str) -> list[SnapshotRef]:
    """List the snapshots a run made, in the order it made them."""
    query = select(versions.c.dataset, versions.c.number).where(
        versions.c.tenant == tenant, versions.c.run_id == run_id
    )
    query = query.order_by(versions.c.created_at, versions.c.dataset, versions.c.number)
    return [SnapshotRef(dataset, number) for dataset, number in connection.execute(query)]


def _record_of(row: RowMapping) -> RunRecord:
    values = {name: row[name] for name in RunRecord.__struct_fields__}
    return RunRecord(**(values | {name: msgspec.json.decode(row[name]) for name in _MAPS}))


# ---- memos


class Memo(msgspec.Struct, frozen=True, dict=True):
    """What a step made of what.

    Args:
        partition: key of the partition; empty where the step has none.
        parts: what the key is made of, as JSON.
        number: the snapshot its rows stood in; 0 where it makes no dataset.
        content_root: of that snapshot, or of the partition in it.
        seconds: how long it took [s].
    """

    step: str
    memo_key: str
    partition: str
    parts: str
    number: int
    content_root: str
    run_id: str
    seconds: float
    created_at: datetime

    @property
    def held(self) -> KeptOut:
        """How many of its rows did not go in, and by what."""
        return msgspec.json.decode(self.parts, type=KeptOut)

    @cached_property
    def known(self) -> Parts:
        """What the key is made of."""
        return msgspec.json.decode(self.parts, type=Parts)


def memos_of(connection: Connection, tenant: str, steps: Sequence[str]) -> Iterator[Memo]:
    """List the memos of some steps, the oldest first."""
    names = Memo.__struct_fields__
    columns = [memos.c[name] for name in names]
    for some in chunks(steps):
        query = select(*columns).where(memos.c.tenant == tenant, memos.c.step.in_(some))
        for row in connection.execute(query.order_by(memos.c.created_at, memos.c.run_id)):
            yield Memo(*row)


def memo_by_key(connection: Connection, tenant: str, step: str, key: str) -> Memo | None:
    """Return the memo of a step under a key, if it is still kept."""
    columns = [memos.c[name] for name in Memo.__struct_fields__]
    where = (memos.c.tenant == tenant, memos.c.step == step, memos.c.memo_key == key)
    row = connection.execute(select(*columns).where(*where)).first()
    return None if row is None else Memo(*row)


def put_memos(connection: Connection, tenant: str, made: Sequence[Memo], *, only: bool) -> None:
    """Keep memos of steps.

    Args:
        connection: the transaction.
        tenant: whose.
        made: one for each step or partition.
        only: older ones of the same partitions are given up, for what they tell is overwritten.
    """
    if not made:
        return
    rows = [msgspec.structs.asdict(one) | {"tenant": tenant} for one in made]
    (_DROP_OLDER if only else _DROP_MEMO).run_all(connection, rows)
    _ADD_MEMO.run_all(connection, rows)


def run_that_made(
    connection: Connection, tenant: str, step: str, memo_key: str, since: datetime
) -> str | None:
    """Name the run that left a memo of a step under a key at a moment or later, if one did."""
    query = select(memos.c.run_id).where(
        memos.c.tenant == tenant,
        memos.c.step == step,
        memos.c.memo_key == memo_key,
        memos.c.created_at >= since,
    )
    return connection.execute(query).scalar()


def drop_memos(connection: Connection, tenant: str, step: str, partitions: Sequence[str]) -> None:
    """Forget the memos of some partitions of a step."""
    keys = {"tenant": tenant, "step": step}
    if partitions:
        _DROP_OLDER.run_all(connection, [{"partition": one} | keys for one in partitions])


def dataset_names(connection: Connection, tenant: str) -> list[str]:
    """List the datasets there are."""
    query = select(versions.c.dataset).where(versions.c.tenant == tenant).distinct()
    return sorted(connection.execute(query).scalars())


# ---- runs of pipelines


def put_pipeline_run(connection: Connection, tenant: str, record: PipelineRunRecord) -> None:
    """Add a run of a pipeline."""
    row = msgspec.structs.asdict(record) | {"tenant": tenant}
    row |= {name: json_text(row[name]) for name in ("settings", "asked")}
    _ADD_PIPELINE_RUN.run(connection, row)


def move_pipeline_run(
    connection: Connection, tenant: str, pipeline_run_id: str, **values: Any
) -> None:
    """Change what is known of a run of a pipeline."""
    row = {f"to_{name}": value for name, value in values.items()}
    row |= {"of": tenant, "named": pipeline_run_id}
    _moving(tuple(values)).run(connection, row)


@cache
def _moving(names: tuple[str, ...]) -> Prepared:
    """Change some columns of a run of a pipeline."""
    where = _is_pipeline_run(bindparam("of"), bindparam("named"))
    to = {name: bindparam(f"to_{name}") for name in names}
    return Prepared(update(pipeline_runs).where(*where).values(to))


def pipeline_run_by_id(
    connection: Connection, tenant: str, pipeline_run_id: str
) -> PipelineRunRecord | None:
    """Return one run of a pipeline."""
    query = select(pipeline_runs).where(*_is_pipeline_run(tenant, pipeline_run_id))
    row = connection.execute(query).mappings().first()
    return None if row is None else _pipeline_run_of(row)


def list_pipeline_runs(
    connection: Connection,
    tenant: str,
    *,
    pipeline: str | None = None,
    state: str | None = None,
    limit: int | None = None,
) -> list[PipelineRunRecord]:
    """List runs of pipelines, the newest first; of one pipeline or in one state if one is given."""
    query = select(pipeline_runs).where(pipeline_runs.c.tenant == tenant)
    if pipeline is not None:
        query = query.where(pipeline_runs.c.pipeline == pipeline)
    if state is not None:
        query = query.where(pipeline_runs.c.state == state)
    query = query.order_by(desc(pipeline_runs.c.started_at), desc(pipeline_runs.c.pipeline_run_id))
    return [_pipeline_run_of(row) for row in connection.execute(query.limit(limit)).mappings()]


def pipelines_that_ran(connection: Connection, tenant: str) -> set[str]:
    """Name the pipelines of which there is a run."""
    query = select(pipeline_runs.c.pipeline).where(pipeline_runs.c.tenant == tenant)
    return set(connection.execute(query.distinct()).scalars())


def put_parts(
    connection: Connection, tenant: str, pipeline_run_id: str, parts: Sequence[PartRecord]
) -> None:
    """Keep what became of parts of a run, in the place of what was known of them."""
    if not parts:
        return
    keys = {"tenant": tenant, "pipeline_run_id": pipeline_run_id}
    rows = [msgspec.structs.asdict(one) | keys for one in parts]
    _DROP_PART.run_all(connection, rows)
    _ADD_PART.run_all(connection, rows)


def drop_parts(
    connection: Connection,
    tenant: str,
    pipeline_run_id: str,
    states: Iterable[str],
    until: datetime,
) -> None:
    """Forget the parts of a run that came to some states at a moment or before."""
    keys = {"tenant": tenant, "pipeline_run_id": pipeline_run_id, "until": until}
    _DROP_OLD_PARTS.run_all(connection, [keys | {"state": one} for one in states])


def parts_of_run(
    connection: Connection, tenant: str, pipeline_run_id: str, states: Iterable[str] = ()
) -> list[PartRecord]:
    """List the parts of a run, in the order they ended; those in some states if these are named."""
    names = PartRecord.__struct_fields__
    query = select(*[pipeline_parts.c[name] for name in names])
    query = query.where(*_is_part_of(tenant, pipeline_run_id))
    if states:
        query = query.where(pipeline_parts.c.state.in_(tuple(states)))
    query = query.order_by(pipeline_parts.c.at, pipeline_parts.c.step, pipeline_parts.c.partition)
    return [PartRecord(*row) for row in connection.execute(query)]


def failing_partitions(connection: Connection, tenant: str, step: str) -> set[str]:
    """Name the partitions of a step that failed when they were last to be made, in any run."""
    of_step = (pipeline_parts.c.tenant == tenant, pipeline_parts.c.step == step)
    newest = select(pipeline_parts.c.partition, func.max(pipeline_parts.c.at).label("at"))
    newest = newest.where(*of_step, pipeline_parts.c.state.in_(_SETTLED))
    last = newest.group_by(pipeline_parts.c.partition).subquery()
    is_last = (last.c.partition == pipeline_parts.c.partition) & (last.c.at == pipeline_parts.c.at)
    query = select(pipeline_parts.c.partition).join(last, is_last)
    failed = pipeline_parts.c.state == "failed"
    return set(connection.execute(query.where(*of_step, failed)).scalars())


def keys_made(
    connection: Connection, tenant: str, pipeline_run_id: str, record: RunRecord
) -> list[str]:
    """Return the first and the last key of the partitions that a run of a step made."""
    at = pipeline_parts.c
    query = select(func.min(at.partition), func.max(at.partition)).where(
        *_is_part_of(tenant, pipeline_run_id),
        at.step == record.name,
        at.run_id == record.run_id,
        at.state == "ran",
        at.partition != "",
    )
    first, last = connection.execute(query).one()
    return [] if first is None else [first, last]


def count_parts(
    connection: Connection, tenant: str, pipeline_run_ids: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Count the parts of some runs by their state."""
    found: dict[str, dict[str, int]] = {one: {} for one in pipeline_run_ids}
    columns = (pipeline_parts.c.pipeline_run_id, pipeline_parts.c.state)
    for some in chunks(pipeline_run_ids):
        query = select(*columns, func.count()).where(
            pipeline_parts.c.tenant == tenant, pipeline_parts.c.pipeline_run_id.in_(some)
        )
        for name, state, n in connection.execute(query.group_by(*columns)):
            found[name][state] = n
    return found


def _is_pipeline_run(tenant: Any, pipeline_run_id: Any) -> tuple[Any, ...]:
    table = pipeline_runs
    return (table.c.tenant == tenant, table.c.pipeline_run_id == pipeline_run_id)


def _is_part_of(tenant: str, pipeline_run_id: str) -> tuple[Any, ...]:
    table = pipeline_parts
    return (table.c.tenant == tenant, table.c.pipeline_run_id == pipeline_run_id)


def _pipeline_run_of(row: RowMapping) -> PipelineRunRecord:
    values = {name: row[name] for name in PipelineRunRecord.__struct_fields__}
    values |= {name: msgspec.json.decode(row[name]) for name in ("settings", "asked")}
    return msgspec.convert(values, PipelineRunRecord)


# ---- pools


class Held(msgspec.Struct, frozen=True):
    """A place in a pool that somebody has.

    Args:
        pool: the pool's name.
        number: which of its places, from 0 on.
        slot_id: names this time of having it.
        holder: who has it.
        taken_at: since when.
        expires_at: until when it is theirs, unless they say again that they live.
    """

    pool: str
    number: int
    slot_id: str
    holder: str
    taken_at: datetime
    expires_at: datetime


def clock(connection: Connection) -> datetime:
    """Return the present moment by the one clock that all users of the catalog share.

    That of the server on PostgreSQL; with SQLite all are on one machine.
    """
    if connection.dialect.name == "postgresql":
        return connection.execute(select(func.clock_timestamp())).scalar_one()
    return now()


def held_places(connection: Connection, tenant: str, pool: str) -> list[Held]:
    """List the places of a pool that are held now, by their numbers."""
    query = select(pool_slots).where(
        pool_slots.c.tenant == tenant,
        pool_slots.c.pool == pool,
        pool_slots.c.expires_at > clock(connection),
    )
    rows = connection.execute(query.order_by(pool_slots.c.number)).mappings()
    return [Held(**{name: row[name] for name in Held.__struct_fields__}) for row in rows]


def take_place(connection: Connection, tenant: str, held: Held) -> None:
    """Write down who has a place, instead of who let it run out."""
    delete_old = delete(pool_slots).where(
        pool_slots.c.tenant == tenant,
        pool_slots.c.pool == held.pool,
        pool_slots.c.number == held.number,
    )
    connection.execute(delete_old)
    connection.execute(insert(pool_slots).values(tenant=tenant, **msgspec.structs.asdict(held)))


def renew_place(connection: Connection, tenant: str, held: Held, until: datetime) -> bool:
    """Let a place be somebody's for longer; say whether it still was."""
    where = (pool_slots.c.tenant == tenant, pool_slots.c.slot_id == held.slot_id)
    done = connection.execute(update(pool_slots).where(*where).values(expires_at=until))
    return done.rowcount > 0


def give_place_back(connection: Connection, tenant: str, held: Held) -> None:
    """Free a place; one that is somebody else's by now stays theirs."""
    where = (pool_slots.c.tenant == tenant, pool_slots.c.slot_id == held.slot_id)
    connection.execute(delete(pool_slots).where(*where))


def rename_parts(connection: Connection, tenant: str, words: Sequence[str]) -> int:
    """Give partitions named with some words other keys, each its own: a run may have had several.

    Returns:
        How many keys were changed [count].
    """
    key = pipeline_parts.c.partition
    near = or_(false(), *(key.icontains(word, autoescape=True) for word in words))
    own = pipeline_parts.c.tenant == tenant
    found = connection.execute(select(key).where(own, near).distinct()).scalars()
    named = [one for one in found if without_words(one, words) != one]
    for one in named:
        other = f"[erased] {secrets.token_hex(4)}"
        connection.execute(update(pipeline_parts).where(own, key == one).values(partition=other))
    return len(named)
