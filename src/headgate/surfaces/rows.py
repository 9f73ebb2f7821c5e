"""Turns rows into Arrow and back: what callers hand over, what travels, what JSON shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from headgate.spine.streaming import Coming

ARROW = "application/vnd.apache.arrow.stream"
END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
TAKES = "give a pyarrow table, a data frame, a list of dicts or a dict of lists"


def to_table(value: Any) -> pa.Table:
    """Make a table of what a Python caller calls rows.

    Args:
        value: a pyarrow table or record batch, anything that speaks the Arrow C stream (pandas,
            polars, duckdb), a list of dicts (a missing key is null) or a dict of lists.

    Raises:
        Invalid: it is none of these, or its values fit no Arrow type.
    """
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return value
    try:
        if isinstance(value, pa.RecordBatch):
            return pa.Table.from_batches([value])
        if hasattr(value, "__arrow_c_stream__") or isinstance(value, dict):
            return pa.table(value)
        if isinstance(value, (list, tuple)):
            return _from_dicts(cast("Sequence[Any]", value))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise Invalid(f"these rows fit no table: {error}", mend=TAKES) from error
    raise Invalid(f"a {type(value).__name__} is no rows", mend=TAKES)


def to_rows(value: Any) -> pa.Table | Coming:
    """Make a table of rows, or a stream where they may be more than fit into memory.

    Args:
        value: what `to_table` takes; or a RecordBatchReader, a pyarrow dataset, an iterator of
            tables or record batches, or the path of a file.

    Raises:
        NotFound: there is no file at the path.
        Invalid: it is none of these.
    """
    from pathlib import Path

    import pyarrow as pa

    from headgate.spine.streaming import Coming

    if isinstance(value, (str, Path)):
        from headgate.dataset.chunks import open_rows

        return open_rows(value)
    if isinstance(value, pa.RecordBatchReader):
        return Coming(value, value.schema)
    if hasattr(value, "scanner") and hasattr(value, "count_rows"):
        return Coming(value.scanner(batch_readahead=2).to_reader(), value.schema)
    if hasattr(value, "__next__"):
        return Coming(_tables(value))
    return to_table(value)


def _tables(values: Iterator[Any]) -> Iterator[pa.Table]:
    for value in values:
        yield to_table(value)


def to_stream(table: pa.Table) -> bytes:
    """Write a table as an Arrow IPC stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def from_stream(data: bytes) -> pa.Table:
    """Read a table from an Arrow IPC stream.

    A stream that was cut off between two batches would read as fewer rows; so its end marker,
    which Arrow lets writers leave out, must be there.

    Raises:
        Invalid: it is none, or it was cut off.
    """
    import pyarrow as pa

    if data and not data.endswith(END):
        raise Invalid(
            "the body is no Arrow stream: it ends without its end marker",
            mend=f"send {ARROW} whole; close the stream's writer before sending",
        )
    try:
        with pa.ipc.open_stream(data) as reader:
            table = reader.read_all()
        # a reader of Arrow trusts lengths and offsets; bytes from outside may lead anywhere
        table.validate(full=True)
        _read_names(table.schema)
        return table
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"the body is no Arrow stream: {error}", mend=f"send {ARROW}, with the rows in it"
        ) from error


def _read_names(fields: Iterable[Any]) -> None:
    """Decode the names of fields, however deep they lie; Arrow does so only when they are asked."""
    for field in fields:
        _ = field.name
        _read_names(field.type.field(place) for place in range(field.type.num_fields))


def json_parts(table: pa.Table) -> Iterator[bytes]:
    """Write rows as a JSON array of objects, in parts of at most 10,000 rows.

    Bytes become base64, times ISO 8601, decimals text and numbers that are none become null.
    """
    lead = b"["
    for batch in table.to_batches(max_chunksize=10_000):
        for row in records(batch):
            yield lead + msgspec.json.encode(row, enc_hook=str)
            lead = b",\n"
    yield b"[]" if lead == b"[" else b"]"


def records(rows: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """Read rows as dicts; a moment beyond Python's calendar (years 1 to 9999) becomes text."""
    try:
        return rows.to_pylist()
    except (OverflowError, ValueError):
        columns = [_values(column) for column in rows.columns]
        return [
            dict(zip(rows.schema.names, row, strict=True)) for row in zip(*columns, strict=True)
        ]


def _values(column: Any) -> list[Any]:
    try:
        return column.to_pylist()
    except (OverflowError, ValueError):
        return column.cast("string").to_pylist()


def _from_dicts(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    if not all(isinstance(row, dict) for row in rows):
        raise TypeError("not every row is a dict")
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})
