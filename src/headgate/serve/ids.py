"""Prediction ids: minted in bulk, hashed for the index, found again in the log.

The index of a segment is sorted by the 64-bit XXH3 of the id. Two ids may share a hash, so what
the index finds is compared with the id itself.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from headgate.core.errors import Invalid
from headgate.core.refs import ALPHABET
from headgate.spine.store.sealed import Layout, lookup_sealed, take_sealed, write_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.queries import Segment
    from headgate.spine.context import Context
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.segments import I64

AREA = "prediction_ids"
PREFIX = "pred_"
_LAYOUT = Layout(group_rows=16_384, plain=("hash", "position"))
_TIME_SIGNS = 10
_CHANCE_SIGNS = 12


class Place(NamedTuple):
    """Where a prediction stands."""

    segment: Segment
    position: int


def mint_ids(n: int) -> Any:
    """Make ids that sort by the time they were made: `pred_`, 10 signs of ms, 12 of chance."""
    signs = np.frombuffer(ALPHABET.encode(), np.uint8)
    stamp = time.time_ns() // 1_000_000
    moment = [ALPHABET[(stamp >> shift) & 31] for shift in range(5 * (_TIME_SIGNS - 1), -1, -5)]
    head = np.frombuffer((PREFIX + "".join(moment)).encode(), np.uint8)
    chance = np.frombuffer(os.urandom(n * _CHANCE_SIGNS), np.uint8).reshape(n, _CHANCE_SIGNS)
    width = len(head) + _CHANCE_SIGNS
    text = np.empty((n, width), np.uint8)
    text[:, : len(head)] = head
    text[:, len(head) :] = signs[chance & 31]
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.tobytes())]
    return pa.Array.from_buffers(pa.string(), n, buffers)


def hash_ids(ids: Any) -> U64:
    """Hash each id, shape (n,)."""
    values = ids.cast(pa.binary()).to_pylist()
    return np.fromiter(map(xxhash.xxh3_64_intdigest, values), np.uint64, len(values))


def check_distinct(ids: Any, hashes: U64) -> None:
    """Make sure that no id stands in one call twice.

    Raises:
        Invalid: one does, or one is empty.
    """
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    ties = np.flatnonzero(ranked[1:] == ranked[:-1])
    seen: dict[str, int] = {}
    for row in np.sort(order[np.union1d(ties, ties + 1)]).tolist():
        first = seen.setdefault(ids[row].as_py(), row)
        if first != row:
            raise Invalid(
                f"prediction_id {ids[row].as_py()!r} stands in rows {first} and {row}",
                mend="give each prediction its own id, or leave the column out",
            )
    empty = pc.index(ids, pa.scalar("", ids.type)).as_py()
    if empty >= 0:
        raise Invalid(
            f"prediction_id of row {empty} is empty", mend="give an id, or null to have one minted"
        )


def write_index(blobs: Blobs, hashes: U64) -> str:
    """Write the index of a segment and return its key.

    Args:
        blobs: where to.
        hashes: of the ids by position in the segment, shape (n,).
    """
    order = np.argsort(hashes, kind="stable")
    columns: Any = {"hash": hashes[order], "position": order.astype(np.uint32)}
    return write_sealed(blobs, AREA, pa.table(columns), _LAYOUT).key


def known_ids(context: Context, segments: Sequence[Segment], ids: Any, hashes: U64) -> I64:
    """Return the places in `ids` of those that are in some of the segments, ascending."""
    order = np.argsort(hashes, kind="stable")
    found: list[I64] = [np.empty(0, np.int64)]
    for segment in segments:
        places, rows = lookup_sealed(context.blobs, segment.ids, "hash", hashes[order])
        if not len(places):
            continue
        positions = rows["position"].to_numpy().astype(np.int64)
        held = take_sealed(context.blobs, segment.blob, positions, ["prediction_id"])
        mine = order[places]
        same = pc.equal(ids.take(pa.array(mine)), held["prediction_id"].combine_chunks())
        found.append(mine[np.asarray(same)])
    return np.unique(np.concatenate(found))


def locate(context: Context, segments: Sequence[Segment], prediction_id: str) -> Place | None:
    """Find one prediction in the log."""
    wanted = pa.array([prediction_id], pa.string())
    hashes = hash_ids(wanted)
    for segment in segments:
        _, rows = lookup_sealed(context.blobs, segment.ids, "hash", hashes)
        if not rows.num_rows:
            continue
        positions = rows["position"].to_numpy().astype(np.int64)
        held = take_sealed(context.blobs, segment.blob, positions, ["prediction_id"])
        same = np.flatnonzero(pc.equal(held["prediction_id"], wanted[0]).to_numpy())
        if len(same):
            return Place(segment, int(positions[same[0]]))
    return None
