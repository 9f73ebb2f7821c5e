"""Parquet files: columns keep their types, row groups come one after the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import LINE, Reading
from headgate.ingest.connectors._text import existing


def parquet(path: str, /, *, columns: tuple[str, ...] = ()) -> Iterator[Reading]:
    """Read a Parquet file, a reading for each row group.

    Args:
        path: the file.
        columns: the columns to read; all if empty.

    Yields:
        Rows with `_line`, the row's place in the file [count from 1]. Dictionaries are
        decoded, extension types become what they store.

    Raises:
        NotFound: there is no such file, or no column of a name.
        Invalid: it is no whole Parquet file, or two columns have one name.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = str(pathlib.Path(folder.name, "people.parquet"))
    >>> pq.write_table(pa.table({"name": ["Ada", "Bob"], "age": [36, 41]}), path)
    >>> [reading] = parquet(path, columns=("name",))
    >>> reading.rows.to_pylist()
    [{'name': 'Ada', '_line': 1}, {'name': 'Bob', '_line': 2}]
    >>> folder.cleanup()
    """
    try:
        with pq.ParquetFile(existing(path)) as file:
            names = _chosen(file.schema_arrow.names, columns, path)
            yield from _readings(file, names)
    except (pa.ArrowException, OSError) as error:
        first = str(error).partition("\n")[0]
        raise Invalid(
            f"{path} is no whole Parquet file: {first}",
            mend="write or fetch it again; a Parquet file begins and ends with PAR1",
        ) from error


def _chosen(known: list[str], columns: tuple[str, ...], path: str) -> list[str]:
    for name in columns:
        if name not in known:
            raise NotFound.among(f"column in {path}", name, known)
    chosen = list(columns) or known
    doubled = [name for name in chosen if known.count(name) > 1 or name == LINE]
    if doubled:
        raise Invalid(
            f"column {doubled[0]!r} of {path} stands twice or has a name Headgate keeps",
            mend="rename it, or choose others: --settings columns=a,b",
        )
    return chosen


def _readings(file: pq.ParquetFile, names: list[str]) -> Iterator[Reading]:
    n_read = 0
    for group in range(file.num_row_groups):
        rows = _plain(file.read_row_group(group, columns=names))
        lines = np.arange(n_read + 1, n_read + rows.num_rows + 1)
        n_read += rows.num_rows
        yield Reading(rows=rows.append_column(LINE, pa.array(lines, pa.int64())))
    if file.num_row_groups == 0:
        empty = _plain(file.schema_arrow.empty_table().select(names))
        yield Reading(rows=empty.append_column(LINE, pa.array([], pa.int64())))


def _plain(table: pa.Table) -> pa.Table:
    columns = [_decoded(column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _decoded(column: Any) -> Any:
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    if pa.types.is_large_binary(column.type) or pa.types.is_binary_view(column.type):
        return column.cast(pa.binary())
    return column
