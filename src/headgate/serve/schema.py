"""The schema of the prediction log, and what fits any table to it.

Every column may be missing or null: an id is minted and the time is now where they are. What the
schema has not is kept as one JSON object a row in `extra`. `input` and `output` are JSON text:
numbers, truth values, structs and lists are encoded; text that is a JSON object or list stays as
it is, all other text becomes a JSON string.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.serve.cast import (
    as_json,
    as_lists,
    as_moments,
    as_numbers,
    as_objects,
    as_text,
    check_years,
)
from headgate.serve.nouns import LogPredictions
from headgate.spine.store.canonical import canonical

MAX_BYTES = 1_500_000_000
"""Most that one call may bring; a text column of Arrow ends at 2 GiB."""


class Field(NamedTuple):
    """One column of the log: its Arrow type, and what stands in it, with its unit."""

    name: str
    type: Any
    doc: str


FIELDS = (
    Field("prediction_id", pa.string(), "the prediction's id; minted where it is missing"),
    Field("at", pa.timestamp("us", "UTC"), "when it was made; now where it is missing"),
    Field("deployment", pa.string(), "the deployment that answered"),
    Field("release", pa.string(), "the release that answered, such as churn-api@3"),
    Field("trace_id", pa.string(), "the trace it belongs to"),
    Field("span_id", pa.string(), "its span in the trace"),
    Field("parent_id", pa.string(), "the span or prediction it was made for"),
    Field("session_id", pa.string(), "the session or conversation it belongs to"),
    Field("input", pa.string(), "what was asked, as JSON"),
    Field("input_row_ids", pa.list_(pa.int64()), "ids of the rows it was computed from"),
    Field("retrieved_row_ids", pa.list_(pa.int64()), "ids of the rows retrieved for it"),
    Field("snapshot", pa.string(), "the snapshot the row ids stand in, such as orders@3"),
    Field("output", pa.string(), "what was answered, as JSON"),
    Field("confidence", pa.float64(), "the model's confidence, as the model gives it"),
    Field("user_key", pa.string(), "whom the answer was for"),
    Field("n_tokens_in", pa.int64(), "tokens read [count]"),
    Field("n_tokens_out", pa.int64(), "tokens written [count]"),
    Field("cost", pa.float64(), "what it cost [USD]"),
    Field("latency_ms", pa.float64(), "how long it took [ms]"),
    Field("extra", pa.string(), "columns the schema has not, as a JSON object"),
)
SCHEMA = pa.schema([(field.name, field.type) for field in FIELDS])
NAMED = ("deployment", "release", "snapshot")
ROW_IDS = ("input_row_ids", "retrieved_row_ids")
_JSON = ("input", "output")


class Fitted(NamedTuple):
    """Rows as the log keeps them, and which columns went to `extra`."""

    table: pa.Table
    extra: tuple[str, ...]


def fit(rows: pa.Table, defaults: LogPredictions) -> Fitted:
    """Give rows the schema of the log; ids stay null where they are to be minted.

    Args:
        rows: any columns, in any order.
        defaults: deployment, release and snapshot of rows that name none.

    Raises:
        Invalid: a value is of the wrong type, the rows are too large for one call, or two columns
            bear one name.
    """
    _check_size(rows)
    rows = plain(rows)
    unknown = [name for name in rows.column_names if name not in SCHEMA.names]
    columns = [_column(rows, field) for field in FIELDS[:-1]]
    table = pa.table([*columns, _extra(rows, unknown)], schema=SCHEMA)
    for name in NAMED:
        default = getattr(defaults, name)
        if default is not None:
            table = with_column(table, name, pc.fill_null(table[name], default))
    table = with_column(table, "at", _filled(table["at"], now()))
    return Fitted(table, tuple(unknown))


def plain(rows: pa.Table) -> pa.Table:
    """Bring columns of any Arrow type to those the log is made from.

    Raises:
        Invalid: a time lies outside the years 1 to 9999, or a column cannot be kept.
    """
    _check_years(rows)
    rows = canonical(rows)
    _check_years(rows)
    return rows


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """Return the table with one column replaced."""
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), values)


def whole(table: pa.Table, name: str) -> Any:
    """Return a column as one array."""
    column: Any = table[name].combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _check_years(rows: pa.Table) -> None:
    """Asked as rows came, for coarse times may not fit once plain, and of what was decoded."""
    for name in rows.column_names:
        check_years(name, whole(rows, name))


def _check_size(rows: pa.Table) -> None:
    if len(set(rows.column_names)) < rows.num_columns:
        raise Invalid("two columns of the predictions bear one name", mend="rename one of them")
    if rows.nbytes > MAX_BYTES:
        raise Invalid(
            f"{rows.num_rows} predictions of {rows.nbytes / 1e9:.1f} GB are too many for one call",
            mend=f"log them in parts of at most {MAX_BYTES / 1e9:.1f} GB",
        )


def _column(rows: pa.Table, field: Field) -> Any:
    if field.name not in rows.column_names:
        return pa.nulls(rows.num_rows).cast(field.type)
    array = whole(rows, field.name)
    if pa.types.is_null(array.type):
        return array.cast(field.type)
    if field.name in _JSON:
        return as_json(array)
    if field.name == "at":
        return as_moments(field.name, array)
    if field.name in ROW_IDS:
        return as_lists(field.name, array)
    if field.type == pa.string():
        return as_text(field.name, array)
    return as_numbers(field.name, array, field.type)


def _extra(rows: pa.Table, unknown: list[str]) -> Any:
    if "extra" in rows.column_names:
        raise Invalid(
            "the predictions have a column named 'extra', which is where unknown columns go",
            mend="rename it",
        )
    return as_objects(rows.select(unknown))


def _filled(column: Any, moment: datetime) -> Any:
    return pc.fill_null(column, pa.scalar(moment, column.type))
