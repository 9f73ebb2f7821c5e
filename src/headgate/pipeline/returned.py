"""What a step's function may return, as rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.core.refs import RID

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot

_NAMELESS = re.compile(r"__index_level_\d+__")
"""How a pandas index without a name comes over; it counts rows and is no column."""


def as_table(name: str, made: Any) -> pa.Table:
    """Take what a step returned as rows.

    Raises:
        Invalid: it is nothing that holds rows, or some of its rows have ids and others none.
    """
    rows = _taken(name, made)
    names = [one for one in rows.column_names if not _NAMELESS.fullmatch(one)]
    return _with_whole_ids(name, rows.select(names) if len(names) < rows.num_columns else rows)


def with_known_columns(name: str, rows: pa.Table | None, head: Snapshot | None) -> pa.Table | None:
    """Give what holds neither rows nor columns the columns that the dataset has, without rows.

    Args:
        name: the step.
        rows: what it returned, if anything.
        head: the newest snapshot of its dataset, if there is one.

    Raises:
        Invalid: there is none, so that nothing tells the columns.
    """
    if rows is None or rows.num_rows or rows.num_columns:
        return rows
    if head is not None:
        from headgate.spine.store.manifest import schema_of

        return schema_of(head.columns).empty_table()
    raise Invalid(
        f"step {name} returned no rows the first time it ran, and no columns",
        mend="say what columns rows would have: return {'id': [], 'price': []}, or an empty table",
    )


def _with_whole_ids(name: str, rows: pa.Table) -> pa.Table:
    """Turn ids that a frame made floats of back, and refuse rows without one among others."""
    if RID not in rows.column_names:
        return rows
    place, column = rows.column_names.index(RID), rows[RID]
    is_float = pa.types.is_floating(column.type)
    n_missing = column.null_count + (_count_nan(column) if is_float else 0)
    if n_missing:
        raise Invalid(
            f"{n_missing} of {len(column)} rows of step {name} have no {RID}",
            mend=f"drop the column {RID}, or say in _parents what each row was made of",
        )
    if not is_float:
        return rows
    try:
        return rows.set_column(place, RID, column.cast(pa.int64()))
    except pa.ArrowInvalid as error:
        raise Invalid(
            f"column {RID} of step {name} holds no row ids: {error}",
            mend=f"leave {RID} as the step was given it",
        ) from error


def _count_nan(column: Any) -> int:
    import pyarrow.compute as pc

    counted: Any = pc.sum(pc.is_nan(column))
    return counted.as_py() or 0


def _taken(name: str, made: Any) -> pa.Table:
    try:
        if isinstance(made, pa.Table):
            return made
        if isinstance(made, list):
            return _of_dicts(made)
        if isinstance(made, Mapping) or hasattr(made, "__arrow_c_stream__"):
            return pa.table(made)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise Invalid(
            f"what step {name} returned is no table: {error}",
            mend="return a table, a list of dicts or a dict of columns of one length",
        ) from error
    raise Invalid(
        f"step {name} returned {type(made).__name__}, which holds no rows",
        mend="return a pyarrow table, a frame, a list of dicts or a dict of columns",
    )


def _of_dicts(made: list[Any]) -> pa.Table:
    """Make a table of dicts; a column that some of them lack is null there."""
    known = dict.fromkeys(key for row in made if isinstance(row, Mapping) for key in row)
    whole = [dict.fromkeys(known) | row for row in made[:1]] + made[1:]
    return pa.Table.from_pylist(whole)
