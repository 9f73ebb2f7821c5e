"""The most frequent values of a column, with how far off their counts may be.

Each batch keeps its 100 most frequent values and the count of the next one. A value that a batch
does not name is there at most so often, which bounds the sum over batches (the mergeable
summaries of Agarwal et al. 2012).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from headgate.monitor.profiles.categorical import kept_name

N_KEPT = 100


class Frequent(msgspec.Struct, frozen=True):
    """The most frequent values.

    Args:
        names: the most frequent first.
        counts: how often each occurs, at least [count].
        most_missed: a value occurs at most so often beyond what is counted of it [count].
    """

    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    most_missed: int = 0

    @classmethod
    def of(cls, counted: Sequence[tuple[str, int]]) -> Frequent:
        """Take every value with its count, in any order."""
        kept, rest = _top(counted)
        names = tuple(kept_name(name, hidden=False) for name, _ in kept)
        return cls(names, tuple(n for _, n in kept), rest)


def merged(parts: Sequence[Frequent]) -> Frequent:
    """Put the most frequent values of several batches together."""
    counts: Counter[str] = Counter()
    for one in parts:
        counts.update(dict(zip(one.names, one.counts, strict=True)))
    kept, rest = _top(counts.items())
    missed = sum(one.most_missed for one in parts)
    return Frequent(tuple(name for name, _ in kept), tuple(n for _, n in kept), rest + missed)


def _top(counted: Iterable[tuple[str, int]]) -> tuple[list[tuple[str, int]], int]:
    """Return the values to keep, the most frequent first, and the count of the next one."""
    ordered = sorted(counted, key=lambda one: (-one[1], one[0]))
    return ordered[:N_KEPT], ordered[N_KEPT][1] if len(ordered) > N_KEPT else 0
