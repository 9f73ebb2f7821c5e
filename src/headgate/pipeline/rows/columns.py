"""Shapes in which a row stays a row and keeps its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.pipeline.rows.origins import bare, require_columns
from headgate.spine.store.segments import RID
from headgate.spine.writes import PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

READ_ROWS = 16_384
"""Rows that are Python objects at once [count]."""


def select(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Keep some columns, and with them what says where the rows came from.

    Raises:
        NotFound: there is no such column.
    """
    require_columns(table, columns)
    return table.select([*columns, *_tracing(table)])


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """Add a column, or put it in the place of the one of that name.

    Args:
        table: n rows.
        name: of the column.
        values: an Arrow array or a list, shape (n,).
    """
    column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)


def apply(
    table: pa.Table,
    function: Callable[[dict[str, Any]], Mapping[str, Any] | None],
    *,
    schema: pa.Schema | None = None,
) -> pa.Table:
    """Make one row, or none, of each row.

    Args:
        table: the rows; each is handed over as a dict of its columns, without its id.
        function: returns the new row's columns, or nothing to leave the row out.
        schema: names and types of the new columns; found from the values if not given.

    Returns:
        The rows that were made, each with the id of the one it was made of.
    """
    made: list[Mapping[str, Any]] = []
    places: list[int] = []
    for place, row in enumerate(dicts_of(table)):
        one = function(row)
        if one is not None:
            made.append(one)
            places.append(place)
    new = table_of(made, schema or _unless(made, table))
    kept = table.select(_tracing(table)).take(pa.array(places, pa.int64()))
    for name in kept.column_names:
        new = new.append_column(name, kept[name])
    return new


def dicts_of(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Hand over rows as dicts of their columns, a batch of them at a time."""
    for batch in bare(table).to_batches(max_chunksize=READ_ROWS):
        yield from batch.to_pylist()


def table_of(made: Sequence[Mapping[str, Any]], schema: pa.Schema | None) -> pa.Table:
    """Make a table of dicts; a column that some of them lack is null there."""
    if schema is not None:
        return pa.Table.from_pylist([dict(one) for one in made], schema=schema)
    names = _names(made)
    return pa.table({name: [one.get(name) for one in made] for name in names})


def _unless(made: Sequence[Any], table: pa.Table) -> pa.Schema | None:
    """Give the columns of what was read where nothing was made whose columns could tell."""
    return None if made else bare(table).schema


def _names(made: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for one in made for name in one))


def _tracing(table: pa.Table) -> list[str]:
    return [name for name in (RID, PARENTS) if name in table.column_names]
