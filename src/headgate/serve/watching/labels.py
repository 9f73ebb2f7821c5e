"""Joins predictions with their labels: the newest judgment that gives the right answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.serve import queries
from headgate.serve.ids import hash_ids
from headgate.spine.store.erasing.words import ERASED
from headgate.spine.store.sealed import lookup_sealed, take_sealed

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.spine.context import Context

TRUTHS = ("label", "correction")
"""Kinds of feedback that say what the right answer was."""
_WORTH_ALL = 4
"""Reading all labels is quicker than asking for some when there are so many times as many."""
_MOMENT = pa.timestamp("us", "UTC")


class Labels(NamedTuple):
    """The newest label of each prediction that has one.

    Args:
        ids: of the predictions, shape (n,).
        values: the labels as JSON text, shape (n,).
        at: when each was given, shape (n,).
    """

    ids: Any
    values: Any
    at: Any

    def aligned(self, ids: Any) -> tuple[Any, Any]:
        """Return values and times for some predictions, null where there is no label."""
        places = pc.index_in(ids, value_set=self.ids)
        return self.values.take(places), self.at.take(places)


def newest_labels(context: Context, ids: Any) -> Labels:
    """Find the newest label of each of some predictions.

    Args:
        context: the project.
        ids: of the predictions, shape (n,).
    """
    with context.catalog.read() as connection:
        n_given = queries.count_truths(connection, context.tenant, TRUTHS)
        few = None if n_given <= _WORTH_ALL * len(ids) else ids.to_pylist()
        rows = queries.truths(connection, context.tenant, TRUTHS, few) if n_given else []
    held = pa.array([value for _, value, _ in rows], pa.string())
    is_gone: Any = pc.match_substring(held, ERASED)
    left = pc.if_else(is_gone, pa.scalar(None, pa.string()), held)
    names = pa.array([name for name, _, _ in rows], pa.string())
    found = Labels(names, left, pa.array([at for _, _, at in rows], _MOMENT))
    first = np.unique(np.asarray(found.ids.dictionary_encode().indices), return_index=True)[1]
    chosen: Any = pa.array(first)
    return Labels(*(column.take(chosen) for column in found))


def labelled_after(context: Context, deployment: str, after: datetime) -> tuple[datetime, ...]:
    """List when those predictions were made whose label was received after a moment, ascending."""
    with context.catalog.read() as connection:
        listed = queries.truths_received(connection, context.tenant, TRUTHS, after)
        segments = queries.segment_rows(connection, context.tenant)
    if not listed:
        return ()
    ids = pa.array(listed, pa.string())
    hashes = np.sort(hash_ids(ids))
    found: list[datetime] = []
    for segment in segments:
        _, rows = lookup_sealed(context.blobs, segment.ids, "hash", hashes)
        if rows.num_rows:
            positions = rows["position"].to_numpy().astype(np.int64)
            columns = ["prediction_id", "at", "deployment"]
            held = take_sealed(context.blobs, segment.blob, positions, columns)
            is_labelled: Any = pc.is_in(held["prediction_id"], value_set=ids)
            is_its: Any = pc.equal(held["deployment"], pa.scalar(deployment))
            mask = pc.and_(is_labelled, is_its.fill_null(pa.scalar(value=False)))
            moments: Any = held["at"].filter(mask).to_pylist()
            found += moments
    return tuple(sorted(found))
