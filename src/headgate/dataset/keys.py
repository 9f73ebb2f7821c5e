"""Rows that two branches have under the same key, each with an id of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.dataset.compare import images
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.segments import I64, RID, hash_array

if TYPE_CHECKING:
    from headgate.dataset.branching.threeway import Sides, Verdict
    from headgate.dataset.compare import Side
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest


class Clash(NamedTuple):
    """The ids of two rows with the same key."""

    ours: int
    theirs: int


class _Keyed(NamedTuple):
    """Rows with a key: ids of shape (n,), and one array that is equal where the key is."""

    rids: I64
    keys: pa.Array[Any]


def clashes_of(blobs: Blobs, sides: Sides, verdict: Verdict) -> tuple[tuple[Clash, ...], I64]:
    """Find rows to be taken whose key a row that stays has as well.

    Only rows that were touched since the common ancestor are looked at: the others were there
    beside one another before.

    Returns:
        The pairs that are not alike; and the ids of rows that both sides added alike, which need
        not be taken.
    """
    none = np.empty(0, np.int64)
    if not sides.ours.key or not len(verdict.taken) or not len(verdict.kept):
        return (), none
    difference = verdict.difference
    ours = _keyed(blobs, sides.ours, difference.before, verdict.kept)
    theirs = _keyed(blobs, sides.theirs, difference.after, verdict.taken)
    found: Any = pc.index_in(theirs.keys, value_set=ours.keys)
    places = np.asarray(found.fill_null(-1)).astype(np.int64)
    meeting = np.flatnonzero(places >= 0)
    pairs = [Clash(int(ours.rids[places[index]]), int(theirs.rids[index])) for index in meeting]
    alike = {pair for pair in pairs if _are_alike(verdict, pair)}
    doubled = np.array(sorted(pair.theirs for pair in alike), np.int64)
    return tuple(pair for pair in pairs if pair not in alike), doubled


def _are_alike(verdict: Verdict, pair: Clash) -> bool:
    """Say whether both sides added the row, with the same content."""
    difference = verdict.difference
    if not _holds(difference.removed, pair.ours) or not _holds(difference.added, pair.theirs):
        return False
    before, after = difference.before, difference.after
    one = before.hashes[np.searchsorted(before.rids, pair.ours)]
    other = after.hashes[np.searchsorted(after.rids, pair.theirs)]
    return bool((one == other).all())


def _holds(rids: I64, rid: int) -> bool:
    place = int(np.searchsorted(rids, rid))
    return place < len(rids) and int(rids[place]) == rid


def _keyed(blobs: Blobs, manifest: Manifest, side: Side, rids: I64) -> _Keyed:
    """Read the keys of some rows; a row with a null in its key has none."""
    names = [name for name in manifest.key if name in manifest.schema.names]
    rows = images(blobs, manifest, side, rids, columns=names)
    is_whole = np.full(rows.num_rows, len(names) == len(manifest.key))
    for name in names:
        is_whole &= np.asarray(pc.is_valid(rows[name]))
    rows = rows.filter(pa.array(is_whole))
    keys = hash_array(row_hashes(canonical(rows.select(names))))
    return _Keyed(np.asarray(rows[RID].combine_chunks(), np.int64), keys)
