"""What of the prediction log lies in reach of affected rows: exposed and exact, and by whom seen.

Exposed are the predictions of releases that learned from affected rows or retrieve from them; they
are counted from the catalog. Exact are those whose own rows are affected; their edges are read
where parents may lie in the affected range. Distinct users are counted over hashed keys.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headgate.core.refs import split_at
from headgate.serve.sealing import USER
from headgate.spine.store.edges import read_edges
from headgate.spine.store.sealed import read_sealed, take_sealed
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.nouns import Release
    from headgate.serve.queries import Count, Segment
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.segments import I64

_READERS = 2
"""Segments read at once."""
_SPARSE = 64
"""Above one row in so many, reading the whole plain column is quicker than picking rows."""


class Radius(NamedTuple):
    """Predictions in reach, and the distinct users among them."""

    n: int
    n_users: int


def reached_releases(
    context: Context, releases: Sequence[Release], affected: Affected, models: frozenset[str]
) -> list[str]:
    """Return the ids of releases whose model, prompt or index affected rows went into."""
    indexes = {release.index for release in releases if release.index is not None}
    bad = {index for index in indexes if _holds(context, index, affected)}
    return [
        release.release_id
        for release in releases
        if release.model in models or f"prompt:{release.prompt}" in models or release.index in bad
    ]


def exposed_radius(
    context: Context, segments: Sequence[Segment], counts: Sequence[Count], reached: set[str]
) -> Radius:
    """Count the predictions of some releases and the users they were for."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for count in counts:
        if count.release_id in reached:
            span = (count.position, count.position + count.n_rows)
            ranges.setdefault(count.segment, []).append(span)

    def users(segment: Segment) -> U64:
        spans = _joined(ranges[segment.segment])
        table = read_sealed(context.blobs, segment.blob, [USER], ranges=spans)
        return table[USER].to_numpy()

    held = [segment for segment in segments if segment.segment in ranges]
    with ThreadPoolExecutor(_READERS) as pool:
        parts = list(pool.map(users, held))
    n = sum(high - low for spans in ranges.values() for low, high in spans)
    return Radius(n, _distinct(parts))


def exact_radius(context: Context, segments: Sequence[Segment], affected: Affected) -> Radius:
    """Count the predictions made from affected rows themselves, and the users they were for."""
    spans = affected.rid_spans
    if not spans:
        return Radius(0, 0)

    def exact(segment: Segment) -> tuple[int, U64]:
        positions = _exact_positions(context, segment, affected, spans)
        if not len(positions):
            return 0, np.empty(0, np.uint64)
        if len(positions) * _SPARSE > segment.n_rows:
            every = read_sealed(context.blobs, segment.blob, [USER])[USER].to_numpy()
            return len(positions), every[positions]
        table = take_sealed(context.blobs, segment.blob, positions, [USER])
        return len(positions), table[USER].to_numpy()

    held = [segment for segment in segments if segment.refs is not None]
    with ThreadPoolExecutor(_READERS) as pool:
        parts = list(pool.map(exact, held))
    return Radius(sum(n for n, _ in parts), _distinct([users for _, users in parts]))


def _exact_positions(
    context: Context, segment: Segment, affected: Affected, spans: Sequence[tuple[int, int]]
) -> I64:
    """Return the positions in a segment whose rows are affected, ascending and distinct."""
    hit = np.zeros(segment.n_rows, np.bool_)
    for span in spans:
        rids, revs, children = read_edges(context.blobs, segment.refs or "", between=span)
        low = int(np.searchsorted(rids, span[0], side="left"))
        high = int(np.searchsorted(rids, span[1], side="right"))
        rids, revs, children = rids[low:high], revs[low:high], children[low:high]
        hit[children[affected.matches(rids, revs)]] = True
    return np.flatnonzero(hit)


def _holds(context: Context, index: str, affected: Affected) -> bool:
    return affected.count_in(find_snapshot(context, *split_at(index))) > 0


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges that touch; they come ascending."""
    joined: list[tuple[int, int]] = []
    for low, high in spans:
        if joined and joined[-1][1] == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


def _distinct(parts: Sequence[U64]) -> int:
    """Count distinct users; 0 stands for none. Sorting 2.5M hashes takes about 25 ms."""
    users = np.concatenate([np.empty(0, np.uint64), *parts])
    users.sort()
    users = users[np.searchsorted(users, np.uint64(1)) :]
    return 0 if not len(users) else int(np.count_nonzero(users[1:] != users[:-1])) + 1
