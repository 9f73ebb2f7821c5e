"""Looks for values that may stand once among the chunks of a stream that came before.

What went in with an earlier chunk stays; the row that repeats it waits. Where that cannot be told,
for there were too many rows, or some repeats are tolerated, the clause is open: not called kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from headgate.core.checks import NONE_AT_ALL, NoRepeats
from headgate.spine.store.indexed import key_hashes
from headgate.spine.store.met import MOST_KEYS, Met

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from headgate.contract.checking import Rule
    from headgate.spine.ports import Passage


ACROSS = "values stand in several chunks of the stream, whose repeats are not counted together"


class Repeats(NamedTuple):
    """What of a chunk came before.

    Args:
        mask: rows whose values stand in an earlier chunk, shape (n,).
        told: why it is not known whether the clause is kept; empty if it is.
    """

    mask: NDArray[np.bool_]
    told: str = ""


def met_before(passage: Passage, rule: Rule, rows: pa.Table) -> Repeats:
    """Say which rows of a chunk repeat values of the chunks before, by one clause.

    Args:
        passage: the commit; its memory takes what the chunk holds.
        rule: the clause; one that is not about repeats finds nothing.
        rows: the chunk, n rows.
    """
    promise = rule.check.promise
    nothing = np.zeros(rows.num_rows, np.bool_)
    if not passage.is_part or not isinstance(promise, NoRepeats):
        return Repeats(nothing)
    met: Met = passage.memory.setdefault(rule.name, Met(MOST_KEYS))
    given = is_given(rows, promise.columns)
    mask = nothing.copy()
    mask[given] = met.meet(key_hashes(rows.select(list(promise.columns)))[given])
    told = f"only the first {met.n_kept:,} values of the stream were compared" * met.is_full
    if rule.check.bounds == NONE_AT_ALL:
        return Repeats(mask, told)
    return Repeats(nothing, told or ACROSS * bool(mask.any()))


def is_given(rows: pa.Table, columns: Sequence[str]) -> NDArray[np.bool_]:
    """Say which rows have a value in each of some columns, shape (n,)."""
    given = np.ones(rows.num_rows, np.bool_)
    for name in columns:
        given &= np.asarray(pc.is_valid(rows[name]))
    return given
