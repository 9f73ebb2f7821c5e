"""Shapes in which several rows become one: groups, and duplicates of which one survives."""

from __future__ import annotations

from collections.abc import Sequence
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
    keys = [by] if isinstance(by, str) else list(by)
    require_columns(table, [*keys, *(column for column, _ in values.values())])
    origins = origins_of(table)
    found, groups = _aggregated(table, keys, list(values.values()))
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
    keys = bare(table).column_names if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(table, keys)
    origins = origins_of(table)
    _, groups = _aggregated(table, keys, [])
    n_groups = int(groups.max(initial=-1)) + 1
    if keep == "first":
        survivors = np.unique(groups, return_index=True)[1]
    else:
        survivors = len(groups) - 1 - np.unique(groups[::-1], return_index=True)[1]
    order = np.argsort(survivors)
    kept = at(bare(table), survivors[order])
    return with_origins(kept, taken(grouped(origins, groups, n_groups), order))


def _aggregated(
    table: pa.Table, keys: Sequence[str], wanted: Sequence[tuple[str, str]]
) -> tuple[pa.Table, I64]:
    """Group rows; return what is reckoned of each group, and the group of each row."""
    columns: dict[str, Any] = {f"k{index}": table[name] for index, name in enumerate(keys)}
    if not keys:
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
    lists = found[f"{_ROW}_list"].combine_chunks()
    groups = np.zeros(table.num_rows, np.int64)
    groups[np.asarray(pc.list_flatten(lists), np.int64)] = np.asarray(pc.list_parent_indices(lists))
    return found, groups


def _made(found: pa.Table, values: dict[str, tuple[str, str]]) -> list[Any]:
    return [found[f"v{index}_{how}"] for index, (_, how) in enumerate(values.values())]
