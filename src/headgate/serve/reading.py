"""Reads the prediction log: one prediction by its id, or the newest of a deployment or release."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.serve import queries
from headgate.serve.capturing.reasons import why_gone
from headgate.serve.deployments import get_deployment
from headgate.serve.ids import locate
from headgate.serve.nouns import Feedback, ListPredictions, Prediction
from headgate.serve.releases import get_release
from headgate.serve.rowrefs import resolve_snapshots, row_refs
from headgate.serve.schema import ROW_IDS, SCHEMA
from headgate.spine.store.erasing.blanking import erased_positions
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.sealed import read_sealed, take_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.queries import Count
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64


class Found(NamedTuple):
    """Rows of one segment: its file, their positions and times, each array of shape (n,)."""

    blob: str
    positions: I64
    at: I64


def show_prediction(context: Context, prediction_id: str) -> Prediction:
    """Return one prediction as logged, with its rows and feedback.

    Raises:
        NotFound: the log has none of that id.
    """
    found = find_prediction(context, prediction_id)
    if found is None:
        raise unknown(prediction_id)
    return found


def find_prediction(context: Context, prediction_id: str) -> Prediction | None:
    """Return one prediction as logged, nothing if there is none of that id."""
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        segments = queries.segment_rows(connection, context.tenant)
        given = queries.feedback_rows(connection, context.tenant, prediction_id=prediction_id)
        policies = queries.capture_policies(connection, context.tenant)
    place = locate(context, segments, prediction_id)
    if place is None:
        return None
    positions = np.array([place.position], np.int64)
    row = take_sealed(context.blobs, place.segment.blob, positions, SCHEMA.names)
    is_blank = place.position in erased_positions(row.schema)
    row = row.replace_schema_metadata(None)
    found = _prediction(context, row, given[::-1])
    policy = policies.get(found.deployment or "")
    return msgspec.structs.replace(found, gone=why_gone(found, policy, is_blank=is_blank))


def is_logged(context: Context, prediction_id: str) -> bool:
    """Say whether the log has a prediction."""
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        segments = queries.segment_rows(connection, context.tenant)
    return locate(context, segments, prediction_id) is not None


def unknown(prediction_id: str) -> NotFound:
    """Say that the log has no such prediction."""
    return NotFound(
        f"no prediction {prediction_id!r} in the log",
        mend="see the newest: headgate prediction list",
    )


def list_predictions(context: Context, request: ListPredictions) -> pa.Table:
    """List predictions of a window [from, to), the newest first.

    Raises:
        NotFound: there is no such deployment or release.
    """
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        if request.deployment is not None:
            get_deployment(connection, context.tenant, request.deployment)
        if request.release is not None:
            get_release(connection, context.tenant, request.release)
        counts = queries.count_rows(
            connection, context.tenant, release_id=request.release, deployment=request.deployment
        )
        blobs = {row.segment: row.blob for row in queries.segment_rows(connection, context.tenant)}
    found = _newest(context, counts, blobs, request)
    return _taken(context, found, request.limit)


def _newest(
    context: Context, counts: Sequence[Count], blobs: dict[str, str], request: ListPredictions
) -> list[Found]:
    """Look through ranges from the newest on, until no other can hold one that is newer."""
    found: list[Found] = []
    times = np.empty(0, np.int64)
    for count in sorted(counts, key=lambda one: one.at_hi, reverse=True):
        if len(times) >= request.limit and micros(count.at_hi) < times[-request.limit]:
            break
        if _is_outside(count, request):
            continue
        part = _in_window(context, count, blobs[count.segment], request)
        found.append(part)
        times = np.sort(np.concatenate([times, part.at]))[-request.limit :]
    return found


def _is_outside(count: Count, request: ListPredictions) -> bool:
    is_before = request.from_ is not None and count.at_hi < request.from_
    return is_before or (request.to is not None and count.at_lo >= request.to)


def _in_window(context: Context, count: Count, blob: str, request: ListPredictions) -> Found:
    """Return the newest rows of a range that lie in the window; a range is sorted by time."""
    ranges = [(count.position, count.position + count.n_rows)]
    column = read_sealed(context.blobs, blob, ["at"], ranges=ranges)["at"]
    at = np.asarray(column.combine_chunks().cast(pa.int64()), np.int64)
    low = 0 if request.from_ is None else int(np.searchsorted(at, micros(request.from_)))
    high = len(at) if request.to is None else int(np.searchsorted(at, micros(request.to)))
    low = max(low, high - request.limit)
    return Found(blob, np.arange(low, max(low, high)) + count.position, at[low : max(low, high)])


def _taken(context: Context, found: Sequence[Found], limit: int) -> pa.Table:
    at = np.concatenate([np.empty(0, np.int64), *(part.at for part in found)])
    positions = np.concatenate([np.empty(0, np.int64), *(part.positions for part in found)])
    owners = np.repeat(np.arange(len(found)), [len(part.at) for part in found])
    order = np.argsort(-at, kind="stable")[:limit]
    tables = [SCHEMA.empty_table()]
    places = [np.empty(0, np.int64)]
    for owner in np.unique(owners[order]):
        mine = np.flatnonzero(owners[order] == owner)
        chosen = positions[order[mine]]
        tables.append(take_sealed(context.blobs, found[owner].blob, chosen, SCHEMA.names))
        places.append(mine)
    backward: Any = pa.array(np.argsort(np.concatenate(places)))
    return pa.concat_tables(tables).take(backward)


def _prediction(context: Context, row: pa.Table, given: Sequence[Feedback]) -> Prediction:
    row, snapshots = resolve_snapshots(context, row)
    refs = row_refs(context, row, snapshots)
    values: dict[str, Any] = row.to_pylist()[0]
    for name in ("input", "output", "extra"):
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    for name in ROW_IDS:
        values[name] = tuple(values[name] or ())
    values["extra"] = values["extra"] or {}
    pairs = tuple((int(rid), int(rev)) for rid, rev in zip(refs.rids, refs.revs, strict=True))
    return Prediction(**values, row_revisions=pairs, feedback=tuple(given))


def micros(moment: datetime) -> int:
    """Return a moment as the log counts it: microseconds since 1970."""
    return pa.scalar(moment, pa.timestamp("us", "UTC")).cast(pa.int64()).as_py()
