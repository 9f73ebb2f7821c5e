"""JSON lines: one object a line; JSON has no types but its own, so a reader may be told them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from headgate.core.errors import Invalid
from headgate.dataset.formats.delimited import typed
from headgate.dataset.formats.form import About, Format, Wanted, reader_of
from headgate.dataset.formats.types import Types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPES = Types(
    refused=(
        r"(large_)?binary",
        r"fixed_size_binary\[\d+\]",
        r"duration\[\w+\]",
        r"time64\[ns\]",
        r"timestamp\[ns.*\]",
    ),
    refused_inside=(
        r"date\d+\[\w+\]",
        r"time\d+\[\w+\]",
        "halffloat",
        r"large_list<.*",
        r"fixed_size_list<.*",
    ),
)
WRITTEN_ROWS = 16_384
"""Rows that are Python objects at once [count]."""


def write(rows: Any, path: Path, _about: About) -> None:
    """Write one file.

    Raises:
        Invalid: a number is not finite, for which JSON has no sign.
    """
    encoder = msgspec.json.Encoder()
    with path.open("wb") as file:
        for batch in rows:
            _require_finite(batch)
            for start in range(0, batch.num_rows, WRITTEN_ROWS):
                part = batch.slice(start, WRITTEN_ROWS).to_pylist()
                file.writelines(encoder.encode(row) + b"\n" for row in part)


def read(path: Path, wanted: Wanted) -> Any:
    """Open a file; batch by batch where every type is told, else as a whole to find the types."""
    schema = wanted.schema if wanted.schema is not None else pa.schema([])
    if not path.stat().st_size:
        return reader_of(schema.empty_table())
    if not schema.names:
        return reader_of(pa_json.read_json(path))
    carried = pa.schema([(field.name, _carrier(field.type)) for field in schema])
    parsing = pa_json.ParseOptions(explicit_schema=carried)
    reader: Any = pa_json.open_json(path, parse_options=parsing)
    if set(reader.schema.names) > set(schema.names):
        # the stream would guess the other columns' types from its first block alone
        reader = reader_of(pa_json.read_json(path, parse_options=parsing))
    extra = [field for field in reader.schema if field.name not in schema.names]
    target = pa.schema([*schema, *extra])

    def batches() -> Iterator[Any]:
        for batch in reader:
            columns = [_landed(batch.column(field.name), field) for field in target]
            yield pa.RecordBatch.from_arrays(columns, schema=target)

    return pa.RecordBatchReader.from_batches(target, batches())


def _carrier(kind: Any) -> pa.DataType:
    """Name the type that the JSON reader knows and from which a column is cast."""
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field)
    return kind


def _landed(column: Any, field: pa.Field[Any]) -> Any:
    kind: Any = field.type
    if pa.types.is_string(column.type) and kind != column.type:
        return typed(column, kind, field.name)
    return column if column.type == kind else column.cast(kind)


def _require_finite(batch: Any) -> None:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not _is_finite(column):
            raise Invalid(
                f"jsonl cannot hold column {name!r}: JSON has no NaN and no infinity",
                mend="export to parquet, or leave the column out with --columns",
            )


def _is_finite(array: Any) -> bool:
    """Say whether every number is finite, those inside lists and structs too."""
    if pa.types.is_struct(array.type):
        return all(_is_finite(one) for one in array.flatten())
    if pa.types.is_nested(array.type):
        return _is_finite(array.flatten())
    if not pa.types.is_floating(array.type):
        return True
    is_finite: Any = pc.is_finite(array.cast(pa.float64()))
    return bool(pc.all(is_finite, min_count=0).as_py())


FORMAT = Format(name="jsonl", write=write, read=read, suffixes=(".jsonl", ".ndjson"), types=TYPES)
