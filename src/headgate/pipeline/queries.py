"""The catalog's SQL on runs; the table itself belongs to the store, which lineage stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import desc, insert, select, update

from headgate.pipeline.runs import EndState, RunRecord, SnapshotRef
from headgate.spine.store.tables import runs, versions

if TYPE_CHECKING:
    from datetime import datetime

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
