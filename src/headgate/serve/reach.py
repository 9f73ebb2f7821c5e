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
from headgate.spine.store.edges import joined
from headgate.spine.store.sealed import read_sealed, take_sealed
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.nouns import Release
    from headgate.serve.queries import Count, Segment
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected
    from headgate.spine.store.canonical import U64

_READERS = 2
"""Segments read at once."""
_SPARSE = 64
"""Above one row in so many, reading the whole plain column is quicker than picking rows."""


_NOBODY = np.empty(0, np.uint64)


class Radius(NamedTuple):
    """Predictions in reach, and the distinct users among them."""

    n: int
    n_users: int


class Part(NamedTuple):
    """Predictions in reach in one segment, and the users they were for."""

    n: int
    users: Sequence[U64]


class Log(NamedTuple):
    """The sealed prediction log: its segments, and who made what in each."""

    segments: Sequence[Segment]
    counts: Sequence[Count]


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


def count_reach(
    context: Context, log: Log, reached: set[str], affected: Affected
) -> tuple[Radius, Radius]:
    """Count predictions and the users they were for, in both radii.

    Args:
        context: the project.
        log: the segments of the prediction log, and who made what in them.
        reached: releases in reach.
        affected: the rows.

    Returns:
        Exposed: made by a release in reach. Exact: made from affected rows themselves.
    """
    if not log.segments:
        return Radius(0, 0), Radius(0, 0)
    spans: dict[str, list[tuple[int, int]]] = {}
    for count in log.counts:
        if count.release_id in reached:
            span = (count.position, count.position + count.n_rows)
            spans.setdefault(count.segment, []).append(span)

    def reach(segment: Segment) -> tuple[Part, Part]:
        return _reach(context, segment, joined(spans.get(segment.segment, [])), affected)

    with ThreadPoolExecutor(_READERS) as pool:
        exposed, exact = zip(*pool.map(reach, log.segments), strict=True)
        both = list(pool.map(_summed, (exposed, exact)))
    return both[0], both[1]


def _reach(
    context: Context, segment: Segment, spans: Sequence[tuple[int, int]], affected: Affected
) -> tuple[Part, Part]:
    """Find both radii in one segment, reading its users once where many are wanted."""
    hit = np.zeros(segment.n_rows, np.bool_)
    if segment.refs is not None and not affected.is_empty:
        hit[affected.children_in(segment.refs)] = True
    n_exposed, n_exact = sum(high - low for low, high in spans), int(np.count_nonzero(hit))
    if (n_exposed + n_exact) * _SPARSE > segment.n_rows:
        users = read_sealed(context.blobs, segment.blob, [USER])[USER].to_numpy()
        return Part(n_exposed, [users[low:high] for low, high in spans]), Part(
            n_exact, [users[hit]]
        )
    exposed: list[U64] = []
    exact: list[U64] = []
    if n_exposed:
        table = read_sealed(context.blobs, segment.blob, [USER], ranges=spans)
        exposed.append(table[USER].to_numpy())
    if n_exact:
        table = take_sealed(context.blobs, segment.blob, np.flatnonzero(hit), [USER])
        exact.append(table[USER].to_numpy())
    return Part(n_exposed, exposed), Part(n_exact, exact)


def _summed(parts: Sequence[Part]) -> Radius:
    users = [found for part in parts for found in part.users]
    return Radius(sum(part.n for part in parts), _n_distinct(users))


def _holds(context: Context, index: str, affected: Affected) -> bool:
    return affected.count_in(find_snapshot(context, *split_at(index))) > 0


def _n_distinct(parts: Sequence[U64]) -> int:
    """Count distinct users; 0 stands for none. Sorting 2.5M hashes takes about 25 ms."""
    users = np.concatenate([_NOBODY, *parts])
    users.sort()
    users = users[np.searchsorted(users, np.uint64(1)) :]
    return 0 if not len(users) else int(np.count_nonzero(users[1:] != users[:-1])) + 1
