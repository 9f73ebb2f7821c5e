"""Where records wait that could not pass: each with its object, line, raw text and reason.

A record is known by its batch and its number in it, counted from 1 in the order in which it was
kept out. Its file is never written anew, except that an erasure blanks it; what is done with
records later stands in `headgate.spine.store.quarantine_deeds`.
"""

from __future__ import annotations

import base64
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap
from sqlalchemy import insert, select

from headgate.core.errors import NotFound
from headgate.core.plugins import LINE
from headgate.spine.store import queries
from headgate.spine.store.canonical import content_digest
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.sealed import GROUP_ROWS
from headgate.spine.store.segments import OWN
from headgate.spine.store.tables import batches, quarantined
from headgate.spine.writes import PARENTS, Mode, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, RowMapping

    from headgate.core.plugins import Rejected
    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.writes import Part

SCHEMA = pa.schema(
    [
        ("batch", pa.int64()),
        ("uri", pa.string()),
        ("line", pa.int64()),
        ("raw", pa.string()),
        ("reason", pa.string()),
    ]
)
_OF_BATCH = ("kind", "run_id", "source", "uri", "arrived_at")
TOLD = b"headgate.told"
"""Metadata of a file of records: how they came, as JSON."""
ERASED = "erased"
"""Name of the reason of a record that an erasure blanked."""


class Told(msgspec.Struct, frozen=True):
    """How the records of a batch came, so that they can be tried again as if they had passed.

    Args:
        uri: the object they were read from.
        mode: how the batch's rows went in.
        key: the key that was named for them.
        branch: where they wanted to go.
        way: how their text is read again; nothing if that cannot be done.
    """

    uri: str | None = None
    mode: Mode = "append"
    key: tuple[str, ...] = ()
    branch: str = queries.HEAD
    way: Way | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A batch some of whose records were kept out.

    Args:
        kind: `ingest` from a source, `commit` by hand, `derive` by a run.
        run_id: the run that made them.
        n_rows: how many were kept out when it came.
        n_released: how many of them became rows since.
        n_discarded: how many were set aside since.
        released: numbers of those that became rows.
        discarded: numbers of those that were set aside.
        reasons: those that wait by the name of their reason; nothing if nobody has counted.
    """

    dataset: str
    rev: int
    kind: Literal["ingest", "commit", "derive"]
    run_id: str | None
    source: str | None
    uri: str | None
    n_rows: int
    arrived_at: datetime
    blob: str
    n_released: int
    n_discarded: int
    released: BitMap
    discarded: BitMap
    reasons: dict[str, int] | None

    @property
    def n_waiting(self) -> int:
        """How many wait now."""
        return self.n_rows - self.n_released - self.n_discarded


def way_of(part: Part) -> Way | None:
    """Say how the text of a batch's records is read again; those written by hand are JSON."""
    if part.way is not None or part.origin.kind == "ingest":
        return part.way
    names = [name for name in part.rows.column_names if name not in {*OWN, LINE, PARENTS}]
    return typed_way("", part.rows.select(names))


def typed_way(connector: str, rows: pa.Table) -> Way:
    """Write down that records are kept as JSON, and the types their columns had."""
    types = rows.schema.remove_metadata().serialize()
    names = tuple(rows.column_names)
    return Way(connector, {}, names, base64.b64encode(types.to_pybytes()).decode())


def keep(blobs: Blobs, rev: int, rejected: Sequence[Rejected], told: Told) -> str:
    """Write a batch's rejected records and return their key."""
    table = pa.Table.from_pylist(
        [
            {"batch": rev, "uri": told.uri, "line": row.line, "raw": row.raw, "reason": row.reason}
            for row in rejected
        ],
        schema=SCHEMA,
    )
    return put_table(
        blobs, table.replace_schema_metadata({TOLD: msgspec.json.encode(told, order="sorted")})
    )


def put_table(blobs: Blobs, table: pa.Table) -> str:
    """Write records to a file of the quarantine and return its key."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=GROUP_ROWS)
    digest = content_digest(table)
    key = f"quarantine/{digest[:2]}/{digest}.parquet"
    blobs.put(key, sink.getvalue())
    return key


def told_of(blobs: Blobs, key: str) -> Told | None:
    """Read how a batch's records came; nothing of one kept before that was written down."""
    metadata = pq.read_schema(blobs.locate(key)).metadata or {}
    return msgspec.json.decode(metadata[TOLD], type=Told) if TOLD in metadata else None


def put(connection: Connection, tenant: str, row: dict[str, Any]) -> None:
    """Name a batch's waiting rows in the catalog: their dataset, rev, blob, n_rows and reasons."""
    connection.execute(insert(quarantined).values(tenant=tenant, **row))


def name_of(reason: str | None) -> str:
    """Return the name of a reason; what follows the colon may hold what the record held.

    >>> name_of("fields: 2 instead of 4")
    'fields'
    """
    return ERASED if reason is None else reason.split(":", 1)[0]


def names_of(reasons: Iterable[str | None]) -> dict[str, int]:
    """Count reasons by their name."""
    return dict(Counter(map(name_of, reasons)))


def counted(reasons: Iterable[str | None]) -> str:
    """Count reasons by their name, as the catalog keeps it."""
    return msgspec.json.encode(names_of(reasons), order="sorted").decode()


def listed(
    connection: Connection, tenant: str, dataset: str | None = None, rev: int | None = None
) -> list[Waiting]:
    """List the batches of which records were kept out, the oldest first, or one of them."""
    same_batch = (quarantined.c.tenant == batches.c.tenant) & (quarantined.c.rev == batches.c.rev)
    query = (
        select(quarantined, *(batches.c[name] for name in _OF_BATCH))
        .join(batches, same_batch)
        .where(quarantined.c.tenant == tenant)
        .order_by(quarantined.c.rev)
    )
    if dataset is not None:
        query = query.where(quarantined.c.dataset == dataset)
    if rev is not None:
        query = query.where(quarantined.c.rev == rev)
    return [_waiting(row) for row in connection.execute(query).mappings()]


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(
        dataset=row["dataset"],
        rev=row["rev"],
        kind=row["kind"],
        run_id=row["run_id"],
        source=row["source"],
        uri=row["uri"],
        n_rows=row["n_rows"],
        arrived_at=row["arrived_at"],
        blob=row["blob"],
        n_released=row["n_released"],
        n_discarded=row["n_discarded"],
        released=bitmap(row["released"]),
        discarded=bitmap(row["discarded"]),
        reasons=msgspec.json.decode(row["reasons"]) if row["reasons"] else None,
    )


def bitmap(data: bytes | None) -> BitMap:
    """Read a bitmap as the catalog keeps it."""
    return BitMap() if data is None else BitMap.deserialize(bytes(data))


def chosen_of(
    connection: Connection, context: Context, dataset: str, batch: int | None = None
) -> list[Waiting]:
    """List the batches of a dataset of which records were kept out, or the one that is named.

    Raises:
        NotFound: there is no such dataset, or the batch has none.
    """
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
    return chosen


def read(context: Context, dataset: str, batch: int | None = None) -> pa.Table:
    """Read the records of a dataset as they were kept out, or those of one batch of it.

    Returns:
        Columns batch, uri, line, raw, reason.

    Raises:
        NotFound: there is no such dataset, or the batch has none.
    """
    with context.catalog.read() as connection:
        chosen = chosen_of(connection, context, dataset, batch)
    tables = [pq.read_table(context.blobs.locate(entry.blob), schema=SCHEMA) for entry in chosen]
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()
