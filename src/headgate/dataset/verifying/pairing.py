"""Pairs what two sides have alike, each of many equal ones once, in the time of one sort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from headgate.spine.store.canonical import U64
from headgate.spine.store.segments import I64


class Pairs(NamedTuple):
    """Positions on two sides.

    Args:
        a: of what is paired, shape (n,), ascending.
        b: of their partners, shape (n,).
        only_a: of what has no partner in B, ascending.
        only_b: of what has no partner in A, ascending.
    """

    a: I64
    b: I64
    only_a: I64
    only_b: I64


def paired(a: U64, b: U64) -> Pairs:
    """Pair equal hashes of two sides.

    Args:
        a: two lanes for each, shape (n, 2).
        b: likewise, shape (m, 2).

    >>> left, right = np.array([[1, 1], [2, 2], [2, 2]]), np.array([[2, 2], [3, 3]])
    >>> pairs = paired(left.astype(np.uint64), right.astype(np.uint64))
    >>> [part.tolist() for part in pairs]
    [[1], [0], [0, 2], [1]]
    """
    lanes = np.concatenate([a, b])
    order = np.lexsort((lanes[:, 1], lanes[:, 0]))
    groups = _groups(lanes[order])
    is_b = order >= len(a)
    n_groups = int(groups[-1]) + 1 if len(groups) else 0
    n_a = np.bincount(groups[~is_b], minlength=n_groups)
    n_b = np.bincount(groups[is_b], minlength=n_groups)
    starts = np.cumsum(n_a + n_b) - (n_a + n_b)
    # the sort is stable, so in each group those of A stand before those of B
    rank = np.arange(len(order)) - starts[groups] - np.where(is_b, n_a[groups], 0)
    has_partner = rank < np.minimum(n_a, n_b)[groups]
    at_a, at_b = order[~is_b & has_partner], order[is_b & has_partner] - len(a)
    by_a = np.argsort(at_a, kind="stable")
    return Pairs(
        a=at_a[by_a],
        b=at_b[by_a],
        only_a=np.sort(order[~is_b & ~has_partner]),
        only_b=np.sort(order[is_b & ~has_partner] - len(a)),
    )


def n_repeated(lanes: U64) -> int:
    """Count those of which there is another like it.

    Args:
        lanes: two for each, shape (n, 2).
    """
    groups = _groups(lanes[np.lexsort((lanes[:, 1], lanes[:, 0]))])
    counts = np.bincount(groups) if len(groups) else np.empty(0, np.int64)
    return int(counts[counts > 1].sum())


def _groups(ordered: U64) -> I64:
    """Number the runs of equal lanes, from 0."""
    if not len(ordered):
        return np.empty(0, np.int64)
    is_new = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.concatenate([[0], np.cumsum(is_new)]).astype(np.int64)
