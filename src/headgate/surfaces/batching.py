"""Cuts a stream of tables into batches of one length."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa


def cut(tables: Iterable[pa.Table], n_rows: int) -> Iterator[pa.RecordBatch]:
    """Yield record batches of so many rows each, but the last.

    Args:
        tables: of one schema.
        n_rows: rows of a batch [count].
    """
    import pyarrow as pa

    waiting: list[pa.Table] = []
    n_waiting = 0
    for table in tables:
        waiting.append(table)
        n_waiting += table.num_rows
        if n_waiting < n_rows:
            continue
        joined = pa.concat_tables(waiting)
        n_whole = n_waiting - n_waiting % n_rows
        for start in range(0, n_whole, n_rows):
            yield one_batch(joined.slice(start, n_rows))
        waiting, n_waiting = [joined.slice(n_whole)], n_waiting - n_whole
    if n_waiting:
        yield one_batch(pa.concat_tables(waiting))


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Make one record batch of a table that has rows."""
    return table.combine_chunks().to_batches()[0]
