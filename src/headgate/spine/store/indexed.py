"""Live rows of a snapshot, sorted by a 128-bit key, to be met by incoming rows chunk after chunk.

It holds about 48 bytes a live row: key, row hash, row id, order, and what has become of the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from headgate.spine.store.canonical import U64, canonical, row_hashes
from headgate.spine.store.reading import fitted, hashes_of
from headgate.spine.store.segments import I64, RID, ROW_HASH, read_segment, shown_mask, with_deleted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment

NONE = -1
Mask = NDArray[np.bool_]


class Leavers(NamedTuple):
    """Rows that a snapshot loses.

    Args:
        segments: what stays of its segments.
        hashes: of the rows that go, shape (n, 2).
        n_removed: how many go without another content in their place.
    """

    segments: tuple[Segment, ...]
    hashes: U64
    n_removed: int


class Indexed:
    """The live rows of a snapshot, in its order, and which of them came in again.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot.
        key: the columns that identify a row; rows are known by their content if none.

    Attributes:
        counts: rows of each segment; erased ones are none of them.
        rids: row ids, shape (n,).
        hashes: row hashes, shape (n, 2).
        is_same: rows that came in as they are, shape (n,).
    """

    def __init__(self, blobs: Blobs, manifest: Manifest, key: Sequence[str]) -> None:
        self._blobs = blobs
        self._segments = manifest.segments
        self._is_keyed = bool(key)
        rids: list[I64] = [np.empty(0, np.int64)]
        hashes: list[U64] = [np.empty((0, 2), np.uint64)]
        keys: list[U64] = [np.empty((0, 2), np.uint64)]
        target = pa.schema([manifest.schema.field(name) for name in key if _has(manifest, name)])
        for segment in manifest.segments:
            table = read_segment(blobs, segment, [RID, ROW_HASH, *target.names])
            rids.append(table[RID].to_numpy())
            hashes.append(hashes_of(table[ROW_HASH]))
            if key:
                keys.append(key_hashes(fitted(table, target, table.num_rows)))
        self.counts = [len(one) for one in rids[1:]]
        self.rids, self.hashes = np.concatenate(rids), np.concatenate(hashes)
        found = np.concatenate(keys) if key else self.hashes
        self._can_match = len(target) == len(key) and len(found) > 0
        self._order = _ordered(found)
        self._keys = found[self._order]
        self._n_met = np.zeros(len(self.rids), np.uint32)
        self._has_come = np.zeros(len(self.rids), np.bool_)
        self._has_changed = np.zeros(len(self.rids), np.bool_)

    @property
    def is_same(self) -> Mask:
        """Rows that came in as they are, shape (n,)."""
        return self._has_come & ~self._has_changed

    def match(self, keys: U64) -> I64:
        """Find for each incoming row the one it stands for, -1 if there is none.

        Of several live rows with one key the first is met; of equal contents the first that
        has not been met yet.

        Args:
            keys: hashes of the keys, or of the rows where there is no key, shape (m, 2).

        Returns:
            Row numbers in the snapshot, shape (m,).
        """
        found = np.full(len(keys), NONE, np.int64)
        if not self._can_match or not len(keys):
            return found
        order = _ordered(keys)
        wanted = keys[order]
        starts, lengths = _runs(wanted)
        place = np.repeat(self._places(wanted[starts]), lengths)
        nth = np.arange(len(wanted)) - np.repeat(starts, lengths)
        is_known = place != NONE
        met = np.where(is_known, self._n_met[place], 0)
        exact = place + met + nth
        inside = np.minimum(exact, len(self._keys) - 1)
        is_known &= (exact < len(self._keys)) & (self._keys[inside] == wanted).all(axis=1)
        found[order[is_known]] = self._order[inside[is_known]]
        if not self._is_keyed:
            np.add.at(self._n_met, place[is_known], 1)
        self._has_come[found[found != NONE]] = True
        return found

    def change(self, rows: I64) -> None:
        """Note that rows came in with another content, by their numbers."""
        self._has_changed[rows] = True

    def leavers(self, *, replaces: bool) -> Leavers:
        """Take away the rows that do not stay.

        Args:
            replaces: every row that did not come in goes; else only those with the key of one
                that did.
        """
        gone = ~self._has_come if replaces else self._surplus()
        leaves = gone | self._has_changed
        kept: list[Segment] = []
        start = 0
        for segment, n_rows in zip(self._segments, self.counts, strict=True):
            own = leaves[start : start + n_rows]
            start += n_rows
            if own.all() and n_rows == segment.n_live:
                continue
            kept.append(self._without(segment, own) if own.any() else segment)
        return Leavers(tuple(kept), self.hashes[leaves], int(gone.sum()))

    def _without(self, segment: Segment, leaves: Mask) -> Segment:
        places = np.flatnonzero(shown_mask(self._blobs, segment))
        return with_deleted(self._blobs, segment, places[leaves])

    def _surplus(self) -> Mask:
        """Say which rows have the key of a row that came in and are not the first of it."""
        surplus = np.zeros(len(self.rids), np.bool_)
        starts, lengths = _runs(self._keys)
        several = np.flatnonzero(lengths > 1)
        for start, length in zip(starts[several], lengths[several], strict=True):
            if self._has_come[self._order[start]]:
                surplus[self._order[start + 1 : start + length]] = True
        return surplus

    def _places(self, wanted: U64) -> I64:
        """Return where in the order each key begins, -1 if it is not there; keys are sorted."""
        place = np.searchsorted(self._keys[:, 0], wanted[:, 0], side="left")
        last = len(self._keys) - 1
        while True:
            inside = np.minimum(place, last)
            is_near = (place <= last) & (self._keys[inside, 0] == wanted[:, 0])
            other = is_near & (self._keys[inside, 1] != wanted[:, 1])
            if not other.any():
                return np.where(is_near, place, NONE)
            place[other] += 1


def key_hashes(keys: pa.Table) -> U64:
    """Hash keys by their content, equal across types that hold the same number, shape (n, 2)."""
    return row_hashes(canonical(keys))


def repeated(keys: list[U64]) -> tuple[I64, I64]:
    """Find rows whose key comes again later.

    Args:
        keys: hashes of keys, chunk by chunk, each of shape (n_i, 2).

    Returns:
        Positions of such rows among all, ascending, and for each that of the last with its key.
    """
    nothing = np.empty(0, np.int64)
    first = np.concatenate([np.empty(0, np.uint64), *(chunk[:, 0] for chunk in keys)])
    first.sort()
    twice = np.unique(first[1:][first[1:] == first[:-1]])
    if not len(twice):
        return nothing, nothing
    starts = np.concatenate([[0], np.cumsum([len(chunk) for chunk in keys])])
    near = [np.flatnonzero(np.isin(chunk[:, 0], twice)) for chunk in keys]
    places = np.concatenate([start + own for start, own in zip(starts, near, strict=False)])
    found = np.concatenate([chunk[own] for chunk, own in zip(keys, near, strict=True)])
    order = _ordered(found)
    begins, lengths = _runs(found[order])
    last = np.repeat(order[begins + lengths - 1], lengths)
    is_old = last != order
    old = np.argsort(order[is_old])
    return places[order[is_old][old]], places[last[is_old][old]]


def _ordered(keys: U64) -> I64:
    """Order keys by both lanes, equal ones as they stand."""
    order = np.argsort(keys[:, 0], kind="stable")
    first = keys[order, 0]
    tied = np.flatnonzero(first[1:] == first[:-1])
    if len(tied) and (keys[order[tied], 1] != keys[order[tied + 1], 1]).any():
        return np.lexsort((keys[:, 1], keys[:, 0]))
    return order


def _runs(keys: U64) -> tuple[I64, I64]:
    """Return where runs of equal keys begin, and their lengths; keys are sorted."""
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    is_other = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(np.concatenate([[True], is_other]))
    return starts, np.diff(np.concatenate([starts, [len(keys)]]))


def _has(manifest: Manifest, name: str) -> bool:
    return name in manifest.schema.names
