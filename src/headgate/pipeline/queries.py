"""The catalog's SQL on runs, memos and pools.

The table of runs belongs to the store, which lineage stands on.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete, desc, func, insert, select, update

from headgate.core.times import now
from headgate.pipeline.memo import Parts
from headgate.pipeline.runs import EndState, RunRecord, SnapshotRef
from headgate.pipeline.tables import memos, pool_slots
from headgate.spine.store.tables import runs, versions

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

_MAPS = ("parameters", "environment", "metrics")


def put_run(connection: Connection, tenant: str, record: RunRecord) -> None:
    """Add a run."""
    row: dict[str, Any] = msgspec.structs.asdict(record)
    row |= {name: _text(row[name]) for name in _MAPS}
    connection.execute(insert(runs).values(tenant=tenant, **row))


def end_run(
    connection: Connection, tenant: str, record: RunRecord, state: EndState, at: datetime
) -> None:
    """Write how a run ended: its state, and the record's error and metrics."""
    values = {"state": state, "finished_at": at, "error": record.error}
    values["metrics"] = _text(record.metrics)
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


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


class Memo(msgspec.Struct, frozen=True):
    """What a step made of what.

    Args:
        number: the snapshot its rows stood in.
        content_root: of that snapshot.
        seconds: how long it took [s].
    """

    step: str
    memo_key: str
    parts: Parts
    number: int
    content_root: str
    run_id: str
    seconds: float
    created_at: datetime


def memo_of(connection: Connection, tenant: str, step: str, memo_key: str) -> Memo | None:
    """Return the memo of a step under a key."""
    where = (memos.c.tenant == tenant, memos.c.step == step, memos.c.memo_key == memo_key)
    return _memo(connection.execute(select(memos).where(*where)).mappings().first())


def newest_memo(connection: Connection, tenant: str, step: str) -> Memo | None:
    """Return the memo a step left last."""
    query = select(memos).where(memos.c.tenant == tenant, memos.c.step == step)
    query = query.order_by(desc(memos.c.created_at), desc(memos.c.run_id)).limit(1)
    return _memo(connection.execute(query).mappings().first())


def put_memo(connection: Connection, tenant: str, memo: Memo) -> None:
    """Keep a memo, in the place of an older one under the same key."""
    where = (
        memos.c.tenant == tenant,
        memos.c.step == memo.step,
        memos.c.memo_key == memo.memo_key,
    )
    connection.execute(delete(memos).where(*where))
    row = msgspec.structs.asdict(memo) | {"parts": msgspec.json.encode(memo.parts).decode()}
    connection.execute(insert(memos).values(tenant=tenant, **row))


def dataset_names(connection: Connection, tenant: str) -> list[str]:
    """List the datasets there are."""
    query = select(versions.c.dataset).where(versions.c.tenant == tenant).distinct()
    return sorted(connection.execute(query).scalars())


def _memo(row: RowMapping | None) -> Memo | None:
    if row is None:
        return None
    known: dict[str, Any] = {name: row[name] for name in Memo.__struct_fields__}
    known["parts"] = msgspec.json.decode(row["parts"], type=Parts)
    return Memo(**known)


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
