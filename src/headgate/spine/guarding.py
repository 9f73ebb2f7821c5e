"""Asks the guards that stand before a dataset, and lets what they say become of its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.spine.ports import Offered, Passage
from headgate.spine.store.queries import CONTRACTS, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.candidate import Standing
    from headgate.spine.context import Context
    from headgate.spine.ports import Judgment, Post, Rejection
    from headgate.spine.store.segments import I64
    from headgate.spine.store.writing import Incoming
    from headgate.spine.writes import Part, Write


class Chunk(NamedTuple):
    """A part of a stream.

    Args:
        n_least: its rows count as so many at least where a share of them is meant, for the last
            chunk may be short [count].
        memory: what guards keep of the chunks before it.
    """

    n_least: int
    memory: dict[str, Any]


def post_for(
    context: Context,
    write: Write,
    standing: Standing,
    parts: Sequence[Part],
    *,
    chunk: Chunk | None = None,
) -> Post | None:
    """Find the guard that stands before a dataset; nothing where nothing is promised.

    Args:
        context: the project.
        write: what is asked for.
        standing: what it stands on.
        parts: the rows.
        chunk: which part of a stream they are; nothing if they are all.

    Raises:
        Invalid: what wants to come may not, whatever its rows are.
    """
    if not standing.stands_on.n_contracts:
        return None
    passage = Passage(
        write=write,
        parent=standing.parent,
        reads=tuple(standing.reads),
        n_parts=len(parts),
        is_part=chunk is not None,
        n_least=chunk.n_least if chunk else 0,
        memory=chunk.memory if chunk else {},
        is_release=any(part.origin.released_from is not None for part in parts),
    )
    posts = (guard.post(context, passage) for guard in context.registry.guards)
    return next((post for post in posts if post is not None), None)


def promise_of(context: Context, dataset: str) -> str:
    """Name what stands before a dataset, in other words once it may judge otherwise."""
    with context.catalog.read() as connection:
        if not counted(connection, context.tenant, CONTRACTS):
            return ""
    told = (guard.promise(context, dataset) for guard in context.registry.guards)
    return "; ".join(one for one in told if one)


def judged(
    post: Post, incoming: Incoming, positions: I64, batches: I64, rejections: Sequence[Rejection]
) -> tuple[Judgment, Incoming, I64]:
    """Have rows judged; return the judgment, and what is left of the rows with their positions.

    Args:
        post: the guard.
        incoming: rows that passed the gates and the key, n of them.
        positions: where each stood among all rows that were offered, shape (n,).
        batches: for each row that was offered its batch, shape (n_offered,).
        rejections: what was kept out before.

    Raises:
        Invalid: none of them may come.
    """
    offered = Offered(
        rows=incoming.rows,
        positions=positions,
        batches=batches,
        rejected=tuple(rejections),
        rids=incoming.rids,
        leaving=incoming.scope,
    )
    judgment = post.judge(offered)
    if judgment.holds_all:
        none = np.empty(0, np.int64)
        held = replace(
            incoming,
            rows=judgment.empty,
            batches=none,
            mode="append",
            key=(),
            rids=None if incoming.rids is None else none,
            scope=None,
            must_write=False,
        )
        return judgment, held, none
    if not judgment.rejected:
        return judgment, incoming, positions
    out = np.array([one.position for one in judgment.rejected], np.int64)
    kept = np.flatnonzero(~np.isin(positions, out))
    left = replace(
        incoming,
        rows=incoming.rows.take(pa.array(kept, pa.int64())),
        batches=incoming.batches[kept],
        rids=None if incoming.rids is None else incoming.rids[kept],
    )
    return judgment, left, positions[kept]
