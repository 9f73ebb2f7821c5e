"""Fits columns to the types a dataset keeps, cell by cell, and reads text that has no type yet.

Nothing is guessed against a kept type: a cell that does not fit names itself, and its row waits
in quarantine. Two changes are harmless and widen the column instead: whole numbers that get
fractions, and a column that had only nulls.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

INTEGER = r"^[+-]?[0-9]{1,18}$"
PADDED = r"^[+-]?0[0-9]+$"
FLOAT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$|^(?i:nan|[+-]?inf)$"
BOOLEAN = r"^(?i:true|false)$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})$"

PATTERNS: tuple[tuple[pa.DataType, str], ...] = (
    (pa.int64(), INTEGER),
    (pa.float64(), FLOAT),
    (pa.bool_(), BOOLEAN),
    (pa.date32(), DATE),
    (pa.timestamp("us"), MOMENT + "$"),
    (pa.timestamp("us", tz="UTC"), MOMENT + ZONE),
)


class Fitted(NamedTuple):
    """A column as it will be kept.

    Args:
        values: the column; a cell that did not fit is null.
        misfits: whether each cell did not fit, shape (n,).
    """

    values: pa.Array
    misfits: NDArray[np.bool_]


def infer(text: pa.Array) -> pa.Array:
    """Read a text column as the narrowest type that every cell has; text stays text.

    Numbers with leading zeros are codes, not numbers, and stay text.

    >>> infer(pa.array(["1", None, "22"])).type, infer(pa.array(["007", "1"])).type
    (DataType(int64), DataType(string))
    """
    present = text.drop_null()
    if not len(present) or _any(pc.match_substring_regex(present, PADDED)):
        return text
    for kind, pattern in PATTERNS:
        if _all(pc.match_substring_regex(_trimmed(present), pattern)):
            fitted = fit(text, kind)
            if not fitted.misfits.any():
                return fitted.values
    return text


def fit(column: pa.Array, kind: pa.DataType) -> Fitted:
    """Fit a column to a kept type.

    Args:
        column: what came, one chunk.
        kind: what the dataset keeps.
    """
    if column.type == kind:
        return Fitted(column, np.zeros(len(column), np.bool_))
    if pa.types.is_string(column.type):
        return _fit_text(column, kind)
    try:
        return Fitted(column.cast(kind), np.zeros(len(column), np.bool_))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _fit_cells(column, kind)


def widened(kept: pa.DataType, column: pa.Array) -> pa.DataType:
    """Return the type a column gets when new values come: the kept one, or a wider one."""
    if pa.types.is_null(kept):
        return column.type
    if not pa.types.is_integer(kept):
        return kept
    if pa.types.is_floating(column.type):
        values = column.drop_null()
        return kept if _all(pc.equal(values, pc.floor(values))) else pa.float64()
    if pa.types.is_string(column.type):
        values = _trimmed(column.drop_null())
        is_integer = pc.match_substring_regex(values, INTEGER)
        is_float = pc.match_substring_regex(values, FLOAT)
        return pa.float64() if _any(pc.and_not(is_float, is_integer)) else kept
    return kept


def _fit_text(column: pa.Array, kind: pa.DataType) -> Fitted:
    pattern = next((pattern for known, pattern in PATTERNS if known == kind), None)
    if pattern is None:
        return _fit_cells(column, kind)
    trimmed = _trimmed(column)
    if pa.types.is_timestamp(kind):
        pattern = MOMENT
    matches = pc.match_substring_regex(trimmed, pattern).fill_null(fill_value=False)
    candidates = pc.if_else(matches, trimmed, pa.scalar(None, pa.string()))
    try:
        values = candidates.cast(kind)
    except pa.ArrowInvalid:
        return _fit_cells(column, kind)
    return Fitted(values, np.asarray(pc.and_(column.is_valid(), values.is_null())))


def _fit_cells(column: pa.Array, kind: pa.DataType) -> Fitted:
    """Fit distinct values one by one: slow, exact, and only where the fast way fails."""
    if pa.types.is_nested(column.type):
        return Fitted(pa.nulls(len(column), kind), np.asarray(column.is_valid()))
    encoded = column.dictionary_encode()
    cells = [_fit_cell(encoded.dictionary[i], kind) for i in range(len(encoded.dictionary))]
    distinct = pa.array([cell.as_py() if cell is not None else None for cell in cells], kind)
    values = distinct.take(encoded.indices)
    return Fitted(values, np.asarray(pc.and_(column.is_valid(), values.is_null())))


def _fit_cell(cell: pa.Scalar, kind: pa.DataType) -> pa.Scalar | None:
    try:
        return cell.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return None


def _trimmed(text: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(text)


def _all(mask: pa.Array) -> bool:
    return bool(pc.all(mask, min_count=0).as_py())


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask, min_count=0).as_py())
