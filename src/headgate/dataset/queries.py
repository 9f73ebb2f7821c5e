"""The stage's SQL: exports, and what was imported from where."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, insert, select, update

from headgate.spine.store.chunks import chunks
from headgate.spine.store.tables import batches, datasets, erased, erasures, exports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class ExportRecord(msgspec.Struct, frozen=True):
    """An export as the catalog keeps it."""

    export_id: str
    dataset: str
    number: int
    version_id: str
    format: str
    place: str
    n_rows: int
    is_mirror: bool
    exported_at: datetime
    exported_by: str


def put_export(connection: Connection, tenant: str, record: ExportRecord) -> None:
    """Add an export."""
    values = msgspec.structs.asdict(record)
    connection.execute(insert(exports).values(tenant=tenant, **values))


def renew_export(connection: Connection, tenant: str, record: ExportRecord) -> None:
    """Say that an export was written anew at its place."""
    chosen = (exports.c.tenant == tenant) & (exports.c.export_id == record.export_id)
    fresh = {"exported_at": record.exported_at, "exported_by": record.exported_by}
    connection.execute(update(exports).where(chosen).values(**fresh))


def export_at(connection: Connection, tenant: str, place: str) -> ExportRecord | None:
    """Return the newest export to a place, or nothing."""
    query = select(exports).where(exports.c.tenant == tenant, exports.c.place == place)
    row = connection.execute(query.order_by(exports.c.exported_at.desc())).mappings().first()
    if row is None:
        return None
    return ExportRecord(**{name: row[name] for name in ExportRecord.__struct_fields__})


def erased_at(connection: Connection, tenant: str, keys: Sequence[str]) -> datetime | None:
    """Return when rows were last erased from any of some blobs, or nothing."""
    moment: datetime | None = None
    for some in chunks(keys):
        query = (
            select(func.max(erasures.c.erased_at))
            .join(
                erased,
                (erased.c.receipt_id == erasures.c.receipt_id)
                & (erased.c.tenant == erasures.c.tenant),
            )
            .where(erasures.c.tenant == tenant, erased.c.blob.in_(some))
        )
        found = connection.execute(query).scalar()
        moment = found if moment is None or (found is not None and found > moment) else moment
    return moment


def imported_uris(connection: Connection, tenant: str, dataset: str) -> set[str]:
    """Return the addresses that batches of a dataset were read from."""
    query = select(batches.c.uri).where(
        batches.c.tenant == tenant, batches.c.dataset == dataset, batches.c.uri.is_not(None)
    )
    return {row.uri for row in connection.execute(query)}


def sources_of(connection: Connection, tenant: str, dataset: str, number: int) -> tuple[str, ...]:
    """Name the sources that a dataset's rows came from, up to a snapshot."""
    query = select(batches.c.source).where(
        batches.c.tenant == tenant,
        batches.c.dataset == dataset,
        batches.c.number <= number,
        batches.c.source.is_not(None),
    )
    return tuple(sorted({row.source for row in connection.execute(query)}))


def table_names(connection: Connection, tenant: str) -> list[str]:
    """List the datasets that are tables, by name."""
    query = select(datasets.c.name).where(datasets.c.tenant == tenant, datasets.c.kind == "table")
    return [row.name for row in connection.execute(query.order_by(datasets.c.name))]


def mirrored_numbers(connection: Connection, tenant: str, dataset: str, folder: str) -> set[int]:
    """Return the numbers of a dataset's snapshots that lie in a folder of mirrors."""
    query = select(exports.c.number, exports.c.place).where(
        exports.c.tenant == tenant, exports.c.dataset == dataset, exports.c.is_mirror
    )
    return {
        row.number for row in connection.execute(query) if row.place == f"{folder}/{row.number}"
    }
