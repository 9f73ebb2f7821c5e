"""The JSON text of nested cells, made for a whole column at once; row hashes stand on it.

A cell is written as compact JSON with the fields of records in the order of their names. Numbers
that JSON has no sign for are `NaN`, `Infinity` and `-Infinity`; bytes are base64, moments, days and
times as in ISO 8601, durations likewise, decimals in quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid

SLICE_ROWS = 16_384
SLICE_BYTES = 1 << 20
"""How much of a column is written at once, before it becomes text; more leaves the caches."""
_COMMA = ord(",")


def nested_texts(name: str, array: Any) -> Iterator[list[bytes]]:
    """Write every cell of a column, in row order and some at once; a null is `null`.

    Args:
        name: the column's, for errors.
        array: the column, of any type.

    Raises:
        Invalid: a moment, day, time or duration in it is too far or too fine to be written.
    """
    per_row = array.nbytes / max(len(array), 1)
    n_rows = int(np.clip(SLICE_BYTES / max(per_row, 1), 1, SLICE_ROWS))
    for start in range(0, len(array), n_rows):
        part = array.slice(start, n_rows)
        try:
            texts = _vectors(part) or _texts(part).cast(pa.binary()).to_pylist()
        except (pa.ArrowInvalid, ValueError, OverflowError) as error:
            raise Invalid(
                f"column {name!r} holds a value that cannot be kept: {error}",
                mend="cast times in it to microseconds, within the years 1 to 9999",
            ) from error
        yield texts


def _vectors(array: Any) -> list[bytes] | None:
    """Write lists of numbers, where each is there and finite, as embeddings are."""
    if not _is_list(array.type) or array.null_count:
        return None
    flat = array.flatten()
    is_number = pa.types.is_integer(flat.type) or pa.types.is_floating(flat.type)
    if not is_number or flat.null_count:
        return None
    values = np.asarray(flat)
    if not np.isfinite(values).all():
        return None
    numbers: list[Any] = values.tolist()
    ends = np.cumsum(np.asarray(pc.list_value_length(array), np.int64)).tolist()
    encode = msgspec.json.Encoder().encode
    return [encode(numbers[low:high]) for low, high in pairwise([0, *ends])]


def _texts(array: Any) -> Any:
    """Write each value of an array as JSON, a text each and no nulls."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _texts(array.dictionary_decode())
    if pa.types.is_struct(kind):
        return _or_null(array, _records(array))
    if _is_list(kind):
        return _or_null(array, _lists(array))
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return array.cast(pa.string()).fill_null("null")
    if pa.types.is_floating(kind):
        return _fractions(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _quoted(array.cast(pa.string()))
    return _split(_fine(array).to_pylist())


def _is_list(kind: pa.DataType) -> bool:
    is_plain = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return is_plain or pa.types.is_fixed_size_list(kind)


def _or_null(array: Any, texts: Any) -> Any:
    return texts if not array.null_count else pc.if_else(array.is_valid(), texts, "null")


def _records(array: Any) -> Any:
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    parts: list[Any] = []
    for index in sorted(range(len(names)), key=names.__getitem__):
        sign = "," if parts else "{"
        parts.append(f"{sign}{msgspec.json.encode(names[index]).decode()}:")
        parts.append(_texts(pc.struct_field(array, [index])))
    return _joined(*parts, "}")


def _joined(*parts: Any) -> Any:
    """Put texts together, row by row; a part may be one text for all rows."""
    join: Any = pc.binary_join_element_wise
    return join(*parts, "")


def _lists(array: Any) -> Any:
    lengths = np.asarray(pc.list_value_length(array).fill_null(0), np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    starts: Any = pa.array(offsets)
    folded: Any = pa.ListArray.from_arrays(starts, _texts(array.flatten()))
    return _joined("[", pc.binary_join(folded, ","), "]")


def _fractions(array: Any) -> Any:
    values = array.cast(pa.float64())
    plain = np.asarray(values.fill_null(0.0))
    if np.isfinite(plain).all():
        return _split(values.to_pylist() if values.null_count else plain.tolist())
    texts = _split([value if np.isfinite(value) else None for value in plain.tolist()])
    for sign, odd in (("NaN", np.isnan(plain)), ("Infinity", plain == np.inf)):
        texts = pc.if_else(pa.array(odd), sign, texts)
    texts = pc.if_else(pa.array(plain == -np.inf), "-Infinity", texts)
    return _or_null(values, texts)


def _quoted(array: Any) -> Any:
    """Write texts, each distinct one once."""
    encoded: Any = array.dictionary_encode()
    encode = msgspec.json.Encoder().encode
    texts = [encode(value).decode() for value in encoded.dictionary.to_pylist()]
    return pa.array([*texts, "null"], pa.string()).take(encoded.indices.fill_null(len(texts)))


def _fine(array: Any) -> Any:
    """Turn nanoseconds into microseconds where nothing is lost, as Python has nothing finer.

    Raises:
        pyarrow.ArrowInvalid: something is lost.
    """
    kind = array.type
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp("us", kind.tz))
    if pa.types.is_duration(kind):
        return array.cast(pa.duration("us"))
    return array.cast(pa.time64("us")) if pa.types.is_time64(kind) else array


def _split(values: list[Any]) -> Any:
    """Write values that have no comma in them, all at once, and cut the text apart."""
    written = np.frombuffer(msgspec.json.encode(values), np.uint8)[1:-1]
    is_comma = written == _COMMA
    n_before = np.arange(len(values) + 1)
    ends = np.append(np.flatnonzero(is_comma), len(written))[: len(values)]
    offsets = np.concatenate([[0], ends]) - np.maximum(n_before - 1, 0)
    data = pa.py_buffer(written[~is_comma].tobytes())
    return pa.StringArray.from_buffers(
        len(values), pa.py_buffer(offsets.astype(np.int32).tobytes()), data
    )
