"""The walk down: from seeds through every derivation to all that was made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from pyroaring import BitMap64
from sqlalchemy import select

from headgate.spine.lineage import batches as batch_readings
from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.reads import Read, by_run, reads_of
from headgate.spine.store import queries
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.reading import segment_ids
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.store.tables import derivations

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.lineage.batches import Batch


class Derived(msgspec.Struct, frozen=True):
    """A batch that a run wrote, and how its rows came from those the run read."""

    rev: int
    run_id: str
    kind: str
    edges: str | None
    n_edges: int


def seed_batches(context: Context, batches: list[Batch]) -> Affected:
    """Take whole batches as bad."""
    affected = Affected(context)
    for batch in batches:
        affected.add(batch.rev, rows_of_batch(context, batch), is_whole=True)
    return affected


def rows_of_batch(context: Context, batch: Batch) -> BitMap64:
    """Return the ids of the rows a batch wrote; rows that were there already are not among them.

    Ids made for a batch are neighbours, so mostly the range tells; only when the batch also
    changed older rows its snapshot is looked through.
    """
    rows = BitMap64()
    if batch.rid_hi - batch.rid_lo == batch.n_rows:
        rows.add_range(batch.rid_lo, batch.rid_hi)
        return rows
    snapshot = find_snapshot(context, batch.dataset, str(batch.number))
    for standing in [snapshot] if snapshot.expired_at is None else _kept(context, batch.dataset):
        for segment in load_manifest(context.blobs, standing.version_id).segments:
            if segment.rev_lo <= batch.rev <= segment.rev_hi:
                rids, revs = segment_ids(context.blobs, segment)
                rows |= BitMap64(rids[revs == batch.rev].astype("u8"))
    return rows


def _kept(context: Context, dataset: str) -> list[Snapshot]:
    """List the snapshots that can be read; rows that stand in none of them reach nothing."""
    with context.catalog.read() as connection:
        found = queries.version_rows(connection, context.tenant, dataset)
    return [one for one in found if one.expired_at is None]


def seed_snapshot(context: Context, snapshot: Snapshot) -> Affected:
    """Take every row of a snapshot as bad, as it stands there."""
    affected = Affected(context)
    for segment in manifest_of(context, snapshot).segments:
        rids, revs = segment_ids(context.blobs, segment)
        for rev in np.unique(revs):
            affected.add(int(rev), BitMap64(rids[revs == rev].astype("u8")))
    return affected


def seed_row(context: Context, rid: int) -> Affected:
    """Take a row as bad in each of its revisions."""
    return Affected(context, any_revision=BitMap64([rid]))


def descend(context: Context, affected: Affected, *, row_by_row: bool = False) -> Affected:
    """Add to the seeds everything made of them, in place; return it.

    Args:
        context: the project.
        affected: the seeds.
        row_by_row: follow only lineage that is known row by row; where no more is known than that
            a run read and wrote, the dataset is named in `coarse_datasets` and none of its rows
            is taken.
    """
    with context.catalog.read() as connection:
        derived = derived_batches(connection, context.tenant)
        reads = by_run(reads_of(connection, context.tenant))
    for batch in derived:
        _reach(context, affected, batch, reads.get(batch.run_id, []), row_by_row=row_by_row)
    return affected


def derived_batches(connection: Connection, tenant: str) -> list[Derived]:
    """List the batches that runs wrote, parents before children."""
    query = select(derivations).where(derivations.c.tenant == tenant).order_by(derivations.c.rev)
    return [
        Derived(**{name: row[name] for name in Derived.__struct_fields__})
        for row in connection.execute(query).mappings()
    ]


def _reach(
    context: Context, affected: Affected, batch: Derived, reads: list[Read], *, row_by_row: bool
) -> None:
    if affected.is_empty:
        return
    if batch.kind == "edges" and batch.edges is not None:
        affected.add(batch.rev, BitMap64(affected.children_in(batch.edges).astype("u8")))
    elif batch.kind == "identity":
        affected.add(batch.rev, BitMap64.union(*(affected.rows_in_read(read) for read in reads)))
    elif batch.kind == "dataset" and any(affected.count_in_read(read) for read in reads):
        with context.catalog.read() as connection:
            whole = batch_readings.by_rev(connection, context.tenant, [batch.rev])
        if not row_by_row:
            affected.add(batch.rev, rows_of_batch(context, whole[0]), is_whole=True)
        affected.coarse_datasets.add(whole[0].dataset)
