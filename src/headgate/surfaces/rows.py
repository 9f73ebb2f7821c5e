"""Turns rows into Arrow and back: what callers hand over, what travels, what JSON shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"
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


def to_stream(table: pa.Table) -> bytes:
    """Write a table as an Arrow IPC stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def from_stream(data: bytes) -> pa.Table:
    """Read a table from an Arrow IPC stream.

    Raises:
        Invalid: it is none.
    """
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(data) as reader:
            return reader.read_all()
    except (pa.ArrowException, OSError) as error:
        raise Invalid(
            f"the body is no Arrow stream: {error}", mend=f"send {ARROW}, with the rows in it"
        ) from error


def json_parts(table: pa.Table) -> Iterator[bytes]:
    """Write rows as a JSON array of objects, in parts of at most 10,000 rows.

    Bytes become base64, times ISO 8601, decimals text and numbers that are none become null.
    """
    lead = b"["
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield lead + msgspec.json.encode(row, enc_hook=str)
            lead = b",\n"
    yield b"[]" if lead == b"[" else b"]"


def _from_dicts(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    if not all(isinstance(row, dict) for row in rows):
        raise TypeError("not every row is a dict")
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})
