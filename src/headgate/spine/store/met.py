"""Remembers the keys of rows that came in chunks, and says which came before.

A key is kept as a hash of 128 bits, 16 bytes each, sorted chunk by chunk. Which of them a new key
might be is told by flags of the leading bits of all: seven of eight new keys meet none, so few are
looked for among the chunks, and no two of these need ever be put together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from headgate.spine.store.canonical import U64

MOST_KEYS = 32 * 2**20
"""Keys that are kept: half a gigabyte, and half as much for their flags [count]."""
_FLAGS_A_KEY = 8
"""Flags there are at least for each key [count]."""
_LEAST_BITS = 16
_Lane = NDArray[np.uint64]


class _Run(NamedTuple):
    """Keys sorted by their first lane, each lane of shape (n,).

    Keys that are alike in one lane and not in the other come once in 2 ** 64.
    """

    first: _Lane
    second: _Lane


class Met:
    """Keys that came so far.

    Args:
        most: keys that are kept; of those that come later no two are compared [count].

    Attributes:
        is_full: some keys were not kept.
        n_kept: keys that were [count].
    """

    def __init__(self, most: int = MOST_KEYS) -> None:
        self.is_full = False
        self.n_kept = 0
        self._most = most
        self._runs: list[_Run] = []
        self._bits = _LEAST_BITS
        self._flags = np.zeros(2**_LEAST_BITS, np.bool_)

    def meet(self, keys: U64) -> NDArray[np.bool_]:
        """Say which keys came in an earlier call, and keep those of this one.

        Args:
            keys: hashes of keys, shape (n, 2).

        Returns:
            A mask of shape (n,).
        """
        order = np.argsort(keys[:, 0])
        wanted = _Run(keys[order, 0], keys[order, 1])
        found = np.zeros(len(keys), np.bool_)
        near = np.flatnonzero(self._flags[self._places(wanted.first)])
        few = _Run(wanted.first[near], wanted.second[near])
        for run in self._runs:
            found[order[near]] |= _among(run, few)
        room = self._most - self.n_kept
        self.is_full |= len(keys) > room
        is_early = order < room
        self._keep(_Run(wanted.first[is_early], wanted.second[is_early]))
        return found

    def _keep(self, run: _Run) -> None:
        if not len(run.first):
            return
        self.n_kept += len(run.first)
        self._runs.append(run)
        fresh = [run]
        if len(self._flags) < _FLAGS_A_KEY * self.n_kept:
            self._bits = (_FLAGS_A_KEY * self.n_kept - 1).bit_length()
            self._flags = np.zeros(2**self._bits, np.bool_)
            fresh = self._runs
        for one in fresh:
            self._flags[self._places(one.first)] = True

    def _places(self, lane: _Lane) -> _Lane:
        return lane >> np.uint64(64 - self._bits)


def _among(run: _Run, wanted: _Run) -> NDArray[np.bool_]:
    """Say which keys are in a run; both are sorted, so memory is walked through once."""
    place = np.minimum(np.searchsorted(run.first, wanted.first), len(run.first) - 1)
    return (run.first[place] == wanted.first) & (run.second[place] == wanted.second)
