"""Shapes in which several rows become one: groups, and duplicates of which one survives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.pipeline.rows.origins import (
    at,
    bare,
    grouped,
    origins_of,
    require_columns,
    taken,
    with_origins,
)
from headgate.spine.store.segments import I64

Find = Callable[[pa.Table], I64 | None]
"""Finds the group of each row of a table of keys, or leaves it to Arrow."""
_ROW = "row"


def group(table: pa.Table, by: str | Sequence[str], /, **values: tuple[str, str]) -> pa.Table:
    """Make one row of all rows that have the same key.

    Args:
        table: the rows.
        by: the key's columns; none puts all rows together. Nulls are equal to one another.
        values: for each new column the column it is reckoned from, and how: `sum`, `mean`, `min`,
            `max`, `count`, `count_distinct`, `first`, `last`, `list` or another of Arrow's
            grouped aggregations.

    Returns:
        The key and the new columns, groups in the order of their first rows; each was made of all
        rows of its group. No rows make no group.

    Raises:
        NotFound: there is no such column.
        Invalid: there is no such aggregation, or it cannot be reckoned from the column.
    """
    return group_with(nothing_found, table, by, values)


def group_with(
    find: Find, table: pa.Table, by: str | Sequence[str], values: Mapping[str, tuple[str, str]]
) -> pa.Table:
    """Make one row of all rows that have the same key, found in one way or another.

    Args:
        find: finds the group of each row.
        table: the rows.
        by: the key's columns, as `group` takes them.
        values: what is reckoned, as `group` takes it.

    Raises:
        NotFound: there is no such column.
        Invalid: there is no such aggregation, or it cannot be reckoned from the column.
    """
    keys = [by] if isinstance(by, str) else list(by)
    require_columns(table, [*keys, *(column for column, _ in values.values())])
    origins = origins_of(table)
    known = find(table.select(keys))
    found, groups = _aggregated(table, keys, list(values.values()), known)
    named = [*keys, *values]
    made = pa.table(
        [found[f"k{index}"] for index in range(len(keys))] + _made(found, values), named
    )
    return with_origins(made, grouped(origins, groups, made.num_rows))


def deduplicate(
    table: pa.Table,
    by: str | Sequence[str] | None = None,
    *,
    keep: Literal["first", "last"] = "first",
) -> pa.Table:
    """Keep one row of all that have the same key; it was made of all of them.

    Args:
        table: the rows, of which the first or the last of a key survives; sort them before.
        by: the key's columns; all of them if none are named. Nulls are equal to one another.
        keep: which of them.

    Returns:
        The survivors, in their order. They are new rows, those without a duplicate too, so that
        the next duplicate changes nothing about what a row is.

    Raises:
        NotFound: there is no such column.
        Invalid: a key that cannot be compared.
    """
    return deduplicate_with(nothing_found, table, by, keep)


def deduplicate_with(
    find: Find, table: pa.Table, by: str | Sequence[str] | None, keep: Literal["first", "last"]
) -> pa.Table:
    """Keep one row of all that have the same key, found in one way or another.

    Args:
        find: finds the group of each row.
        table: the rows.
        by: the key's columns, as `deduplicate` takes them.
        keep: which of them.

    Raises:
        NotFound: there is no such column.
        Invalid: a key that cannot be compared.
    """
    keys = bare(table).column_names if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(table, keys)
    origins = origins_of(table)
    _, groups = _aggregated(table, keys, [], find(table.select(keys)))
    n_groups = int(groups.max(initial=-1)) + 1
    if keep == "first":
        survivors = np.unique(groups, return_index=True)[1]
    else:
        survivors = len(groups) - 1 - np.unique(groups[::-1], return_index=True)[1]
    order = np.argsort(survivors)
    kept = at(bare(table), survivors[order])
    return with_origins(kept, taken(grouped(origins, groups, n_groups), order))


def nothing_found(keys: pa.Table) -> None:
    """Leave it to Arrow to find groups while it reckons."""
    del keys


def _aggregated(
    table: pa.Table, keys: Sequence[str], wanted: Sequence[tuple[str, str]], known: I64 | None
) -> tuple[pa.Table, I64]:
    """Group rows; return what is reckoned of each group, and the group of each row.

    Groups that are known already are counted from 0 in the order of their first rows.
    """
    columns: dict[str, Any] = {f"k{index}": table[name] for index, name in enumerate(keys)}
    if known is not None:
        columns = {"k": pa.array(known)}
    elif not keys:
        columns["k"] = pa.repeat(0, table.num_rows)
    names = list(columns)
    columns |= {f"v{index}": table[name] for index, (name, _) in enumerate(wanted)}
    columns[_ROW] = pa.array(np.arange(table.num_rows), pa.int64())
    sums: Any = [(f"v{index}", how) for index, (_, how) in enumerate(wanted)]
    try:
        grouping = pa.table(columns).group_by(names, use_threads=False)
        found = grouping.aggregate([*sums, (_ROW, "list")])
    except (pa.ArrowException, KeyError) as error:
        raise Invalid(
            f"rows cannot be grouped by {', '.join(keys) or 'nothing'}: {error}",
            mend="use sum, mean, min, max, count, count_distinct, first, last or list, over a "
            "column that takes it",
        ) from error
    found = _by_first_row(found)
    lists = found[f"{_ROW}_list"].combine_chunks()
    groups = np.zeros(table.num_rows, np.int64)
    groups[np.asarray(pc.list_flatten(lists), np.int64)] = np.asarray(pc.list_parent_indices(lists))
    if known is not None:
        firsts: Any = pa.array(np.unique(known, return_index=True)[1])
        for index, name in enumerate(keys):
            found = found.append_column(f"k{index}", table[name].take(firsts))
    return found, groups


def _by_first_row(found: pa.Table) -> pa.Table:
    """Order groups by their first rows; Arrow keeps that order for a key of one column alone."""
    firsts: Any = pc.list_element(found[f"{_ROW}_list"], 0)
    order: Any = pc.sort_indices(firsts)
    return found.take(order)


def _made(found: pa.Table, values: Mapping[str, tuple[str, str]]) -> list[Any]:
    return [found[f"v{index}_{how}"] for index, (_, how) in enumerate(values.values())]
