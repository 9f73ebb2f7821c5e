"""Which rows are bad or made from bad ones, held as bitmaps, and what each snapshot holds of them.

A revision is (row id, batch that wrote its content). For each batch we keep the bitmap of its
affected row ids. What a snapshot holds of them is counted from runs of row ids and bitmaps of
deleted positions; a file is opened only where a segment is too scattered to be told by runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap, BitMap64

from headgate.spine.lineage.reads import Read, load_rowset
from headgate.spine.store.edges import ANY_REV, EdgeRun, edge_runs, read_children, read_parents
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.reading import segment_ids
from headgate.spine.store.segments import I64, deleted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest, Run, Segment


class Affected:
    """Revisions of rows that are bad or made from bad ones.

    Args:
        context: the project.
        any_revision: row ids that are affected in whatever batch they stand.

    Attributes:
        batches: for each batch its affected row ids.
        coarse_datasets: datasets with batches taken whole, for nothing is known of them but what
            their run read.
    """

    def __init__(self, context: Context, *, any_revision: BitMap64 | None = None) -> None:
        self._blobs = context.blobs
        self.any_revision = any_revision or BitMap64()
        self.batches: dict[int, BitMap64] = {}
        self.coarse_datasets: set[str] = set()
        self._whole: set[int] = set()
        self._manifests: dict[str, Manifest] = {}
        self._found: dict[tuple[str, str | None], BitMap64] = {}
        self._ids: dict[tuple[str, str | None], tuple[I64, I64]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no row is affected."""
        return not self.batches and not self.any_revision

    def add(self, rev: int, rows: BitMap64, *, is_whole: bool = False) -> None:
        """Mark rows of a batch as affected, besides those that are.

        Args:
            rev: the batch.
            rows: ids of rows it wrote.
            is_whole: it wrote no others, so that none of them needs to be looked up again.
        """
        if rows:
            self._found.clear()
            self.batches[rev] = self.batches[rev] | rows if rev in self.batches else rows
            self._whole |= {rev} if is_whole else set()

    def matches(self, rids: I64, revs: I64) -> NDArray[np.bool_]:
        """Say for each revision whether it is affected; a batch of -1 stands for any.

        Args:
            rids: row ids, shape (n,).
            revs: batches that wrote the content, shape (n,).
        """
        hits = _within(rids, self.any_revision)
        low, high = (revs.min(), revs.max()) if len(revs) else (0, -1)
        for rev, rows in self.batches.items():
            if low <= rev <= high:
                mask = revs == rev
                hits[mask] |= True if rev in self._whole else _within(rids[mask], rows)
        unknown = revs == ANY_REV
        if unknown.any() and self.batches:
            hits[unknown] |= _within(rids[unknown], BitMap64.union(*self.batches.values()))
        return hits

    def children_in(self, key: str) -> I64:
        """Return what an edge segment says was made of affected rows.

        Returns:
            Children, shape (n,), in no order; one of several affected parents stands there as
            often.
        """
        runs = edge_runs(self._blobs, key)
        shares = [self._share(run) for run in runs]
        whole = [run for run, share in zip(runs, shares, strict=True) if share == 1]
        part = [run for run, share in zip(runs, shares, strict=True) if 0 < share < 1]
        found = [np.empty(0, np.int64)]
        if whole:
            found.append(read_children(self._blobs, key, whole))
        if part:
            rids, revs, children = read_parents(self._blobs, key, part)
            found.append(children[self.matches(rids, revs)])
        return np.concatenate(found)

    def _share(self, run: EdgeRun) -> float:
        """Say how much of a run's parents may be affected: 0 none, 1 all, between some."""
        if run.rev in self._whole:
            return 1
        n_ids = run.rid_hi - run.rid_lo + 1
        if run.rev == ANY_REV:
            bitmaps = [*self.batches.values(), self.any_revision]
            touched = any(rows.range_cardinality(run.rid_lo, run.rid_hi + 1) for rows in bitmaps)
            return 0.5 if touched else 0
        rows = self._in_batch(run.rev)
        return rows.range_cardinality(run.rid_lo, run.rid_hi + 1) / n_ids

    def count_in(self, snapshot: Snapshot) -> int:
        """Count the affected rows of a snapshot; one that has expired holds none any more."""
        if snapshot.expired_at is not None:
            return 0
        return self.count_in_version(snapshot.version_id)

    def count_in_version(self, version_id: str) -> int:
        """Count the affected rows of the snapshot with an id."""
        return sum(self._count(segment) for segment in self._manifest(version_id).segments)

    def rows_in_version(self, version_id: str) -> BitMap64:
        """Return the ids of a snapshot's affected rows."""
        found = BitMap64()
        for segment in self._manifest(version_id).segments:
            if self._touches(segment):
                found |= self._rows(segment)
        return found

    def count_in_read(self, read: Read) -> int:
        """Count the affected rows that a run read of a snapshot."""
        if read.rowset is None:
            return self.count_in_version(read.version_id)
        return len(self.rows_in_read(read)) if self.count_in_version(read.version_id) else 0

    def rows_in_read(self, read: Read) -> BitMap64:
        """Return the ids of the affected rows that a run read of a snapshot."""
        rows = self.rows_in_version(read.version_id)
        return rows if read.rowset is None else rows & load_rowset(self._blobs, read.rowset)

    def _manifest(self, version_id: str) -> Manifest:
        if version_id not in self._manifests:
            self._manifests[version_id] = load_manifest(self._blobs, version_id)
        return self._manifests[version_id]

    def _touches(self, segment: Segment) -> bool:
        if any(segment.rev_lo <= rev <= segment.rev_hi for rev in self.batches):
            return True
        return bool(self.any_revision.range_cardinality(segment.rid_lo, segment.rid_hi + 1))

    def _count(self, segment: Segment) -> int:
        if not self._touches(segment):
            return 0
        if segment.runs is None or segment.deletions is not None:
            return len(self._rows(segment))
        counts = (
            self._in_batch(run.rev).range_cardinality(run.rid, run.rid + run.n_rows)
            for run in segment.runs
        )
        return sum(counts)

    def _rows(self, segment: Segment) -> BitMap64:
        """Return the ids of a segment's affected rows; kept, for snapshots share segments."""
        key = (segment.digest, segment.deletions)
        if key not in self._found:
            self._found[key] = self._find(segment)
        return self._found[key]

    def _find(self, segment: Segment) -> BitMap64:
        if segment.runs is None:
            rids, revs = self._scattered(segment)
            return BitMap64(rids[self.matches(rids, revs)].astype("u8"))
        gone = deleted(self._blobs, segment)
        return BitMap64.union(*(self._run_rows(run, gone) for run in segment.runs))

    def _run_rows(self, run: Run, gone: BitMap) -> BitMap64:
        span = BitMap64()
        span.add_range(run.rid, run.rid + run.n_rows)
        span &= self._in_batch(run.rev)
        if gone and span:
            first, last = run.position, run.position + run.n_rows
            places = np.asarray(gone.to_array(), np.int64)
            places = places[(places >= first) & (places < last)]
            span -= BitMap64((places - first + run.rid).astype("u8"))
        return span

    def _in_batch(self, rev: int) -> BitMap64:
        """Return the ids that are affected in a batch, or in whatever batch they stand."""
        rows = self.batches.get(rev)
        if rows is None:
            return self.any_revision
        return rows | self.any_revision if self.any_revision else rows

    def _scattered(self, segment: Segment) -> tuple[I64, I64]:
        key = (segment.digest, segment.deletions)
        if key not in self._ids:
            self._ids[key] = segment_ids(self._blobs, segment)
        return self._ids[key]


def _within(rids: I64, rows: BitMap64) -> NDArray[np.bool_]:
    """Say for each row id whether it is in a set, shape (n,)."""
    if not rows or not len(rids):
        return np.zeros(len(rids), np.bool_)
    if _is_range(rows):
        return (rids >= rows.min()) & (rids <= rows.max())
    members = np.asarray(rows.to_array(), np.int64)
    place = np.minimum(np.searchsorted(members, rids), len(members) - 1)
    return members[place] == rids


def _is_range(rows: BitMap64) -> bool:
    """Say whether a set holds every row id between its ends."""
    return rows.max() - rows.min() + 1 == len(rows)
