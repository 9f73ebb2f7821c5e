"""Edge segments: which row came from which, sorted by parent, as plain Parquet.

An edge is (parent_rid, parent_rev, child): the row as that batch wrote it, and what was made of
it. `parent_rev` is -1 where only the row is known, not its revision; it then matches any. Edges
are sorted by the parent's batch and then by its id, and the file's metadata lists where each batch
begins. So the edges of a bad batch are a few neighbouring ones, and where all of its rows are bad
only the children are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headgate.spine.store.canonical import content_digest
from headgate.spine.store.sealed import read_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.segments import I64

ANY_REV = -1
GROUP_ROWS = 16_384
RUNS = b"headgate.runs"
_SMALL = 2**31


class EdgeRun(msgspec.Struct, frozen=True, array_like=True):
    """The neighbouring edges whose parents one batch wrote.

    Args:
        rev: the batch, -1 where it is not known.
        start: position of the first edge [count from 0].
        n_edges: how many there are.
        rid_lo: the smallest row id among the parents.
        rid_hi: the largest.
    """

    rev: int
    start: int
    n_edges: int
    rid_lo: int
    rid_hi: int

    @property
    def span(self) -> tuple[int, int]:
        """Positions of the edges, [low, high)."""
        return self.start, self.start + self.n_edges


def write_edges(blobs: Blobs, parent_rids: I64, parent_revs: I64, children: I64) -> str:
    """Write edges sorted by parent and return their key.

    Args:
        blobs: where to.
        parent_rids: row ids of parents, shape (n,).
        parent_revs: batches that wrote the parents' content, or -1, shape (n,).
        children: row ids, or positions in a sealed log, shape (n,).
    """
    order = np.lexsort((children, parent_rids, parent_revs))
    rids, revs, made = parent_rids[order], parent_revs[order], children[order]
    kind = pa.int32() if not len(made) or made.max() < _SMALL else pa.int64()
    fields = [("parent_rid", pa.int64()), ("parent_rev", pa.int64()), ("child", kind)]
    runs = msgspec.json.encode(_runs(rids, revs))
    table = pa.Table.from_arrays(
        [pa.array(rids), pa.array(revs), pa.array(made, kind)],
        schema=pa.schema(fields, metadata={RUNS: runs}),
    )
    digest = content_digest(table)
    key = f"edges/{digest[:2]}/{digest}.parquet"
    sink = pa.BufferOutputStream()
    codecs: Any = {"parent_rid": "zstd", "parent_rev": "zstd", "child": "none"}
    repeated: Any = ["parent_rev"]
    pq.write_table(
        table,
        sink,
        compression=codecs,
        row_group_size=GROUP_ROWS,
        use_dictionary=repeated,
        column_encoding={"parent_rid": "DELTA_BINARY_PACKED"},
    )
    blobs.put(key, sink.getvalue())
    return key


def edge_runs(blobs: Blobs, key: str) -> list[EdgeRun]:
    """List the batches whose rows are parents, in the order of their numbers."""
    metadata = pq.read_schema(blobs.locate(key), memory_map=True).metadata
    return msgspec.json.decode(metadata[RUNS], type=list[EdgeRun])


def read_edges(blobs: Blobs, key: str) -> tuple[I64, I64, I64]:
    """Read all edges.

    Returns:
        Parents' ids, parents' batches, children, each of shape (n,).
    """
    table = read_sealed(blobs, key)
    return (
        table["parent_rid"].to_numpy(),
        table["parent_rev"].to_numpy(),
        table["child"].to_numpy().astype(np.int64),
    )


def read_parents(blobs: Blobs, key: str, runs: Sequence[EdgeRun]) -> tuple[I64, I64, I64]:
    """Read the edges of some runs, as `read_edges` does."""
    table = read_sealed(blobs, key, ranges=joined([run.span for run in runs]))
    revs = np.repeat([run.rev for run in runs], [run.n_edges for run in runs])
    return table["parent_rid"].to_numpy(), revs.astype(np.int64), table["child"].to_numpy()


def read_children(blobs: Blobs, key: str, runs: Sequence[EdgeRun]) -> I64:
    """Read only what was made of the parents of some runs, shape (n,)."""
    spans = joined([run.span for run in runs])
    return read_sealed(blobs, key, ["child"], ranges=spans)["child"].to_numpy()


def joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges that touch; they come ascending.

    >>> joined([(0, 2), (2, 5), (7, 8)])
    [(0, 5), (7, 8)]
    """
    found: list[tuple[int, int]] = []
    for low, high in spans:
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _runs(rids: I64, revs: I64) -> list[EdgeRun]:
    if not len(revs):
        return []
    starts = np.concatenate([[0], np.flatnonzero(np.diff(revs)) + 1])
    ends = np.concatenate([starts[1:], [len(revs)]])
    return [
        EdgeRun(
            rev=int(revs[low]),
            start=int(low),
            n_edges=int(high - low),
            rid_lo=int(rids[low]),
            rid_hi=int(rids[high - 1]),
        )
        for low, high in zip(starts, ends, strict=True)
    ]
