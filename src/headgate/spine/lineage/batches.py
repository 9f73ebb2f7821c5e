"""Readings of the batches: what each source brought, and which batch a row came with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from sqlalchemy import case, func, select

from headgate.spine.store.chunks import chunks
from headgate.spine.store.tables import batches, derivations

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement, Connection


class Batch(msgspec.Struct, frozen=True):
    """Rows that came together: their number, origin and the range of ids made for them.

    Args:
        released_from: the batch in whose quarantine they waited, and whose origin they keep.
    """

    rev: int
    dataset: str
    number: int
    kind: str
    source: str | None
    uri: str | None
    digest: str | None
    rid_lo: int
    rid_hi: int
    n_rows: int
    n_quarantined: int
    run_id: str | None
    arrived_at: datetime
    released_from: int | None


def of_source(
    connection: Connection,
    tenant: str,
    source: str,
    window: tuple[datetime | None, datetime | None],
) -> list[Batch]:
    """List a source's batches that arrived in a window [from, to)."""
    clauses = [batches.c.source == source]
    if window[0] is not None:
        clauses.append(batches.c.arrived_at >= window[0])
    if window[1] is not None:
        clauses.append(batches.c.arrived_at < window[1])
    return _listed(connection, tenant, clauses)


def of_run(connection: Connection, tenant: str, run_id: str) -> list[Batch]:
    """List the batches a run wrote."""
    return _listed(connection, tenant, [batches.c.run_id == run_id])


def of_dataset(
    connection: Connection, tenant: str, dataset: str, since: datetime | None
) -> list[Batch]:
    """List the batches that came into a dataset since a moment, or ever."""
    clauses = [batches.c.dataset == dataset]
    if since is not None:
        clauses.append(batches.c.arrived_at >= since)
    return _listed(connection, tenant, clauses)


def arrivals(
    connection: Connection, tenant: str, dataset: str, *, limit: int
) -> list[tuple[int, datetime, int]]:
    """Say when rows came into a dataset, on whatever branch, the newest first.

    Returns:
        Of each batch with rows the snapshot it came with, when it arrived, and its rows [count].
    """
    query = (
        select(batches.c.number, batches.c.arrived_at, batches.c.n_rows)
        .where(batches.c.tenant == tenant, batches.c.dataset == dataset, batches.c.n_rows > 0)
        .order_by(batches.c.arrived_at.desc(), batches.c.rev.desc())
        .limit(limit)
    )
    return [(row.number, row.arrived_at, row.n_rows) for row in connection.execute(query)]


def of_row(connection: Connection, tenant: str, rid: int) -> list[Batch]:
    """Return the batch for which a row's id was made, alone in a list, or nothing."""
    return _listed(connection, tenant, [batches.c.rid_lo <= rid, batches.c.rid_hi > rid])


def minted_for(
    connection: Connection, tenant: str, dataset: str, rids: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say of some row ids whether they were made for rows of a dataset, shape (n,)."""
    query = select(batches.c.rid_lo, batches.c.rid_hi).where(
        batches.c.tenant == tenant,
        batches.c.dataset == dataset,
        batches.c.rid_lo <= int(rids.max()),
        batches.c.rid_hi > int(rids.min()),
        batches.c.rid_hi > batches.c.rid_lo,
    )
    ranges = connection.execute(query.order_by(batches.c.rid_lo)).all()
    if not ranges:
        return np.zeros(len(rids), np.bool_)
    lows, highs = np.asarray([tuple(one) for one in ranges], np.int64).T
    place = np.searchsorted(lows, rids, side="right") - 1
    return (place >= 0) & (rids < highs[np.maximum(place, 0)])


def ways_of(
    connection: Connection, tenant: str, revs: list[int]
) -> dict[int, tuple[str, str | None]]:
    """Return for batches that runs wrote how their rows came about, and the edges if they are kept.

    Returns:
        By batch: `edges`, `identity` or `dataset`, and the key of the edge segment.
    """
    query = select(derivations.c.rev, derivations.c.kind, derivations.c.edges).where(
        derivations.c.tenant == tenant, derivations.c.rev.in_(revs)
    )
    return {rev: (kind, edges) for rev, kind, edges in connection.execute(query)}


def by_rev(connection: Connection, tenant: str, revs: list[int]) -> list[Batch]:
    """List batches by number."""
    return [
        one
        for some in chunks(sorted(set(revs)))
        for one in _listed(connection, tenant, [batches.c.rev.in_(some)])
    ]


def source_names(connection: Connection, tenant: str) -> list[str]:
    """List the names of sources that brought something."""
    query = select(batches.c.source).where(
        batches.c.tenant == tenant, batches.c.source.is_not(None)
    )
    return sorted(connection.execute(query.distinct()).scalars())


def count_by_source(connection: Connection, tenant: str) -> dict[str, tuple[int, int, datetime]]:
    """Return for each source its objects, its rows and when the last arrived."""
    query = (
        select(
            batches.c.source,
            func.count(case((batches.c.released_from.is_(None), 1))),
            func.sum(batches.c.n_rows),
            func.max(batches.c.arrived_at),
        )
        .where(batches.c.tenant == tenant, batches.c.source.is_not(None))
        .group_by(batches.c.source)
    )
    return {row[0]: (row[1], int(row[2]), row[3]) for row in connection.execute(query)}


def _listed(connection: Connection, tenant: str, clauses: list[ColumnElement[bool]]) -> list[Batch]:
    query = select(batches).where(batches.c.tenant == tenant, *clauses).order_by(batches.c.rev)
    names = Batch.__struct_fields__
    return [
        Batch(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()
    ]
