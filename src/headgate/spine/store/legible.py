"""Offers columns as types that the query engine reads, and loses nothing of their values.

DuckDB reads no half floats, no decimals of 256 bits and none that count in tens or thousands. A
half float is a float too; a decimal is one of 128 bits where its digits go in, else its text, by
which values are as equal as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.spine.store.scanning import Batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_DIGITS = 38
"""Digits of a decimal of 128 bits [count]."""


def legible(rows: Any) -> Any:
    """Offer rows with every column of a type that the engine reads.

    Args:
        rows: an Arrow table or dataset; given back as it is if the engine reads all of it.
    """
    schema: pa.Schema = rows.schema
    target = pa.schema([field.with_type(_read_as(rows, field)) for field in schema])
    if target.equals(schema):
        return rows
    if isinstance(rows, pa.Table):
        return rows.cast(target)

    def produce(names: list[str], _condition: Any) -> Iterator[pa.RecordBatch]:
        wanted = pa.schema([target.field(name) for name in names])
        for batch in rows.scanner(columns=names).to_batches():
            yield batch.cast(wanted)

    return Batches(target, produce)


def _read_as(rows: Any, field: pa.Field[Any]) -> pa.DataType:
    kind = field.type
    if not pa.types.is_decimal(kind) or _is_decimal128(kind) or kind.scale > MOST_DIGITS:
        return _legible(kind)
    narrow = pa.decimal128(MOST_DIGITS, max(kind.scale, 0))
    return (
        _legible(kind) if _digits(kind) <= MOST_DIGITS or not _fits(rows, field, narrow) else narrow
    )


def _legible(kind: Any) -> Any:
    """Return the type that takes all values of another one."""
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal(kind) and not _is_decimal128(kind):
        fits = _digits(kind) <= MOST_DIGITS
        return pa.decimal128(_digits(kind), max(kind.scale, 0)) if fits else pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([one.with_type(_legible(one.type)) for one in kind])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_item(kind), kind.list_size)
    if pa.types.is_large_list(kind):
        return pa.large_list(_item(kind))
    return pa.list_(_item(kind)) if pa.types.is_list(kind) else kind


def _item(kind: Any) -> Any:
    return kind.value_field.with_type(_legible(kind.value_type))


def _is_decimal128(kind: Any) -> bool:
    return pa.types.is_decimal128(kind) and kind.scale >= 0


def _digits(kind: Any) -> int:
    """Count the digits that a decimal has without tens or thousands left out."""
    return max(kind.precision, kind.precision - kind.scale, kind.scale)


def _fits(rows: Any, field: pa.Field[Any], narrow: pa.DataType) -> bool:
    """Say whether all values of a column go into a narrower decimal."""
    try:
        for part in _parts(rows, field.name):
            part.cast(narrow)
    except pa.ArrowInvalid:
        return False
    return True


def _parts(rows: Any, name: str) -> Iterable[Any]:
    if isinstance(rows, pa.Table):
        return [rows[name]]
    return (batch.column(0) for batch in rows.scanner(columns=[name]).to_batches())
