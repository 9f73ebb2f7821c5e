"""Offers rows to a query engine so that it reads only the columns and row groups it needs.

A query engine asks an Arrow dataset for columns and hands it a filter. Where rows of a segment
are deleted no Arrow dataset of files will do, so one of our own yields the live rows, segment by
segment, and only a few row groups are in memory at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.fs import LocalFileSystem

from headgate.spine.store.groups import read_groups
from headgate.spine.store.segments import is_whole, shown_mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Segment

    Produce = Callable[[list[str], Any], Iterator[pa.RecordBatch]]

READAHEAD = 4
"""Row groups that Arrow reads ahead of whoever takes them [count]."""
MOST_FILES = 100
"""Files of which it is found out how text lies in them [count]."""
PLAIN_BYTES = 4
"""What a value of text takes beside its signs where it lies plain [bytes]."""
WORDED = frozenset({"RLE_DICTIONARY", "PLAIN_DICTIONARY"})


class Batches(ds.Dataset):
    """An Arrow dataset whose batches are made when somebody scans it.

    Args:
        schema: every column there is.
        produce: yields batches of some columns, in the order they are named; it may leave out
            rows that the filter it is handed excludes, and need not.
    """

    def __init__(self, schema: pa.Schema, produce: Produce) -> None:
        self._columns = schema
        self._produce = produce

    @property
    def schema(self) -> pa.Schema:
        """Every column there is."""
        return self._columns

    def scanner(self, *arguments: Any, **settings: Any) -> ds.Scanner:
        """Read some columns of the rows that pass a filter, batch by batch.

        Args:
            arguments: columns and filter, as Arrow's own datasets take them.
            settings: the same by name; others have no effect.
        """
        given = dict(zip(("columns", "filter"), arguments, strict=False)) | settings
        columns, condition = given.get("columns"), given.get("filter")
        names = self._columns.names
        asked = names if columns is None else list(columns)
        # a filter does not list its fields; a name that it does not hold is surely none of them
        needed = [name for name in names if name in asked or name in str(condition)]
        schema = pa.schema([self._columns.field(name) for name in needed])
        batches: Any = self._produce(needed, condition)
        return ds.Scanner.from_batches(batches, schema=schema, columns=asked, filter=condition)


def live_dataset(blobs: Blobs, segments: Sequence[Segment], target: pa.Schema) -> Any:
    """Offer the live rows of segments, in their order.

    Args:
        blobs: where they lie.
        segments: some, of one snapshot.
        target: the columns, ours or the user's, with the types they are read as.

    Raises:
        NotFound: a segment is not there.
    """
    if not segments:
        return ds.dataset(target.empty_table())
    paths = [blobs.locate(segment.key) for segment in segments]
    whole = [is_whole(blobs, segment) for segment in segments]
    if all(whole):
        return ds.dataset(paths, schema=target, format="parquet")
    parts = list(zip(paths, segments, whole, strict=True))

    def produce(names: list[str], condition: Any) -> Iterator[pa.RecordBatch]:
        wanted = pa.schema([target.field(name) for name in names])
        for path, segment, is_full in parts:
            if is_full:
                yield from _whole(path, wanted, condition)
            else:
                yield from _living(path, shown_mask(blobs, segment), wanted, condition)

    return Batches(target, produce)


def relation_of(schema: pa.Schema, produce: Produce, connection: Any = None) -> Any:
    """Offer rows as a relation of DuckDB, scanned when it is read.

    Args:
        schema: the columns.
        produce: see `Batches`.
        connection: DuckDB's; one of its own in memory if not given.
    """
    import duckdb

    connection = duckdb.connect(":memory:") if connection is None else connection
    return connection.from_arrow(Batches(schema, produce))


def _whole(path: str, target: pa.Schema, condition: Any) -> Iterator[pa.RecordBatch]:
    dataset: Any = ds.dataset([path], schema=target, format="parquet")
    scanner = dataset.scanner(filter=condition, batch_readahead=READAHEAD, fragment_readahead=1)
    yield from scanner.to_batches()


def _living(
    path: str, mask: NDArray[np.bool_], target: pa.Schema, condition: Any
) -> Iterator[pa.RecordBatch]:
    for rows in read_groups(path, mask, _surviving(path, target, condition), target):
        yield from rows.to_batches()


def _surviving(path: str, target: pa.Schema, condition: Any) -> list[int]:
    """Name the row groups that the file's statistics do not exclude."""
    fragment: Any = ds.ParquetFileFormat().make_fragment(path, LocalFileSystem())
    n_groups = fragment.num_row_groups
    kept = {field.name: field.type for field in fragment.physical_schema}
    is_as_kept = all(kept.get(field.name) == field.type for field in target)
    if condition is None or not is_as_kept:
        return list(range(n_groups))
    return [group.id for group in fragment.subset(filter=condition, schema=target).row_groups]


def worded(rows: Any, names: Sequence[str]) -> Any:
    """Offer Parquet files so that text is read as a dictionary where that is how it lies there.

    Args:
        rows: an Arrow dataset.
        names: columns.

    Returns:
        The same rows, in which such a column is a dictionary; `rows` themselves if there is none.
    """
    texts = [name for name in names if pa.types.is_string(rows.schema.field(name).type)]
    parts = _files_of(rows) if texts else []
    if not parts or len(parts) > MOST_FILES:
        return rows
    kept = [name for name in texts if all(_lies_as_words(part, name) for part in parts)]
    if not kept:
        return rows
    options = ds.ParquetReadOptions(dictionary_columns=kept)
    read = ds.ParquetFileFormat(read_options=options)
    made = [read.make_fragment(part.path, part.filesystem) for part in parts]
    schema = rows.schema
    for name in kept:
        field = schema.field(name).with_type(pa.dictionary(pa.int32(), pa.string()))
        schema = schema.set(schema.get_field_index(name), field)
    return ds.FileSystemDataset(made, schema, read, rows.filesystem)


def rules_out(rows: Any, conditions: Sequence[Any], names: Sequence[str]) -> bool:
    """Say whether the statistics of Parquet files tell that no row meets any of some conditions.

    Args:
        rows: an Arrow dataset, or anything else, of which that is not known.
        conditions: expressions of Arrow's.
        names: the columns they are about.
    """
    parts = _files_of(rows)
    wanted = [rows.schema.field(name) for name in names if parts]
    for part in parts:
        # statistics are of the values as they lie there
        if any(_lying(part, one.name) != one.type for one in wanted):
            return False
        for one in conditions:
            if part.subset(filter=one, schema=rows.schema).row_groups:
                return False
    return bool(parts)


def _lying(part: Any, name: str) -> Any:
    place = part.physical_schema.get_field_index(name)
    return None if place < 0 else part.physical_schema.field(place).type


def _files_of(rows: Any) -> list[Any]:
    """List the Parquet files whose rows a dataset offers, all of them; none if there are others."""
    if not isinstance(rows, ds.FileSystemDataset) or rows.format != ds.ParquetFileFormat():
        return []
    try:
        return list(rows.get_fragments())
    except ValueError:  # it has a filter of its own
        return []


def _lies_as_words(part: Any, name: str) -> bool:
    """Say whether text lies as a dictionary: plain text takes four bytes a value at least."""
    metadata = part.metadata
    names = [metadata.schema.column(n).path for n in range(metadata.num_columns)]
    if name not in names or not metadata.num_row_groups:
        return False
    held = metadata.row_group(0).column(names.index(name))
    is_short = held.total_uncompressed_size < PLAIN_BYTES * held.num_values
    return is_short and not WORDED.isdisjoint(held.encodings)
