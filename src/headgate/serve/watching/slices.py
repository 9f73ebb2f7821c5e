"""Finds the stretches of the prediction log that lie in a window, and reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.serve import queries
from headgate.serve.deployments import get_deployment
from headgate.serve.reading import micros
from headgate.spine.store.erasing.blanking import erased_positions
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.sealed import read_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headgate.serve.queries import Count
    from headgate.spine.context import Context

SLICE_ROWS = 131_072
"""Most rows of a slice [count]."""


class Slice(NamedTuple):
    """Neighbouring predictions of one file: rows [low, high), counted from 0."""

    blob: str
    low: int
    high: int


def slices_in(context: Context, deployment: str, since: datetime, until: datetime) -> list[Slice]:
    """List what a deployment answered in [since, until), the earliest first.

    Raises:
        NotFound: there is no such deployment.
    """
    counts, blobs = _counts(context, deployment)
    near = [one for one in counts if one.at_hi >= since and one.at_lo < until]
    near.sort(key=lambda one: one.at_lo)
    return [
        Slice(blobs[one.segment], start, min(start + SLICE_ROWS, high))
        for one in near
        for low, high in [_within(context, one, blobs[one.segment], since, until)]
        for start in range(low, high, SLICE_ROWS)
    ]


def span_of(context: Context, deployment: str) -> tuple[datetime, datetime] | None:
    """Say when a deployment answered first and last; nothing if it never did.

    Raises:
        NotFound: there is no such deployment.
    """
    counts, _ = _counts(context, deployment)
    if not counts:
        return None
    return min(one.at_lo for one in counts), max(one.at_hi for one in counts)


def read_slice(context: Context, one: Slice, columns: Sequence[str]) -> pa.Table:
    """Read a slice, without the predictions whose content was erased or has expired."""
    table = read_sealed(context.blobs, one.blob, columns, ranges=[(one.low, one.high)])
    gone = erased_positions(table.schema)
    table = table.replace_schema_metadata(None)
    if not gone:
        return table
    mask = np.ones(table.num_rows, np.bool_)
    places = np.fromiter(gone, np.int64, len(gone)) - one.low
    mask[places[(places >= 0) & (places < len(mask))]] = False
    return table.filter(pa.array(mask))


def _counts(context: Context, deployment: str) -> tuple[list[Count], dict[str, str]]:
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        get_deployment(connection, context.tenant, deployment)
        counts = queries.count_rows(connection, context.tenant, deployment=deployment)
        rows = queries.segment_rows(connection, context.tenant)
    return counts, {row.segment: row.blob for row in rows}


def _within(
    context: Context, count: Count, blob: str, since: datetime, until: datetime
) -> tuple[int, int]:
    """Find the window in a stretch, which is sorted by time."""
    low, high = count.position, count.position + count.n_rows
    if since <= count.at_lo and count.at_hi < until:
        return low, high
    column = read_sealed(context.blobs, blob, ["at"], ranges=[(low, high)])["at"]
    at: Any = column.combine_chunks().cast(pa.int64())
    ends = np.array([micros(since), micros(until)])
    first, last = np.searchsorted(np.asarray(at), ends)
    return low + int(first), low + int(last)
