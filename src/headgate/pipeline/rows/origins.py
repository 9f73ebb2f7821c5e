"""Which rows each row of a table was made of, as two arrays, so that a million take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid, NotFound
from headgate.spine.lineage.unfold import parent_pairs
from headgate.spine.store.segments import I64, RID
from headgate.spine.writes import PARENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SHORT = 2**31 - 1
"""Entries up to which Arrow's short lists can count [count]."""


class Origins(NamedTuple):
    """For each of n rows the ids of the rows it was made of, ascending, each once.

    Args:
        offsets: where the ids of each row begin, and where the last ends, shape (n + 1,).
        rids: the ids, one row's after the other's.
    """

    offsets: I64
    rids: I64

    @property
    def counts(self) -> I64:
        """How many each row has, shape (n,)."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> I64:
        """The row that each id stands with, shape of `rids`."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.counts)


def origins_of(table: pa.Table) -> Origins:
    """Read what each row of a table was made of: of itself by `_rid`, of others by `_parents`.

    Raises:
        Invalid: the table has neither, or they hold no row ids.
    """
    names = table.column_names
    if RID not in names and PARENTS not in names:
        raise Invalid(
            f"a table with the columns {', '.join(names) or 'none'} does not say what its rows "
            f"were made of",
            mend=f"keep {RID} as the step was given it; rows made of no row are rows.literal(…)",
        )
    if PARENTS not in names:
        return Origins(np.arange(table.num_rows + 1), _ids(table[RID]))
    children, rids = parent_pairs(table[PARENTS], "the table")
    if RID in names:
        own = _ids(table[RID])
        children = np.concatenate([children, np.arange(len(own))])
        rids = np.concatenate([rids, own])
    return gathered(children, rids, table.num_rows)


def gathered(children: I64, rids: I64, n_rows: int) -> Origins:
    """Collect pairs of a row's position and an id it was made of, in any order."""
    order = np.lexsort((rids, children))
    children, rids = children[order], rids[order]
    is_new = np.ones(len(rids), np.bool_)
    is_new[1:] = (np.diff(children) != 0) | (np.diff(rids) != 0)
    children, rids = children[is_new], rids[is_new]
    return Origins(np.searchsorted(children, np.arange(n_rows + 1)), rids)


def taken(origins: Origins, places: I64) -> Origins:
    """Return the origins of the rows at some places; -1 stands for no row."""
    counts = np.append(origins.counts, 0)[places]
    starts = origins.offsets[places]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
    return Origins(offsets, origins.rids[np.repeat(starts, counts) + within])


def united(parts: Iterable[Origins], n_rows: int) -> Origins:
    """Put the origins of the same n rows together."""
    known = list(parts)
    children = np.concatenate([part.rows for part in known])
    return gathered(children, np.concatenate([part.rids for part in known]), n_rows)


def grouped(origins: Origins, groups: I64, n_groups: int) -> Origins:
    """Put the origins of the rows of each group together.

    Args:
        origins: of n rows.
        groups: the group of each row, shape (n,).
        n_groups: how many there are.
    """
    return gathered(groups[origins.rows], origins.rids, n_groups)


def with_origins(table: pa.Table, origins: Origins) -> pa.Table:
    """Give rows the column `_parents`, in the place of one they have."""
    names = [name for name in table.column_names if name != PARENTS]
    ids = pa.array(origins.rids, pa.int64())
    is_short = len(origins.rids) <= _MOST_SHORT
    kind: Any = pa.ListArray if is_short else pa.LargeListArray
    offsets = pa.array(origins.offsets, pa.int32() if is_short else pa.int64())
    return table.select(names).append_column(PARENTS, kind.from_arrays(offsets, ids))


def bare(table: pa.Table) -> pa.Table:
    """Leave out the columns that say where rows came from."""
    return table.select([name for name in table.column_names if name not in {RID, PARENTS}])


def at(table: pa.Table, places: I64) -> pa.Table:
    """Take rows by their places; -1 stands for a row of nulls."""
    return table.take(pa.array(places, pa.int64(), mask=places < 0))


def require_columns(table: pa.Table, names: Sequence[str]) -> None:
    """Make sure that a table has some columns.

    Raises:
        NotFound: it has not.
    """
    known = bare(table).column_names
    for name in names:
        if name not in known:
            raise NotFound.among("column", name, known)


def _ids(column: Any) -> I64:
    if column.null_count or not pa.types.is_integer(column.type):
        raise Invalid(
            f"column {RID} holds no row ids", mend=f"leave {RID} as the step was given it"
        )
    return np.asarray(column.combine_chunks().cast(pa.int64()), np.int64)
