"""Which texts are nearly the same: MinHash over runs of words, then the exact share in common.

Source: Broder 1997. A text is the set of its runs of three words; two are near if they have in
common a large share of all runs that either has (Jaccard). A hundred minima in twenty bands of
five find 99.9 % of the pairs that have 0.8 in common; where less is asked bands are of fewer, so
that 99 % are found whatever is asked from 0.3 on. Each candidate is then compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from headgate.monitor.texts.words import words_of

Hashes = NDArray[np.uint64]
N_MINIMA = 100
N_ROWS = (5, 4, 3, 2)
"""Minima of a band, tried in this order: the more, the fewer candidates [count]."""

RECALL = 0.99
N_RUN, N_SIGNS_RUN = 3, 5
N_LEAST_WORDS = 8
"""Below these words a text is cut into runs of signs, for it has too few runs of words [count]."""

N_IN_BUCKET = 10
"""Texts of one bucket that each other is compared with: a crowd of alike ones stays linear."""

SEED = 7


class Pair(NamedTuple):
    """Two texts that are nearly the same.

    Args:
        one: position of the first.
        other: position of the second.
        similarity: share of their runs that both have [ratio].
    """

    one: int
    other: int
    similarity: float


def runs_of(text: str) -> Hashes:
    """Return the hashes of a text's runs, each once, ascending; none of an empty text.

    >>> len(runs_of("one two three four five six seven eight nine")), len(runs_of(""))
    (7, 0)
    """
    words = words_of(text)
    if len(words) >= N_LEAST_WORDS:
        runs: Iterable[str] = (
            " ".join(words[at : at + N_RUN]) for at in range(len(words) - N_RUN + 1)
        )
    else:
        whole = " ".join(words)
        n = max(1, len(whole) - N_SIGNS_RUN + 1) if whole else 0
        runs = (whole[at : at + N_SIGNS_RUN] for at in range(n))
    found = {xxhash.xxh3_64_intdigest(each.encode("utf-8", "surrogatepass")) for each in runs}
    return np.sort(np.fromiter(found, np.uint64, len(found)))


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return the share of runs that both have, of those that either has [ratio]."""
    n_both = len(np.intersect1d(one, other, assume_unique=True))
    return n_both / max(1, len(one) + len(other) - n_both)


def near_pairs(
    texts: Sequence[Hashes], others: Sequence[Hashes] | None = None, *, least: float = 0.8
) -> Iterator[Pair]:
    """Find pairs of texts that are nearly the same, each once, in the order of the second.

    Args:
        texts: runs of each text.
        others: runs of each text of another collection; then one of a pair is of each.
        least: share of runs that they have in common at least [ratio].

    Yields:
        Pairs; `one` is a position in `texts`, `other` one in `others` or a later one in `texts`.
    """
    buckets: dict[bytes, list[int]] = {}
    n_rows = _rows_for(least)
    if others is not None:
        for at, runs in enumerate(texts):
            _put(buckets, at, _bands(runs, n_rows))
    for at, runs in enumerate(texts if others is None else others):
        bands = _bands(runs, n_rows)
        seen: set[int] = set()
        for band in bands:
            seen.update(buckets.get(band, ()))
        for one in sorted(seen):
            if (share := jaccard(texts[one], runs)) >= least:
                yield Pair(one, at, share)
        if others is None:
            _put(buckets, at, bands)


def near_groups(texts: Sequence[Hashes], *, least: float = 0.8) -> list[int]:
    """Number the group of each text, shape (n,): the position of the first that is nearly the same.

    Args:
        texts: runs of each text.
        least: share of runs that two have in common at least [ratio].
    """
    heads = list(range(len(texts)))
    for pair in near_pairs(texts, least=least):
        first, second = sorted((_head(heads, pair.one), _head(heads, pair.other)))
        heads[second] = first
    return [_head(heads, at) for at in range(len(texts))]


def _put(buckets: dict[bytes, list[int]], at: int, bands: Sequence[bytes]) -> None:
    for band in bands:
        bucket = buckets.setdefault(band, [])
        if len(bucket) < N_IN_BUCKET:
            bucket.append(at)


def _head(heads: list[int], at: int) -> int:
    while heads[at] != at:
        heads[at] = heads[heads[at]]
        at = heads[at]
    return at


def _multipliers() -> tuple[Hashes, Hashes]:
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(1, 2**63, size=(2, N_MINIMA), dtype=np.uint64)
    return drawn[0] | np.uint64(1), drawn[1]


FACTORS, OFFSETS = _multipliers()


def _rows_for(least: float) -> int:
    """Choose the minima of a band for pairs that have so much in common."""
    enough = (n for n in N_ROWS if 1 - (1 - least**n) ** (N_MINIMA // n) >= RECALL)
    return next(enough, N_ROWS[-1])


def _bands(runs: Hashes, n_rows: int) -> list[bytes]:
    """Return the name of the bucket that a text falls into in each band of so many minima."""
    if not len(runs):
        return []
    mixed = runs[:, None] * FACTORS + OFFSETS
    minima = (mixed ^ (mixed >> np.uint64(29))).min(axis=0)
    ends = range(0, N_MINIMA + 1, n_rows)
    return [bytes([at]) + minima[a:b].tobytes() for at, (a, b) in enumerate(pairwise(ends))]
