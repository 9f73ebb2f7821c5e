"""Where rows wait that could not pass: each with its object, line, raw text and reason."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert, select

from headgate.core.errors import NotFound
from headgate.spine.store import queries
from headgate.spine.store.canonical import content_digest
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.tables import batches, quarantined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from headgate.core.plugins import Rejected
    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs

SCHEMA = pa.schema(
    [
        ("batch", pa.int64()),
        ("uri", pa.string()),
        ("line", pa.int64()),
        ("raw", pa.string()),
        ("reason", pa.string()),
    ]
)


class Waiting(msgspec.Struct, frozen=True):
    """The rows of one batch that wait."""

    dataset: str
    rev: int
    source: str | None
    uri: str | None
    n_rows: int
    arrived_at: datetime
    blob: str


def keep(blobs: Blobs, rev: int, uri: str | None, rejected: Sequence[Rejected]) -> str:
    """Write a batch's rejected records and return their key."""
    table = pa.Table.from_pylist(
        [
            {"batch": rev, "uri": uri, "line": row.line, "raw": row.raw, "reason": row.reason}
            for row in rejected
        ],
        schema=SCHEMA,
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    digest = content_digest(table)
    key = f"quarantine/{digest[:2]}/{digest}.parquet"
    blobs.put(key, sink.getvalue())
    return key


def put(connection: Connection, tenant: str, row: dict[str, Any]) -> None:
    """Name a batch's waiting rows in the catalog: their dataset, rev, blob and n_rows."""
    connection.execute(insert(quarantined).values(tenant=tenant, **row))


def listed(connection: Connection, tenant: str, dataset: str | None = None) -> list[Waiting]:
    """List the batches that have waiting rows, the oldest first."""
    same_batch = (quarantined.c.tenant == batches.c.tenant) & (quarantined.c.rev == batches.c.rev)
    query = (
        select(quarantined, batches.c.source, batches.c.uri, batches.c.arrived_at)
        .join(batches, same_batch)
        .where(quarantined.c.tenant == tenant)
        .order_by(quarantined.c.rev)
    )
    if dataset is not None:
        query = query.where(quarantined.c.dataset == dataset)
    return [
        Waiting(
            dataset=row["dataset"],
            rev=row["rev"],
            source=row["source"],
            uri=row["uri"],
            n_rows=row["n_rows"],
            arrived_at=row["arrived_at"],
            blob=row["blob"],
        )
        for row in connection.execute(query).mappings()
    ]


def read(context: Context, dataset: str, batch: int | None = None) -> pa.Table:
    """Read the waiting rows of a dataset, or of one batch of it.

    Returns:
        Columns batch, uri, line, raw, reason.

    Raises:
        NotFound: there is no such dataset, or the batch has none.
    """
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        known = queries.dataset_names(connection, context.tenant)
        if dataset not in known:
            raise NotFound.among("dataset", dataset, known)
        waiting = listed(connection, context.tenant, dataset)
    chosen = [entry for entry in waiting if batch in (None, entry.rev)]
    if batch is not None and not chosen:
        raise NotFound.among(
            f"batch with quarantined rows of {dataset}",
            str(batch),
            [str(entry.rev) for entry in waiting],
        )
    tables = [pq.read_table(context.blobs.locate(entry.blob), schema=SCHEMA) for entry in chosen]
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()
