"""A snapshot seen by partitions: which rows each holds, and the content root of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.manifest import root_of
from headgate.spine.store.reading import hashes_of, read_rows, read_where
from headgate.spine.store.segments import RID, ROW_HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from headgate.pipeline.partitions import Partitions
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.manifest import Manifest, Segment

NO_KEY = -1
NOTHING = "0"
"""Mark of a partition without rows."""


class Slices:
    """The partitions of a snapshot; of each row its id and partition are kept, 12 bytes a row.

    Args:
        blobs: where the segments lie.
        manifest: the snapshot.
        partitions: how it falls into them.
        columns: those that are read; all if none are named.
    """

    def __init__(
        self,
        blobs: Blobs,
        manifest: Manifest,
        partitions: Partitions,
        columns: Sequence[str] | None = None,
    ) -> None:
        self._blobs = blobs
        self._manifest = manifest
        self._columns = None if columns is None else list(columns)
        self._partitions = partitions
        self._places: dict[str, int] = {}
        self._sums: list[NDArray[np.uint64]] = []
        self._counts: list[int] = []
        taken = [self._take(segment) for segment in manifest.segments]
        self._rids = np.concatenate([np.empty(0, np.int64), *(rids for rids, _ in taken)])
        self._codes = np.concatenate([np.empty(0, np.int32), *(codes for _, codes in taken)])
        self._schema = self._read_schema()

    @property
    def keys(self) -> list[str]:
        """The keys of the partitions that hold rows, in order."""
        return sorted(self._places)

    @property
    def n_loose(self) -> int:
        """Count the rows of no partition."""
        return len(self._codes) - sum(self._counts)

    def n_rows(self, key: str) -> int:
        """Count the rows of a partition."""
        place = self._places.get(key)
        return 0 if place is None else self._counts[place]

    def root(self, key: str) -> str:
        """Return the content root of what is read of a partition."""
        place = self._places.get(key)
        sums = np.zeros(2, np.uint64) if place is None else self._sums[place]
        return root_of(self.n_rows(key), self._schema.names, (int(sums[0]), int(sums[1])))

    def mark(self, key: str) -> str:
        """Return a digest of the rows of a partition; it does not name the columns."""
        place = self._places.get(key)
        return NOTHING if place is None else mark_of(self._counts[place], self._sums[place])

    def rows(self, keys: Iterable[str]) -> dict[str, pa.Table]:
        """Read the rows of some partitions at once, with their ids in `_rid` put first."""
        names = list(keys)
        places = [self._places[key] for key in names if key in self._places]
        is_wanted = np.isin(self._codes, places)
        order = np.argsort(self._rids[is_wanted], kind="stable")
        rids, codes = self._rids[is_wanted][order], self._codes[is_wanted][order]
        table = read_where(self._blobs, self._manifest, rids, self._columns, own=[RID])
        found = codes[np.searchsorted(rids, np.asarray(table[RID]))] if len(rids) else codes
        by_place = _split(table, found)
        empty = table.schema.empty_table()
        return {key: by_place.get(self._places.get(key, NO_KEY), empty) for key in names}

    def _take(self, segment: Segment) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Note the rows of one segment, so that no more than a segment is in memory."""
        part = msgspec.structs.replace(self._manifest, segments=(segment,))
        column = self._partitions.column
        if self._columns is None:
            table = read_rows(self._blobs, part, [column], own=[RID, ROW_HASH])
            hashes = hashes_of(table[ROW_HASH])
        else:
            wanted = sorted({column, *self._columns})
            table = read_rows(self._blobs, part, wanted, own=[RID])
            hashes = row_hashes(canonical(table.select(self._columns)))
        codes = self._coded(self._partitions.labels(table[column]))
        self._add(codes, hashes)
        return np.asarray(table[RID], np.int64), codes

    def _coded(self, labels: pa.ChunkedArray[Any]) -> NDArray[np.int32]:
        encoded: Any = pc.dictionary_encode(labels.combine_chunks())
        places = [
            self._places.setdefault(name, len(self._places))
            for name in encoded.dictionary.to_pylist()
        ]
        known = np.asarray([*places, NO_KEY], np.int32)
        return known[np.asarray(encoded.indices.fill_null(len(places)))]

    def _add(self, codes: NDArray[np.int32], hashes: U64) -> None:
        """Add the hashes of rows to the sums of their partitions, each lane modulo 2^64."""
        while len(self._sums) < len(self._places):
            self._sums.append(np.zeros(2, np.uint64))
            self._counts.append(0)
        order = np.argsort(codes, kind="stable")
        present, starts, counts = np.unique(codes[order], return_index=True, return_counts=True)
        if not len(present):
            return
        sums = np.add.reduceat(hashes[order], starts, axis=0)
        for place, added, n_rows in zip(present.tolist(), sums, counts.tolist(), strict=True):
            if place != NO_KEY:
                self._sums[place] = self._sums[place] + added
                self._counts[place] += n_rows

    def _read_schema(self) -> pa.Schema:
        schema = self._manifest.schema
        names = schema.names if self._columns is None else self._columns
        return pa.schema([schema.field(name) for name in names])


def mark_of(n_rows: int, sums: NDArray[np.uint64]) -> str:
    """Name rows by their number and the sums of their hashes, shape (2,)."""
    return f"{n_rows:x}-{int(sums[0]):016x}-{int(sums[1]):016x}" if n_rows else NOTHING


def rids_in(
    blobs: Blobs, manifest: Manifest, partitions: Partitions, keys: Sequence[str]
) -> NDArray[np.int64]:
    """Return the ids of the rows of some partitions, sorted, shape (n,)."""
    wanted = pa.array(list(keys), pa.string())
    return _rids_of(blobs, manifest, partitions, lambda labels: pc.is_in(labels, value_set=wanted))


def rids_outside(
    blobs: Blobs, manifest: Manifest, partitions: Partitions, keys: Sequence[str]
) -> NDArray[np.int64]:
    """Return the ids of the rows of all but some partitions, sorted, shape (n,).

    Rows of no partition are among them.
    """
    kept = pa.array(list(keys), pa.string())
    return _rids_of(
        blobs, manifest, partitions, lambda labels: pc.invert(pc.is_in(labels, value_set=kept))
    )


def _rids_of(
    blobs: Blobs, manifest: Manifest, partitions: Partitions, choose: Callable[[Any], Any]
) -> NDArray[np.int64]:
    """Return the ids of the rows whose label is chosen; it is null where the column is not."""
    found = [np.empty(0, np.int64)]
    columns = [partitions.column] if partitions.column in manifest.schema.names else []
    for segment in manifest.segments:
        part = msgspec.structs.replace(manifest, segments=(segment,))
        table = read_rows(blobs, part, columns, own=[RID])
        nothing = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
        labels = partitions.labels(table[partitions.column]) if columns else nothing
        found.append(np.asarray(table[RID].filter(choose(labels)), np.int64))
    return np.sort(np.concatenate(found))


def _split(table: pa.Table, codes: NDArray[np.int32]) -> dict[int, pa.Table]:
    order = np.argsort(codes, kind="stable")
    present, starts, counts = np.unique(codes[order], return_index=True, return_counts=True)
    table = table.take(pa.array(order, pa.int64()))
    ends = zip(present.tolist(), starts.tolist(), counts.tolist(), strict=True)
    return {place: table.slice(start, count) for place, start, count in ends}
