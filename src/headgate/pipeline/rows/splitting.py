"""Shapes in which one row becomes several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.pipeline.rows.columns import dicts_of, table_of, with_column
from headgate.pipeline.rows.origins import (
    at,
    bare,
    origins_of,
    require_columns,
    taken,
    with_origins,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from headgate.spine.store.segments import I64


def explode(
    table: pa.Table, column: str, *, position: str | None = None, keep_empty: bool = False
) -> pa.Table:
    """Make one row of each entry of a list column; the other columns are repeated.

    Args:
        table: the rows.
        column: the lists; its entries take its place.
        position: a column to write the entry's place in its list to [count from 0].
        keep_empty: whether a row whose list is empty or null becomes one row with a null.

    Raises:
        NotFound: there is no such column.
        Invalid: it holds no lists.
    """
    require_columns(table, [column])
    origins = origins_of(table)
    lists: Any = table[column].combine_chunks()
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        raise Invalid(
            f"column {column!r} is {lists.type}, which has no entries",
            mend="name a column of lists, or make one",
        )
    lengths = np.asarray(
        pc.fill_null(pc.list_value_length(lists), pa.scalar(0, pa.int32())), np.int64
    )
    counts = np.maximum(lengths, 1) if keep_empty else lengths
    places = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    entry = np.where(lengths[places] > 0, (np.cumsum(lengths) - lengths)[places] + nth, -1)
    flat: Any = pc.list_flatten(lists)
    made = at(bare(table), places)
    made = with_column(made, column, flat.take(pa.array(entry, pa.int64(), mask=entry < 0)))
    if position is not None:
        made = with_column(made, position, pa.array(nth, pa.int64(), mask=entry < 0))
    return with_origins(made, taken(origins, places))


def split(
    table: pa.Table,
    function: Callable[[dict[str, Any]], Iterable[Mapping[str, Any]]],
    *,
    schema: pa.Schema | None = None,
) -> pa.Table:
    """Make any number of rows of each row.

    Args:
        table: the rows; each is handed over as a dict of its columns, without its id.
        function: returns the new rows' columns.
        schema: names and types of the new columns; found from the values if not given.
    """
    origins = origins_of(table)
    made: list[Mapping[str, Any]] = []
    places: list[int] = []
    for place, row in enumerate(dicts_of(table)):
        before = len(made)
        made += function(row)
        places += [place] * (len(made) - before)
    new = table_of(made, schema if schema or made else bare(table).schema)
    return with_origins(new, taken(origins, _integers(places)))


def chunk(
    table: pa.Table, column: str, *, size: int, overlap: int = 0, position: str = "chunk"
) -> pa.Table:
    """Cut the texts of a column into pieces, a row each; the other columns are repeated.

    Args:
        table: the rows; one without text becomes no row.
        column: the texts.
        size: the longest a piece may be [characters, >= 1].
        overlap: how much of a piece stands at the beginning of the next [characters, < size].
        position: the column to write the piece's place in its text to [count from 0].

    Raises:
        NotFound: there is no such column.
        Invalid: sizes that make no pieces.
    """
    if not 0 <= overlap < size:
        raise Invalid(
            f"pieces of {size} characters cannot overlap by {overlap}",
            mend="give a size of 1 or more, and an overlap below it",
        )
    require_columns(table, [column])
    pieces = [_pieces(text, size, overlap) for text in table[column].to_pylist()]
    cut = with_column(table, column, pa.array(pieces, pa.list_(pa.string())))
    return explode(cut, column, position=position)


def _pieces(text: str | None, size: int, overlap: int) -> list[str]:
    if not text:
        return []
    starts = range(0, max(len(text) - overlap, 1), size - overlap)
    return [text[start : start + size] for start in starts]


def _integers(values: list[int]) -> I64:
    return np.asarray(values, np.int64)
