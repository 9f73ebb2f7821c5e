"""Merges small segments of the prediction log, so that many small calls stay quick to read.

Merging changes no answer: the same rows stand in one new segment, named in the same unit of work
in which the small ones are forgotten. Their files stay for readers that still hold their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from headgate.serve import queries
from headgate.serve.ids import hash_ids
from headgate.serve.rowrefs import Refs
from headgate.serve.schema import whole
from headgate.serve.sealing import SealedPredictions, seal
from headgate.spine.store.edges import read_edges
from headgate.spine.store.erasing.blanking import erased_positions
from headgate.spine.store.erasing.erasures import staged_keys
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.queries import ERASURES, counted
from headgate.spine.store.sealed import read_sealed
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.queries import Segment
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64

SMALL_ROWS = 16_384
"""A segment of fewer rows is small."""
MANY = 32
"""Small segments that may stand beside each other."""


def merge_small(context: Context) -> str | None:
    """Merge the small segments if there are too many; return the new one.

    Nothing is done when another writer merged some of them meanwhile, or while a subject is being
    erased from them.
    """
    with context.catalog.read() as connection:
        heed_erasures(connection, context)
        n_erasures = counted(connection, context.tenant, ERASURES)
        is_erasing = bool(staged_keys(connection, context.tenant))
        small = queries.segment_rows(connection, context.tenant, below=SMALL_ROWS)
    if len(small) <= MANY or is_erasing:
        return None
    merged = _merged(context, small)
    context.blobs.settle()
    names = [segment.segment for segment in small]
    with Work(context) as work:
        standing = queries.segment_rows(work.connection, context.tenant, below=SMALL_ROWS)
        if not set(names) <= {segment.segment for segment in standing}:
            return None
        if counted(work.connection, context.tenant, ERASURES) != n_erasures:
            return None
        work.require(*merged.names)
        queries.drop_segments(work.connection, context.tenant, names)
        queries.put_segment(work.connection, context.tenant, merged.segment, merged.counts)
        payload: dict[str, object] = {
            "segment": merged.segment.segment,
            "merged": names,
            "n_rows": merged.segment.n_rows,
        }
        work.record("predictions_sealed", "predictions:-", payload)
    return merged.segment.segment


def _merged(context: Context, segments: Sequence[Segment]) -> SealedPredictions:
    tables = [read_sealed(context.blobs, segment.blob) for segment in segments]
    starts = np.cumsum([0, *(table.num_rows for table in tables)])
    table = pa.concat_tables(tables).combine_chunks()
    edges = [
        (*read_edges(context.blobs, segment.refs), int(start))
        for segment, start in zip(segments, starts, strict=False)
        if segment.refs is not None
    ]
    none = np.empty(0, np.int64)
    refs = Refs(
        positions=np.concatenate([none, *(children + start for _, _, children, start in edges)]),
        rids=np.concatenate([none, *(rids for rids, _, _, _ in edges)]),
        revs=np.concatenate([none, *(revs for _, revs, _, _ in edges)]),
    )
    hashes = hash_ids(whole(table, "prediction_id"))
    return seal(context.blobs, table, hashes, refs, gone=_gone(tables, starts))


def _gone(tables: Sequence[pa.Table], starts: I64) -> I64:
    """Return which rows of tables, one behind the other, were blanked."""
    found = [np.empty(0, np.int64)]
    for table, start in zip(tables, starts, strict=False):
        found.append(np.array(erased_positions(table.schema), np.int64) + start)
    return np.concatenate(found)
