"""The rows of a dataset by the time they arrived, as they were when they did.

A batch is read from the snapshot it came with, so that later changes do not alter what a window
held. Where that has expired, what is left of the batch in the newest snapshot is read.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.spine.lineage import batches as batch_readings
from headgate.spine.store import queries
from headgate.spine.store.reading import read_where, segment_ids
from headgate.spine.store.refs import ancestry, steps_of
from headgate.spine.store.segments import RID, SEGMENT_ROWS
from headgate.spine.store.settling import as_kind, common
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from headgate.spine.context import Context
    from headgate.spine.lineage.batches import Batch
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.store.segments import I64

AT = "at"
OWN_AT = "own.at"
MOMENT = pa.timestamp("us", "UTC")


class Arrived(NamedTuple):
    """Batches that came with one snapshot, and where their rows are read."""

    manifest: Manifest
    batches: tuple[Batch, ...]


def rows(
    context: Context, dataset: str, window: tuple[datetime, datetime], columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Read the rows that arrived in a window [since, until), the earliest first.

    Raises:
        NotFound: there is no such dataset.
    """
    arrived = list(_arrived(context, dataset, window))
    kinds = _kinds(arrived, columns)
    return (
        part
        for one in arrived
        for batch in one.batches
        for part in _parts(context, one.manifest, batch, kinds)
    )


def span(context: Context, dataset: str) -> tuple[datetime, datetime] | None:
    """Say when the first and the last batch arrived; nothing if there is none.

    Raises:
        NotFound: there is no such dataset.
    """
    times = [batch.arrived_at for batch in _batches(context, dataset, None)]
    return (min(times), max(times)) if times else None


def renamed(name: str) -> str:
    """Return under which name a column stands beside our `at`."""
    return OWN_AT if name == AT else name


def _batches(
    context: Context, dataset: str, window: tuple[datetime, datetime] | None
) -> list[Batch]:
    """List the batches that came into the main branch, the earliest first."""
    head = find_snapshot(context, dataset)
    with context.catalog.read() as connection:
        standing = ancestry(steps_of(connection, context.tenant, dataset), head.number)
        found = batch_readings.of_dataset(
            connection, context.tenant, dataset, None if window is None else window[0]
        )
    until = None if window is None else window[1]
    kept = [
        one
        for one in found
        if one.number in standing and one.n_rows and (until is None or one.arrived_at < until)
    ]
    return sorted(kept, key=lambda one: (one.arrived_at, one.rev))


def _arrived(
    context: Context, dataset: str, window: tuple[datetime, datetime]
) -> Iterator[Arrived]:
    for number, batches in groupby(_batches(context, dataset, window), lambda one: one.number):
        with context.catalog.read() as connection:
            snapshot = queries.version_by_number(connection, context.tenant, dataset, number)
        if snapshot is None or snapshot.expired_at is not None:
            snapshot = find_snapshot(context, dataset)
        yield Arrived(manifest_of(context, snapshot), tuple(batches))


def _kinds(arrived: Sequence[Arrived], columns: Sequence[str]) -> dict[str, pa.DataType]:
    """Find for each column asked for the type that holds it in the whole window."""
    kinds: dict[str, pa.DataType] = {}
    for one in arrived:
        for field in one.manifest.schema:
            if not columns or renamed(field.name) in columns:
                kind: pa.DataType = field.type
                kinds[field.name] = common(kinds.get(field.name, kind), kind)
    return kinds


def _parts(
    context: Context, manifest: Manifest, batch: Batch, kinds: dict[str, pa.DataType]
) -> Iterator[pa.Table]:
    rids = _rids(context, manifest, batch.rev)
    names = [name for name in kinds if name in manifest.schema.names]
    for start in range(0, len(rids), SEGMENT_ROWS):
        some = rids[start : start + SEGMENT_ROWS]
        held = read_where(context.blobs, manifest, some, names, own=[RID])
        found: dict[str, Any] = {AT: pa.nulls(held.num_rows).cast(MOMENT)}
        found[AT] = found[AT].fill_null(pa.scalar(batch.arrived_at, MOMENT))
        for name, kind in kinds.items():
            given: Any = held[name].combine_chunks() if name in names else pa.nulls(held.num_rows)
            found[renamed(name)] = as_kind(given, kind)
        yield pa.table(found)


def _rids(context: Context, manifest: Manifest, rev: int) -> I64:
    """Return the ids of the rows that a batch wrote, ascending."""
    found = [np.empty(0, np.int64)]
    for segment in manifest.segments:
        if segment.rev_lo <= rev <= segment.rev_hi:
            rids, revs = segment_ids(context.blobs, segment)
            found.append(rids[revs == rev])
    return np.sort(np.concatenate(found))
