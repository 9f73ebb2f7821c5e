"""Takes what rows say of their parents off them, as edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.spine.store.segments import I64, RID
from headgate.spine.writes import PARENTS


def unfolded(rows: pa.Table, name: str, run: str | None) -> tuple[pa.Table, pa.Table | None]:
    """Take the column of parents off rows and write it as edges, one a parent.

    Args:
        rows: what is to be committed, n rows; `_parents` holds a list of row ids each.
        name: the dataset.
        run: the run that read the parents.

    Returns:
        The rows without that column, and the edges: child (position of a row, int64) and
        parent_rid (int64); nothing if there is no such column.

    Raises:
        Invalid: the column holds no lists of row ids, rows bring their own ids besides, or there
            is no run that read the parents.
    """
    if PARENTS not in rows.column_names:
        return rows, None
    if RID in rows.column_names:
        # what became of several rows is none of them: erased with one, it would take it along
        raise Invalid(
            f"rows of {name} have both {RID} and {PARENTS}",
            mend=f"drop {RID} if they were made of several rows, {PARENTS} if each is still itself",
        )
    if run is None:
        raise Invalid(
            f"rows of {name} name parents outside a run",
            mend="read the parents and commit inside project.run(…)",
        )
    children, parents = parent_pairs(rows[PARENTS], name)
    edges = pa.table({"child": pa.array(children), "parent_rid": pa.array(parents)})
    return rows.drop_columns([PARENTS]), edges


def parent_pairs(column: Any, name: str) -> tuple[I64, I64]:
    """Read a column of parents as pairs, the rows in their order.

    A null inside of a list is left out: the side of an outer join that had no row.

    Args:
        column: a list of row ids for each of n rows; floats that are whole stand for ids, as
            pandas makes them where some were missing.
        name: what the rows are of.

    Returns:
        Positions of rows and ids of their parents, each of shape (n_pairs,).

    Raises:
        Invalid: it holds no lists of row ids, or a row has none.
    """
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not _holds_ids(column.type):
        raise Invalid(
            f"column {PARENTS} is {column.type}", mend="give a list of row ids for each row"
        )
    if column.null_count:
        place = np.flatnonzero(np.asarray(column.is_null()))[0]
        raise Invalid(
            f"row {place} of {name} says nothing of its parents: {PARENTS} is null there",
            mend="give a list of row ids; an empty one says that it was made of no row",
        )
    children: Any = pc.list_parent_indices(column)
    flat: Any = pc.list_flatten(column)
    # a frame without nulls of its own writes NaN
    is_there = ~np.asarray(pc.is_null(flat, nan_is_null=True))
    try:
        ids = flat.filter(pa.array(is_there)).cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise Invalid(
            f"column {PARENTS} of {name} holds what is no row id: {error}",
            mend="give the ids as they stood in _rid",
        ) from error
    return np.asarray(children, np.int64)[is_there], np.asarray(ids, np.int64)


def _holds_ids(kind: Any) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not (is_list or pa.types.is_fixed_size_list(kind)):
        return False
    inner = kind.value_type
    return pa.types.is_integer(inner) or pa.types.is_floating(inner) or pa.types.is_null(inner)
