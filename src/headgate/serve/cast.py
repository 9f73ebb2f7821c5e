"""Turns columns of any Arrow type into those of the log, or names the row that cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid

_MOMENT = pa.timestamp("us", "UTC")
_BATCH_ROWS = 50_000
_JSON = msgspec.json.Decoder()
_NO_NUMBERS = (pa.types.is_boolean, pa.types.is_nested, pa.types.is_temporal)


def as_text(name: str, array: Any) -> Any:
    """Read text; whole numbers are written out.

    Raises:
        Invalid: the column is neither text nor whole numbers.
    """
    kind = array.type
    if not (pa.types.is_string(kind) or pa.types.is_integer(kind)):
        raise Invalid(
            f"column {name!r} is {kind}, not text{_first(array)}", mend="cast the column to text"
        )
    return array.cast(pa.string())


def as_numbers(name: str, array: Any, kind: pa.DataType) -> Any:
    """Read numbers; NaN becomes null, and text that is a number is read as one.

    Raises:
        Invalid: a value is no number, or no whole one where the column counts.
    """
    what = "whole numbers" if pa.types.is_integer(kind) else "numbers"
    if any(test(array.type) for test in _NO_NUMBERS):
        raise Invalid(
            f"column {name!r} is {array.type}, not {what}{_first(array)}",
            mend="give numbers, or leave the column out",
        )
    return without_nan(_cast(name, without_nan(array), kind, what=what))


def as_moments(name: str, array: Any) -> Any:
    """Read times: timestamps, dates, or ISO 8601 text; without a zone they are taken as UTC.

    Raises:
        Invalid: a value is no time, or lies outside the years 1 to 9999.
    """
    kind = array.type
    what = "times such as 2026-11-03T10:00:00Z"
    if pa.types.is_string(kind):
        moments = _cast(name, _zoned(array), _MOMENT, what=what, shown=array)
        check_years(name, moments)
        return moments
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise Invalid(f"column {name!r} is {kind}, not a time{_first(array)}", mend=f"give {what}")
    plain = array if pa.types.is_timestamp(kind) else array.cast(pa.timestamp("us"))
    return plain.cast(_MOMENT)


def check_years(name: str, array: Any) -> None:
    """Make sure that every time has a date; columns of anything else pass.

    Raises:
        Invalid: a time lies outside the years 1 to 9999, as milliseconds read as seconds do.
    """
    kind = array.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return  # they reach from 1677 to 2262
    ends: Any = (date.min, date.max)
    if pa.types.is_timestamp(kind):
        ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    earliest, latest = (pa.scalar(end, kind) for end in ends)
    is_out: Any = pc.or_(pc.less(array, earliest), pc.greater(array, latest))
    row = pc.index(is_out, pa.scalar(value=True)).as_py()
    if row >= 0:
        raise Invalid(
            f"{name} of row {row} lies outside the years 1 to 9999",
            mend="mend the unit of the times, or leave the value out; rows are counted from 0",
        )


def as_lists(name: str, array: Any) -> Any:
    """Read lists of row ids; a single id stands for a list of one.

    Raises:
        Invalid: the column holds no row ids, or a list holds a null.
    """
    kind: Any = array.type
    if pa.types.is_integer(kind):
        offsets = np.concatenate([[0], np.cumsum(np.asarray(array.is_valid()), dtype=np.int32)])
        values = _cast(name, array, pa.int64(), what="row ids").drop_null()
        mask = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=mask)
    if not _lists_ids(kind):
        raise Invalid(
            f"column {name!r} is {kind}, not lists of row ids{_first(array)}",
            mend="give lists of whole numbers, the _rid of the rows",
        )
    lists = _cast(name, array, pa.list_(pa.int64()), what="lists of row ids")
    if lists.flatten().null_count:
        row = next(place for place, ids in enumerate(lists.to_pylist()) if None in (ids or ()))
        raise Invalid(f"{name} of row {row} holds a null", mend="leave the missing id out")
    return lists


def as_json(array: Any) -> Any:
    """Write values as JSON text; text that is a JSON object or list stays as it is."""
    kind = array.type
    if pa.types.is_string(kind):
        return _json_of_text(array)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return array.cast(pa.string())
    if pa.types.is_floating(kind):
        is_number: Any = pc.is_finite(array)
        return pc.if_else(is_number, array, pa.scalar(None, kind)).cast(pa.string())
    return pa.array([_encoded(value) for value in array.to_pylist()], pa.string())


def as_objects(table: pa.Table) -> Any:
    """Write each row as a JSON object of its columns that are not null, null if all are."""
    if not table.num_columns:
        return pa.nulls(table.num_rows, pa.string())
    encoded: list[str | None] = []
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        for row in batch.to_pylist():
            held = {name: value for name, value in row.items() if value is not None}
            encoded.append(_encoded(held) if held else None)
    return pa.array(encoded, pa.string())


def json_text(text: str) -> str:
    """Write one text as JSON: an object or a list stays, all else becomes a JSON string.

    What nobody could read back, such as `[1e999]` or lists nested too deep, is text.

    >>> json_text('{"a": 1}'), json_text("yes"), json_text("[draft")
    ('{"a": 1}', '"yes"', '"[draft"')
    """
    if text[:1] in {"{", "["}:
        try:
            _JSON.decode(text)
            return text
        except (msgspec.DecodeError, RecursionError):
            pass
    return msgspec.json.encode(text).decode()


def _json_of_text(array: Any) -> Any:
    """Encode each distinct text once."""
    encoded = array.dictionary_encode()
    texts = [json_text(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def _zoned(array: Any) -> Any:
    """Write dates as their midnight, cut off what is under 1 us, and give each time a zone."""
    is_date = pc.match_substring_regex(array, r"^\d{4}-\d\d-\d\d$")
    full = pc.if_else(is_date, pc.binary_join_element_wise(array, "T00:00:00Z", ""), array)
    full = pc.replace_substring_regex(full, r"(:\d\d\.\d{6})\d+", r"\1")
    has_zone = pc.match_substring_regex(full, r"[:\d]\d([Zz]|[+-]\d\d(:?\d\d)?)$")
    return pc.if_else(has_zone, full, pc.binary_join_element_wise(full, "Z", ""))


def without_nan(array: Any) -> Any:
    """Let NaN stand for a missing value, as it does in data frames."""
    if not pa.types.is_floating(array.type):
        return array
    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)


def _encoded(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, enc_hook=str).decode()


def _cast(name: str, array: Any, kind: pa.DataType, *, what: str, shown: Any = None) -> Any:
    try:
        return array.cast(kind)
    except pa.ArrowInvalid as error:
        row = _first_bad(array, kind)
        value = (array if shown is None else shown)[row].as_py()
        raise Invalid(
            f"{name} of row {row} is {value!r}, column {name!r} holds {what}",
            mend="mend the value or leave it out; rows are counted from 0",
        ) from error
    except pa.ArrowNotImplementedError as error:
        raise Invalid(
            f"column {name!r} is {array.type}, it holds {what}{_first(array)}",
            mend="cast the column, or leave it out",
        ) from error


def _first_bad(array: Any, kind: pa.DataType) -> int:
    """Find the first value that cannot be cast, by halving."""
    low, high = 0, len(array)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            # a slice of lists is cast with what lies outside it, so it is copied
            array.take(pa.array(np.arange(low, middle))).cast(kind)
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low


def _first(array: Any) -> str:
    """Say where the first value stands and what it is."""
    places = np.flatnonzero(np.asarray(array.is_valid()))
    if not len(places):
        return ""
    row = int(places[0])
    return f" (row {row}: {str(array[row].as_py())[:60]!r})"


def _lists_ids(kind: Any) -> bool:
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(test(kind) for test in tests):
        return False
    return pa.types.is_integer(kind.value_type) or pa.types.is_null(kind.value_type)
