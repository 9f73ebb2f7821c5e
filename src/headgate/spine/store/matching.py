"""Finds for each incoming row the row it replaces: by key, by row id, or by equal content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from headgate.spine.store.canonical import U64, canonical, row_hashes
from headgate.spine.store.digest import one_chunk
from headgate.spine.store.erasing.blanking import erased_positions
from headgate.spine.store.reading import READERS, fitted, hashes_of
from headgate.spine.store.segments import I64, RID, ROW_HASH, hash_array, live_mask, read_file
from headgate.spine.store.threads import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment

NONE = -1

Among = Callable[[I64, pa.Table], NDArray[np.bool_]]
"""Chooses rows by their ids, shape (n,), and their key columns, n rows; returns a mask (n,)."""


@dataclass(frozen=True)
class Existing:
    """Live rows of a snapshot, as far as matching needs them; n rows in segment order.

    Args:
        segments: index of each row's segment, shape (n,).
        positions: position in that segment, shape (n,).
        rids: row ids, shape (n,).
        hashes: row hashes, shape (n, 2).
        keys: the key columns.
    """

    segments: I64
    positions: I64
    rids: I64
    hashes: U64
    keys: pa.Table

    def only(self, mask: NDArray[np.bool_]) -> Existing:
        """Keep some of the rows; `mask` has the shape (n,)."""
        return Existing(
            segments=self.segments[mask],
            positions=self.positions[mask],
            rids=self.rids[mask],
            hashes=self.hashes[mask],
            keys=self.keys.filter(pa.array(mask)) if self.keys.num_columns else self.keys,
        )


class _Part(NamedTuple):
    """What one segment brings to `Existing`."""

    positions: I64
    rids: I64
    hashes: U64
    keys: pa.Table


@dataclass(frozen=True)
class Matches:
    """Which existing row each incoming row stands for.

    Args:
        existing: index of the existing row, or -1, shape (n_incoming,).
        surplus: existing rows with the key of an incoming row that another one stands for.
    """

    existing: I64
    surplus: I64

    @property
    def all(self) -> I64:
        """Every existing row that is met, ascending."""
        return np.union1d(self.existing[self.existing != NONE], self.surplus)

    def over(self, others: Matches) -> Matches:
        """Let what others meet and these do not make way as well."""
        more = np.setdiff1d(others.all, self.existing)
        return Matches(self.existing, np.union1d(self.surplus, more))


def load_existing(
    blobs: Blobs, manifest: Manifest, key: Sequence[str], among: Among | None = None
) -> Existing:
    """Read what matching needs of a snapshot, of the rows that are among some if that is asked."""
    schema = manifest.schema
    target = pa.schema([schema.field(name) for name in key if name in schema.names])
    parts = each(
        lambda one: _load_segment(blobs, one, target, among), manifest.segments, at_once=READERS
    )
    return Existing(
        segments=np.repeat(np.arange(len(parts)), [len(part.positions) for part in parts]),
        positions=_joined([part.positions for part in parts]),
        rids=_joined([part.rids for part in parts]),
        hashes=np.concatenate([np.empty((0, 2), np.uint64), *(part.hashes for part in parts)]),
        keys=pa.concat_tables([target.empty_table(), *(part.keys for part in parts)]),
    )


def among_keys(manifest: Manifest, incoming: pa.Table, key: Sequence[str]) -> Among:
    """Choose the rows of a snapshot that have the key of a row that comes in."""
    schema, wanted = manifest.schema, incoming.select(list(key))
    if any(name not in schema.names for name in key):
        return lambda rids, _: np.zeros(len(rids), np.bool_)
    is_alike = [schema.field(name).type for name in key] == wanted.schema.types
    as_one = _comparable if is_alike else _hashed
    values = as_one(wanted)

    def choose(_: I64, keys: pa.Table) -> NDArray[np.bool_]:
        have: Any = as_one(keys.select(list(key)))
        found: Any = pc.is_in(have, value_set=values, skip_nulls=True)
        return np.asarray(found)

    return choose


def among_rids(rids: I64) -> Among:
    """Choose the rows of a snapshot that have one of some ids."""
    return lambda have, _: np.isin(have, rids)


def among_either(one: Among, other: Among) -> Among:
    """Choose the rows that one of two choices takes."""
    return lambda rids, keys: one(rids, keys) | other(rids, keys)


def match_keys(existing: Existing, incoming: pa.Table, key: Sequence[str]) -> Matches:
    """Match by key; a row of the snapshot that has not all key columns matches nothing."""
    if any(name not in existing.keys.column_names for name in key):
        return _no_matches(incoming.num_rows)
    left, right = existing.keys.select(list(key)), incoming.select(list(key))
    if left.schema.types != right.schema.types:
        return _match(_hashed(left), _hashed(right), incoming.num_rows)
    return _match(_comparable(left), _comparable(right), incoming.num_rows)


def match_rids(existing: Existing, rids: I64) -> Matches:
    """Match by row id."""
    return _match(pa.array(existing.rids), pa.array(rids), len(rids))


def match_content(existing: Existing, hashes: U64) -> Matches:
    """Match rows of equal content, the first with the first, where there are several."""
    have, have_nth = _ranked(existing.hashes)
    want, want_nth = _ranked(hashes)
    sorted_hashes = existing.hashes[have]
    place = np.searchsorted(sorted_hashes[:, 0], hashes[want, 0], side="left") + want_nth
    inside = np.minimum(place, max(len(have) - 1, 0))
    matches = np.full(len(hashes), NONE, np.int64)
    if len(have):
        same = (place < len(have)) & (sorted_hashes[inside] == hashes[want]).all(axis=1)
        same &= have_nth[inside] == want_nth
        matches[want[same]] = have[inside[same]]
    return Matches(existing=matches, surplus=np.empty(0, np.int64))


def duplicates(rows: pa.Table, key: Sequence[str]) -> NDArray[np.int64]:
    """Say for each row the position of the last row with the same key, shape (n,)."""
    values = _comparable(rows.select(list(key)))
    if pa.types.is_int64(values.type) and _is_rising(values):
        return np.arange(len(values))
    encoded: Any = values.dictionary_encode()
    groups = np.asarray(encoded.indices.fill_null(len(encoded.dictionary)))
    last = np.zeros(len(encoded.dictionary) + 1, np.int64)
    last[groups] = np.arange(len(groups))
    return last[groups]


def _is_rising(values: Any) -> bool:
    """Say whether whole numbers are there and each above the one before, as ids mostly are."""
    if values.null_count:
        return False
    numbers = np.asarray(values)
    return bool((numbers[1:] > numbers[:-1]).all())


def _load_segment(blobs: Blobs, segment: Segment, target: pa.Schema, among: Among | None) -> _Part:
    table = read_file(blobs, segment.key, [RID, ROW_HASH, *target.names])
    is_shown = live_mask(blobs, segment)
    is_shown[np.asarray(erased_positions(table.schema).to_array(), np.int64)] = False
    table = table.replace_schema_metadata(None)
    if among is not None:
        rids, keys = table[RID].to_numpy(), fitted(table, target, table.num_rows)
        is_shown &= among(rids, keys)
    positions = np.flatnonzero(is_shown)
    if len(positions) < table.num_rows:
        table = table.take(pa.array(positions, pa.int64()))
    return _Part(
        positions=positions,
        rids=table[RID].to_numpy(),
        hashes=hashes_of(table[ROW_HASH]),
        keys=fitted(table, target, table.num_rows),
    )


def _match(have: pa.Array[Any], want: pa.Array[Any], n_incoming: int) -> Matches:
    found: Any = pc.index_in(have, value_set=want, skip_nulls=True)
    places = np.asarray(found.fill_null(NONE)).astype(np.int64)
    rows = np.flatnonzero(places != NONE)
    incoming, first = np.unique(places[rows], return_index=True)
    matches = np.full(n_incoming, NONE, np.int64)
    matches[incoming] = rows[first]
    is_first = np.zeros(len(rows), np.bool_)
    is_first[first] = True
    return Matches(existing=matches, surplus=rows[~is_first])


def _no_matches(n_incoming: int) -> Matches:
    return Matches(existing=np.full(n_incoming, NONE, np.int64), surplus=np.empty(0, np.int64))


def _comparable(keys: pa.Table) -> pa.Array[Any]:
    """Give one array that is equal where the key is: the column, or a hash of several."""
    if keys.num_columns == 1:
        column = one_chunk(keys.column(0))
        if pa.types.is_uint64(column.type):
            # the same bits, for what is above 2^63 has no number among signed ones
            return column.view(pa.int64())
        if pa.types.is_integer(column.type):
            return column.cast(pa.int64())
        if not (pa.types.is_floating(column.type) or pa.types.is_nested(column.type)):
            return column
    return _hashed(keys)


def _hashed(keys: pa.Table) -> pa.Array[Any]:
    """Hash each row of a key; rows with a null in it equal no row that has none."""
    return hash_array(row_hashes(canonical(keys)))


def _ranked(hashes: U64) -> tuple[I64, I64]:
    """Sort by both lanes; return the order and, in it, how many equals stand before each."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    first = hashes[order, 0]
    starts = np.flatnonzero(np.concatenate([[True], first[1:] != first[:-1]]))
    lengths = np.diff(np.concatenate([starts, [len(first)]]))
    ranks = np.arange(len(first)) - np.repeat(starts, lengths)
    return order, ranks


def _joined(arrays: list[I64]) -> I64:
    return np.concatenate([np.empty(0, np.int64), *arrays])
