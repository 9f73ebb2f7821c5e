"""Seals predictions into one segment of the log: rows, index of ids, and edges to rows.

Rows are sorted by release, deployment and time, so that what one release made are neighbours:
exposure is then counted from the catalog, and its users are read as few ranges. Beside the
schema's columns a segment holds `user`: a salted hash of `user_key`, 0 where there is none.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import xxhash
from pyroaring import BitMap

from headgate.core.refs import mint
from headgate.serve.ids import write_index
from headgate.serve.queries import Count, Segment
from headgate.serve.rowrefs import Refs
from headgate.serve.schema import whole
from headgate.spine.store.edges import write_edges
from headgate.spine.store.erasing.blanking import with_erased
from headgate.spine.store.sealed import Layout, write_sealed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.segments import I64

AREA = "predictions"
USER = "user"
LAYOUT = Layout(
    plain=(USER,), repeated=("deployment", "release", "snapshot", "session_id", "output")
)


class SealedPredictions(NamedTuple):
    """A segment that is written and waits to be named in the catalog."""

    segment: Segment
    counts: list[Count]

    @property
    def names(self) -> tuple[str | None, ...]:
        """Keys of its files, to be there still when it is named."""
        return self.segment.blob, self.segment.refs, self.segment.ids


def seal(
    blobs: Blobs, table: pa.Table, hashes: U64, refs: Refs, *, gone: I64 | None = None
) -> SealedPredictions:
    """Write a segment.

    Args:
        blobs: where to; to be settled before the segment is named.
        table: predictions with the column `user`, in any order, at least one.
        hashes: of their ids, shape (n,).
        refs: edges to rows, by position in `table`.
        gone: positions in `table` of predictions that were blanked.
    """
    name = mint("seg")
    table = table.replace_schema_metadata(None)
    order = _order(table)
    if order is not None:
        chosen: Any = pa.array(order)
        table, hashes = table.take(chosen), hashes[order]
        backward = np.empty(len(order), np.int64)
        backward[order] = np.arange(len(order))
        refs = Refs(backward[refs.positions], refs.rids, refs.revs)
        gone = None if gone is None else backward[gone]
    if gone is not None and len(gone):
        table = with_erased(table, BitMap(gone.astype(np.uint32)))
    blob = write_sealed(blobs, AREA, table, LAYOUT)
    counts = _counts(name, table, refs.positions)
    segment = Segment(
        segment=name,
        blob=blob.key,
        refs=write_edges(blobs, refs.rids, refs.revs, refs.positions) if len(refs.rids) else None,
        ids=write_index(blobs, hashes),
        n_rows=table.num_rows,
        at_lo=min(count.at_lo for count in counts),
        at_hi=max(count.at_hi for count in counts),
        n_bytes=blob.n_bytes,
    )
    return SealedPredictions(segment, counts)


def with_users(table: pa.Table, salt: bytes) -> pa.Table:
    """Add the column of hashed users: XXH3 of salt and key, never 0 where there is a key."""
    encoded = whole(table, "user_key").dictionary_encode()
    keys = encoded.dictionary.cast(pa.binary()).to_pylist()
    hashed = [xxhash.xxh3_64_intdigest(salt + key) or 1 for key in keys]
    known = np.array([*hashed, 0], np.uint64)
    users = known[np.asarray(encoded.indices.fill_null(len(hashed)), np.int64)]
    field = pa.field(USER, pa.uint64(), nullable=False)
    return table.append_column(field, pa.array(users))


def _order(table: pa.Table) -> I64 | None:
    """Return the order of the log, nothing if the rows stand in it."""
    at = _micros(table)
    keys = (at, _ranks(table, "deployment"), _ranks(table, "release"))
    order = np.lexsort(keys)
    return None if bool((np.diff(order) == 1).all()) else order


def _ranks(table: pa.Table, name: str) -> NDArray[np.int64]:
    """Number texts in their order, the missing one first, shape (n,)."""
    encoded = whole(table, name).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    rank = {text: place for place, text in enumerate(sorted(texts))}
    ranks = np.array([*(rank[text] for text in texts), -1], np.int64)
    return ranks[np.asarray(encoded.indices.fill_null(len(texts)), np.int64)]


def _counts(segment: str, table: pa.Table, positions: I64) -> list[Count]:
    """Count the neighbours that one release and deployment made."""
    ranks = np.stack([_ranks(table, "release"), _ranks(table, "deployment")])
    has_rows = np.zeros(table.num_rows, np.bool_)
    has_rows[positions] = True
    breaks = np.flatnonzero((np.diff(ranks, axis=1) != 0).any(axis=0)) + 1
    counts: list[Count] = []
    for low, high in pairwise([0, *(int(place) for place in breaks), table.num_rows]):
        first, last = table["at"][low].as_py(), table["at"][high - 1].as_py()
        counts.append(
            Count(
                segment=segment,
                release_id=table["release"][low].as_py() or "",
                deployment=table["deployment"][low].as_py() or "",
                position=low,
                n_rows=high - low,
                n_with_rows=int(has_rows[low:high].sum()),
                at_lo=first,
                at_hi=last,
            )
        )
    return counts


def _micros(table: pa.Table) -> I64:
    return np.asarray(whole(table, "at").cast(pa.int64()), np.int64)
