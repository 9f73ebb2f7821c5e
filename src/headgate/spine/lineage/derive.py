"""How the rows a run wrote came from the rows it read.

Three levels. `identity`: each row is one row of one row and keeps its id, no edge is written.
`edges`: the caller said which row came from which. `dataset`: nothing is known but that the run
read and wrote; a blast then takes every row as descended from every row, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.spine.lineage.reads import Read, load_rowset, reads_of
from headgate.spine.store.edges import ANY_REV, write_edges
from headgate.spine.store.reading import read_ids
from headgate.spine.store.segments import I64
from headgate.spine.store.snapshots import manifest_named

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.screen import Screened
    from headgate.spine.store.writing import Staged
    from headgate.spine.writes import Write


class Derivation(msgspec.Struct, frozen=True):
    """How a batch came from what its run read."""

    kind: str
    edges: str | None = None
    n_edges: int = 0


class Known(NamedTuple):
    """Rows a run read: ids and the batches that wrote their content, each of shape (n,)."""

    rids: I64
    revs: I64


def derive(
    context: Context, write: Write, screened: Screened, staged: Staged, reads: list[Read]
) -> Derivation | None:
    """Find how the rows of a commit came from what the run read, and write edges if there are.

    Args:
        context: the project.
        write: what is asked for.
        screened: the rows that passed.
        staged: the state they make.
        reads: what the run has read; nothing if no run writes.

    Raises:
        Invalid: a row id or an edge names a row the run did not read.
    """
    rids = screened.incoming.rids
    if write.run is None:
        if rids is not None:
            _check_own(staged, write)
        return None
    if write.edges is not None:
        return _with_edges(context, write, screened, staged, reads)
    if rids is not None:
        _check_parents(rids, rows_read(context, reads).rids, write)
        return Derivation(kind="identity")
    return Derivation(kind="dataset") if reads else None


def rows_read(context: Context, reads: list[Read]) -> Known:
    """Return every row some reads gave, a row twice if it was read in two revisions."""
    pairs = [_read_ids(context, read) for read in reads]
    rids = np.concatenate([np.empty(0, np.int64), *(pair[0] for pair in pairs)])
    revs = np.concatenate([np.empty(0, np.int64), *(pair[1] for pair in pairs)])
    order = np.lexsort((revs, rids))
    rids, revs = rids[order], revs[order]
    is_new = np.ones(len(rids), np.bool_)
    is_new[1:] = (np.diff(rids) != 0) | (np.diff(revs) != 0)
    return Known(rids[is_new], revs[is_new])


def same_reads(context: Context, reads: list[Read], other: str | None) -> bool:
    """Say whether a run read the same rows of the same snapshots as an earlier one."""
    if other is None:
        return False
    with context.catalog.read() as connection:
        theirs = reads_of(connection, context.tenant, [other])
    mine, others = ({(read.version_id, read.rowset) for read in found} for found in (reads, theirs))
    return mine == others


def _read_ids(context: Context, read: Read) -> tuple[I64, I64]:
    rids, revs = read_ids(context.blobs, manifest_named(context, read.version_id))
    if read.rowset is None:
        return rids, revs
    chosen = np.asarray(load_rowset(context.blobs, read.rowset).to_array(), np.int64)
    mask = np.isin(rids, chosen)
    return rids[mask], revs[mask]


def _with_edges(
    context: Context, write: Write, screened: Screened, staged: Staged, reads: list[Read]
) -> Derivation:
    places, parents, revs = _edge_columns(write.edges, screened)
    known = rows_read(context, reads)
    _check_parents(parents, known.rids, write)
    if revs is None:
        edge, revs = _with_revisions(parents, known)
        places, parents = places[edge], parents[edge]
    children = staged.rids[places]
    key = write_edges(context.blobs, parents, revs, children)
    return Derivation(kind="edges", edges=key, n_edges=len(children))


def _edge_columns(edges: pa.Table, screened: Screened) -> tuple[I64, I64, I64 | None]:
    """Read an edge table; children become positions among the rows that passed."""
    for name in ("child", "parent_rid"):
        if name not in edges.column_names:
            raise Invalid(
                f"the edges have no column {name!r}",
                mend="give child (position of a row, from 0) and parent_rid",
            )
    children = np.asarray(edges["child"].combine_chunks(), np.int64)
    if len(children) and not 0 <= children.min() <= children.max() < screened.n_offered:
        raise Invalid(
            f"an edge names row {children.max()}, there are {screened.n_offered}",
            mend="child is the position of a row in the table, counted from 0",
        )
    place = np.full(screened.n_offered, -1, np.int64)
    place[screened.positions] = np.arange(len(screened.positions))
    passed = place[children] >= 0
    parents = np.asarray(edges["parent_rid"].combine_chunks(), np.int64)[passed]
    revs = None
    if "parent_rev" in edges.column_names:
        revs = np.asarray(edges["parent_rev"].combine_chunks().fill_null(ANY_REV), np.int64)[passed]
    return place[children[passed]], parents, revs


def _with_revisions(parents: I64, known: Known) -> tuple[I64, I64]:
    """Pair each edge with every revision of its parent that was read."""
    low = np.searchsorted(known.rids, parents, side="left")
    count = np.searchsorted(known.rids, parents, side="right") - low
    edge = np.repeat(np.arange(len(parents)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    return edge, known.revs[low[edge] + nth]


def _check_parents(parents: I64, known: I64, write: Write) -> None:
    if np.array_equal(parents, known):
        return
    strangers = np.setdiff1d(parents, known)
    if len(strangers):
        raise Invalid(
            f"row {strangers[0]} was not read by run {write.run} that writes {write.dataset}",
            mend="read the parent inside the run, with project.dataset.read(…, row_ids=True)",
        )


def _check_own(staged: Staged, write: Write) -> None:
    if staged.n_added:
        raise Invalid(
            f"{staged.n_added} row ids are not of {write.dataset}",
            mend="write inside project.run(…), so that lineage is known, or drop the column _rid",
        )
