"""Makes a dataset's next state from rows that come chunk after chunk, few in memory at a time.

It writes what `writing.stage` would write of the same rows at once: the same rows added, removed
and changed, so the same content root. Nothing is named in the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.spine.store.canonical import U64, canonical, row_hashes
from headgate.spine.store.indexed import NONE, Indexed, Leavers, key_hashes, repeated
from headgate.spine.store.manifest import FORMAT_VERSION, Manifest, Segment, schema_of, shifted
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import I64, SEGMENT_ROWS, with_identity, write_segments
from headgate.spine.store.writing import Counts, Staged, columns_after, compared, refuse_lossy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.core.nouns import Column
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.writes import Mode

FLUSH_ROWS = 8 * SEGMENT_ROWS
"""Rows that wait in memory until they are written as segments [count]."""
_NOTHING = np.empty((0, 2), np.uint64)


@dataclass(frozen=True)
class Manner:
    """How rows come in.

    Args:
        mode: one of replace, append and upsert.
        key: columns that identify a row.
        is_unique: whether no two incoming rows may have one key.
        must_write: rows of equal content are written again, for their parents have changed.
    """

    mode: Mode
    key: tuple[str, ...]
    is_unique: bool
    must_write: bool = False


class Minted(NamedTuple):
    """Ids for the new rows of a chunk.

    Args:
        rids: their ids, shape (n,).
        revs: the batch of each, shape (n,).
        rev: the batch of the chunk's other rows.
    """

    rids: I64
    revs: I64
    rev: int


@dataclass
class Counted:
    """What has come so far."""

    offered: int = 0
    added: int = 0
    changed: int = 0
    lanes: U64 = field(default_factory=lambda: np.zeros(2, np.uint64))


class Staging:
    """The next state of a dataset while its rows come in.

    Args:
        blobs: where segments go.
        parent: the state to start from.
        manner: how rows come in.
        mint: gives so many ids to new rows of a chunk, and is told how many others it has.
    """

    def __init__(
        self,
        blobs: Blobs,
        parent: Manifest,
        manner: Manner,
        mint: Callable[[int, int], Minted],
    ) -> None:
        self._blobs = blobs
        self._manner = manner
        self._mint = mint
        self.parent = parent
        self.columns: tuple[Column, ...] = () if manner.mode == "replace" else parent.columns
        self._index = _index(blobs, parent, manner)
        self._keys: list[U64] = []
        self._waiting: list[pa.Table] = []
        self._segments: list[Segment] = []
        self._counted = Counted()

    @property
    def n_offered(self) -> int:
        """Rows that came so far."""
        return self._counted.offered

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the segments written so far."""
        return tuple(segment.key for segment in self._segments)

    def add(self, rows: pa.Table) -> None:
        """Take in a chunk of rows that passed every gate.

        Raises:
            Invalid: a column cannot be kept as it is, or not as what it becomes.
        """
        rows = canonical(rows)
        self._widen(rows.schema)
        hashes = row_hashes(rows)
        found = self._matched(rows, hashes)
        writes = np.ones(len(found), np.bool_)
        is_old = found != NONE
        is_changed = is_old.copy()
        if self._index is not None:
            known = self._index.hashes[found[is_old]]
            is_changed[is_old] = (known != hashes[is_old]).any(axis=1)
            writes = ~is_old | is_changed | self._manner.must_write
            self._index.change(found[is_old & writes])
        self._counted.offered += len(found)
        self._counted.added += int((~is_old).sum())
        self._counted.changed += int(is_changed.sum())
        self._write(rows, hashes, found, np.flatnonzero(writes))

    def finish(self, parent: Manifest | None = None) -> Staged:
        """Write what waits, and say what the dataset becomes.

        Args:
            parent: another state to append to, with the same columns.

        Raises:
            Invalid: a key stands in several rows.
        """
        self._refuse_repeated()
        self._flush(everything=True)
        parent = parent or self.parent
        left = Leavers(parent.segments, _NOTHING, 0)
        if self._index is not None:
            left = self._index.leavers(replaces=self._manner.mode == "replace")
        segments = (*left.segments, *self._segments)
        manifest = Manifest(
            format_version=FORMAT_VERSION,
            tenant=parent.tenant,
            dataset=parent.dataset,
            number=parent.number + 1,
            parent=None,
            columns=self.columns,
            key=self._manner.key or parent.key,
            lanes=shifted(parent.lanes, added=self._counted.lanes[None, :], removed=left.hashes),
            n_rows=sum(segment.n_live for segment in segments),
            segments=segments,
        )
        counts = Counts(self._counted.added, left.n_removed, self._counted.changed)
        return compared(parent, manifest, counts, np.empty(0, np.int64), [])

    def can_move(self, parent: Manifest) -> bool:
        """Say whether what was staged may as well stand on another state of the dataset."""
        is_alike = (parent.columns, parent.key) == (self.parent.columns, self.parent.key)
        return self._manner.mode == "append" and is_alike

    def again(self) -> Iterator[pa.Table]:
        """Yield every row that came in: from the old state where it was there, else as written.

        Their order may be another one.
        """
        schema = schema_of(self.columns)
        names = [name for name in schema.names if name in self.parent.schema.names]
        start = 0
        is_same = np.empty(0, np.bool_) if self._index is None else self._index.is_same
        counts = [] if self._index is None else self._index.counts
        for segment, n_rows in zip(self.parent.segments, counts, strict=False):
            state = msgspec.structs.replace(self.parent, segments=(segment,))
            stays = is_same[start : start + n_rows]
            start += n_rows
            yield read_rows(self._blobs, state, names).filter(pa.array(stays))
        written = msgspec.structs.replace(self.parent, columns=self.columns)
        for segment in self._segments:
            yield read_rows(self._blobs, msgspec.structs.replace(written, segments=(segment,)))

    def _widen(self, schema: pa.Schema) -> None:
        """Take in the columns of a chunk; what waits with others is written first."""
        known = msgspec.structs.replace(self.parent, columns=self.columns)
        columns = columns_after(known, schema, "append")
        if columns == self.columns:
            return
        self._flush(everything=True)
        refuse_lossy(self._blobs, self.parent, columns, self._manner.mode)
        written = msgspec.structs.replace(known, segments=tuple(self._segments))
        refuse_lossy(self._blobs, written, columns, "append")
        self.columns = columns

    def _matched(self, rows: pa.Table, hashes: U64) -> I64:
        keys = hashes
        if self._manner.key and (self._manner.is_unique or self._index is not None):
            keys = key_hashes(rows.select(list(self._manner.key)))
        if self._manner.key and self._manner.is_unique:
            self._keys.append(keys)
        if self._index is None:
            return np.full(rows.num_rows, NONE, np.int64)
        return self._index.match(keys)

    def _write(self, rows: pa.Table, hashes: U64, found: I64, chosen: I64) -> None:
        is_new = found == NONE
        minted = self._mint(int(is_new.sum()), int((~is_new).sum()))
        rids, revs = np.zeros(len(found), np.int64), np.full(len(found), minted.rev)
        rids[is_new], revs[is_new] = minted.rids, minted.revs
        if self._index is not None:
            rids[~is_new] = self._index.rids[found[~is_new]]
        if not len(chosen):
            return
        fresh = with_identity(
            rows.take(pa.array(chosen, pa.int64())) if len(chosen) < rows.num_rows else rows,
            rids=rids[chosen],
            revs=revs[chosen],
            hashes=hashes[chosen],
        )
        self._counted.lanes += hashes[chosen].sum(axis=0, dtype=np.uint64)
        if self._waiting and self._waiting[0].schema != fresh.schema:
            self._flush(everything=True)
        self._waiting.append(fresh)
        self._flush(everything=False)

    def _flush(self, *, everything: bool) -> None:
        n_rows = sum(table.num_rows for table in self._waiting)
        if not n_rows or (n_rows < FLUSH_ROWS and not everything):
            return
        rows = pa.concat_tables(self._waiting)
        n_written = n_rows if everything else n_rows - n_rows % SEGMENT_ROWS
        self._segments += write_segments(self._blobs, rows.slice(0, n_written))
        rest = rows.slice(n_written)
        self._waiting = [rest] if rest.num_rows else []

    def _refuse_repeated(self) -> None:
        old, last = repeated(self._keys)
        if len(old):
            raise Invalid(
                f"{len(old)} rows cannot go into {self.parent.dataset}, the first at position "
                f"{old[0]}: duplicate-key: row {last[0] + 1} has it too",
                mend="keep one row of each key",
            )


def _index(blobs: Blobs, parent: Manifest, manner: Manner) -> Indexed | None:
    if not parent.segments or manner.mode == "append":
        return None
    return Indexed(blobs, parent, manner.key)
