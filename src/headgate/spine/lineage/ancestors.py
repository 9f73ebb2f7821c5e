"""The walk up, one step at a time: what rows, snapshots, runs and sources came from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from sqlalchemy import select

from headgate.core.errors import NotFound
from headgate.core.times import render
from headgate.spine.lineage import batches as batch_readings
from headgate.spine.lineage.batches import Batch
from headgate.spine.lineage.reads import Read, reads_of
from headgate.spine.store import queries
from headgate.spine.store.edges import read_edges
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.reading import read_ids, segment_ids
from headgate.spine.store.snapshots import manifest_of
from headgate.spine.store.tables import derivations, runs

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context


class Standing(msgspec.Struct, frozen=True):
    """A newest snapshot that holds a row, and the batch that wrote what the row says there."""

    snapshot: str
    batch: Batch


class RowFacts(msgspec.Struct, frozen=True):
    """Where a row came from.

    Args:
        parents: row ids it was made of; empty for a row that a source brought.
        stands_in: the newest snapshots that hold it, and who wrote its content there.
    """

    dataset: str
    number: int
    source: str | None
    uri: str | None
    arrived_at: datetime
    run: str | None
    parents: tuple[int, ...]
    stands_in: tuple[Standing, ...]


class Origins(msgspec.Struct, frozen=True):
    """What the rows of a snapshot came with: rows by source, by run, and by hand."""

    n_by_source: dict[str, int]
    n_by_run: dict[str, int]
    n_by_hand: int


def of_row(context: Context, rid: int) -> RowFacts | None:
    """Tell where a row came from, nothing if there is none of that id."""
    with context.catalog.read() as connection:
        found = batch_readings.of_row(connection, context.tenant, rid)
        names = queries.dataset_names(connection, context.tenant)
        newest = [
            queries.version_by_number(
                connection,
                context.tenant,
                name,
                queries.head_number(connection, context.tenant, name),
            )
            for name in names
        ]
    if not found:
        return None
    batch = found[0]
    return RowFacts(
        dataset=batch.dataset,
        number=batch.number,
        source=batch.source,
        uri=batch.uri,
        arrived_at=batch.arrived_at,
        run=batch.run_id,
        parents=_parents(context, batch, rid),
        stands_in=_standing(context, [one for one in newest if one], rid),
    )


def of_snapshot(context: Context, snapshot: Snapshot) -> Origins:
    """Count a snapshot's rows by what wrote their content."""
    _, revs = read_ids(context.blobs, manifest_of(context, snapshot))
    numbers, counts = np.unique(revs, return_counts=True)
    with context.catalog.read() as connection:
        known = batch_readings.by_rev(connection, context.tenant, numbers.tolist())
    batches = {batch.rev: batch for batch in known}
    by_source: dict[str, int] = {}
    by_run: dict[str, int] = {}
    by_hand = 0
    for rev, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        batch = batches[rev]
        if batch.source is not None:
            by_source[batch.source] = by_source.get(batch.source, 0) + count
        elif batch.run_id is not None:
            by_run[batch.run_id] = by_run.get(batch.run_id, 0) + count
        else:
            by_hand += count
    return Origins(n_by_source=by_source, n_by_run=by_run, n_by_hand=by_hand)


def of_run(context: Context, run_id: str) -> tuple[dict[str, Any], list[Read]]:
    """Tell what a run was and what it read.

    Raises:
        NotFound: there is no such run.
    """
    query = select(runs).where(runs.c.tenant == context.tenant, runs.c.run_id == run_id)
    with context.catalog.read() as connection:
        row = connection.execute(query).mappings().first()
        reads = reads_of(connection, context.tenant, [run_id])
    if row is None:
        raise NotFound(f"no run {run_id}", mend="see: headgate run list")
    facts = {name: row[name] for name in ("name", "state", "actor", "code_hash")}
    facts["started_at"] = render(row["started_at"])
    return facts, reads


def of_source(context: Context, name: str) -> dict[str, Any] | None:
    """Tell what a source has brought, nothing if there is none of that name."""
    with context.catalog.read() as connection:
        counts = batch_readings.count_by_source(connection, context.tenant)
    if name not in counts:
        return None
    n_batches, n_rows, last = counts[name]
    return {"n_batches": n_batches, "n_rows": n_rows, "last_arrived_at": render(last)}


def _parents(context: Context, batch: Batch, rid: int) -> tuple[int, ...]:
    query = select(derivations.c.edges).where(
        derivations.c.tenant == context.tenant, derivations.c.rev == batch.rev
    )
    with context.catalog.read() as connection:
        key = connection.execute(query).scalar()
    if key is None:
        return ()
    parents, _, children = read_edges(context.blobs, key)
    return tuple(np.unique(parents[children == rid]).tolist())


def _standing(context: Context, newest: list[Snapshot], rid: int) -> tuple[Standing, ...]:
    revs = {f"{one.dataset}@{one.number}": _rev_of(context, one, rid) for one in newest}
    wanted = sorted({rev for rev in revs.values() if rev is not None})
    with context.catalog.read() as connection:
        found = batch_readings.by_rev(connection, context.tenant, wanted)
    batches = {batch.rev: batch for batch in found}
    return tuple(
        Standing(snapshot=name, batch=batches[rev]) for name, rev in revs.items() if rev in batches
    )


def _rev_of(context: Context, snapshot: Snapshot, rid: int) -> int | None:
    """Return the batch that wrote a row's content in a snapshot, nothing if it has no such row."""
    for segment in load_manifest(context.blobs, snapshot.version_id).segments:
        if segment.rid_lo <= rid <= segment.rid_hi:
            rids, revs = segment_ids(context.blobs, segment)
            places = np.flatnonzero(rids == rid)
            if len(places):
                return int(revs[places[0]])
    return None
