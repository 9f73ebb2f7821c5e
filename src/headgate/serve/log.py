"""Logs predictions: fits them, finds what they name, seals them, and names them in the catalog.

The long part is done without a lock. Under the lock only segments that others added meanwhile
are looked through for the same ids; if there are such, all is done again without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import NotFound
from headgate.serve import queries
from headgate.serve.capturing.applying import captured
from headgate.serve.ids import check_distinct, hash_ids, known_ids, mint_ids
from headgate.serve.merging import merge_small
from headgate.serve.nouns import LogPredictions, LogReport
from headgate.serve.rowrefs import resolve_snapshots, row_refs
from headgate.serve.salts import salt_for
from headgate.serve.schema import fit, whole, with_column
from headgate.serve.sealing import SealedPredictions, seal, with_users
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.serve.capturing.sketches import Key, Sketch
    from headgate.serve.nouns import Move
    from headgate.serve.queries import Segment
    from headgate.spine.context import Context
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.segments import I64

NONE = "-"
"""How an event names the deployment or release that is not known."""


class Ready(NamedTuple):
    """Predictions that can be sealed.

    Args:
        table: fitted, each with its id.
        hashes: of their ids, shape (n,).
        places: where they stood in the call, shape (n,).
        has_own_id: whether some brought their own id.
    """

    table: pa.Table
    hashes: U64
    places: I64
    has_own_id: bool


class Writing(NamedTuple):
    """A segment that is written, and what was counted of predictions that keep nothing."""

    sealed: SealedPredictions
    sketches: dict[Key, Sketch]


def log_predictions(context: Context, request: LogPredictions, rows: pa.Table) -> LogReport:
    """Write predictions to the log; those that are there by their id are skipped.

    Raises:
        Invalid: a value is of the wrong type, an id stands in the call twice, or a row is not in
            the snapshot its prediction names.
        NotFound: a deployment, release or snapshot does not exist.
    """
    fitted = fit(rows, request)
    ready = _with_ids(_with_releases(context, fitted.table))
    logged = None
    seen: list[Segment] = []
    while logged is None and ready.table.num_rows:
        seen, ready = _without_known(context, ready)
        if ready.table.num_rows:
            written = captured(context, ready.table)
            sealed = _sealed(context, ready._replace(table=written.table))
            logged = _publish(context, Writing(sealed, written.sketches), ready, seen)
    if logged is not None:
        merge_small(context)
    return LogReport(
        n_logged=ready.table.num_rows,
        n_skipped=rows.num_rows - ready.table.num_rows,
        segment=logged,
        extra=fitted.extra,
    )


def _with_releases(context: Context, table: pa.Table) -> pa.Table:
    """Check the names rows give, and give each the release its deployment had at its time."""
    with context.catalog.read() as connection:
        moves = queries.moves_of(connection, context.tenant, _distinct(table, "deployment"))
        there = [one.name for one in queries.deployment_rows(connection, context.tenant)]
        _check_known(table, "deployment", there)
        _check_known(table, "release", queries.release_ids(connection, context.tenant))
    deployment, release, at = (whole(table, name) for name in ("deployment", "release", "at"))
    if not release.null_count:
        return table
    standing: Any = pa.nulls(table.num_rows, pa.string())
    for name, moved in moves.items():
        is_its: Any = pc.equal(deployment, pa.scalar(name))
        chosen = pc.and_(is_its.fill_null(pa.scalar(value=False)), release.is_null())
        standing = pc.replace_with_mask(standing, chosen, _standing(moved, at.filter(chosen)))
    return with_column(table, "release", pc.coalesce(release, standing))


def _standing(moves: Sequence[Move], at: Any) -> Any:
    """Return the release a deployment pointed at at some times; null before its first move."""
    moments = pa.array([move.at for move in moves], at.type).cast(pa.int64())
    place = np.searchsorted(moments.to_numpy(), at.cast(pa.int64()).to_numpy(), side="right") - 1
    releases = pa.array([*(move.to_release for move in moves), None], pa.string())
    chosen: Any = pa.array(np.where(place < 0, len(moves), place))
    return releases.take(chosen)


def _with_ids(table: pa.Table) -> Ready:
    ids = whole(table, "prediction_id")
    has_own_id = ids.null_count < len(ids)
    if ids.null_count:
        ids = pc.replace_with_mask(ids, ids.is_null(), mint_ids(ids.null_count))
    hashes = hash_ids(ids)
    if has_own_id:
        check_distinct(ids, hashes)
    table = with_column(table, "prediction_id", ids)
    return Ready(table, hashes, np.arange(len(ids), dtype=np.int64), has_own_id)


def _without_known(context: Context, ready: Ready) -> tuple[list[Segment], Ready]:
    """Leave out what the log holds already; return the segments looked through."""
    with context.catalog.read() as connection:
        segments = queries.segment_rows(connection, context.tenant)
    if not ready.has_own_id:
        return segments, ready
    ids = whole(ready.table, "prediction_id")
    known = known_ids(context, segments, ids, ready.hashes)
    if not len(known):
        return segments, ready
    fresh = np.ones(len(ids), np.bool_)
    fresh[known] = False
    table = ready.table.filter(pa.array(fresh))
    return segments, Ready(table, ready.hashes[fresh], ready.places[fresh], has_own_id=True)


def _sealed(context: Context, ready: Ready) -> SealedPredictions:
    table, snapshots = resolve_snapshots(context, ready.table)
    refs = row_refs(context, table, snapshots, places=ready.places)
    return seal(context.blobs, with_users(table, salt_for(context, "users")), ready.hashes, refs)


def _publish(
    context: Context, writing: Writing, ready: Ready, seen: Sequence[Segment]
) -> str | None:
    """Name a segment in the catalog; nothing if others logged some of its ids meanwhile."""
    context.blobs.settle()
    sealed = writing.sealed
    names = {segment.segment for segment in seen}
    with Work(context) as work:
        added = [
            segment
            for segment in queries.segment_rows(work.connection, context.tenant)
            if segment.segment not in names
        ]
        if added and ready.has_own_id:
            ids = whole(ready.table, "prediction_id")
            if len(known_ids(context, added, ids, ready.hashes)):
                return None
        work.require(*sealed.names)
        queries.put_segment(work.connection, context.tenant, sealed.segment, sealed.counts)
        queries.add_sketches(work.connection, context.tenant, writing.sketches)
        _record(work, sealed)
    return sealed.segment.segment


def _record(work: Work, sealed: SealedPredictions) -> None:
    """Record one event for each deployment, with counts alone."""
    by_deployment: dict[str, dict[str, int]] = {}
    for count in sealed.counts:
        by_release = by_deployment.setdefault(count.deployment or NONE, {})
        release = count.release_id or NONE
        by_release[release] = by_release.get(release, 0) + count.n_rows
    for deployment, by_release in by_deployment.items():
        payload: dict[str, object] = {
            "segment": sealed.segment.segment,
            "n_rows": sum(by_release.values()),
            "by_release": by_release,
        }
        work.record("predictions_logged", f"deployment:{deployment}", payload)


def _distinct(table: pa.Table, name: str) -> list[str]:
    return [value for value in pc.unique(table[name]).to_pylist() if value is not None]


def _check_known(table: pa.Table, name: str, known: Iterable[str]) -> None:
    there = set(known)
    for value in _distinct(table, name):
        if value not in there:
            row = pc.index(table[name], value).as_py()
            told = NotFound.among(name, value, there)
            raise NotFound(f"{told.message} (column {name!r}, row {row})", mend=told.mend)
