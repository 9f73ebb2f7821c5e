"""Fits columns to the types a dataset keeps, cell by cell, and reads text that has no type yet.

Nothing is guessed against a kept type: a cell that does not fit names itself, and its row waits
in quarantine. Two changes are harmless and widen the column instead: whole numbers that get
fractions, and a column that had only nulls.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

INTEGER = r"^[+-]?[0-9]{1,19}$"
WHOLE = r"^[+-]?[0-9]+$"
LONG = r"^[+-]?[0-9]{16,}$"
"""Whole numbers that a float may round: above 2^53 it has no room for every one."""
PADDED = r"^[+-]?0[0-9]+(\.[0-9]*)?$"
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

    values: pa.Array[Any]
    misfits: NDArray[np.bool_]


def infer(text: Any) -> Any:
    """Read a text column as the narrowest type that every cell has; text stays text.

    Numbers with leading zeros are codes, not numbers, and stay text; so do whole numbers too long
    for 64 bits. A column without any text has no type yet.

    >>> infer(pa.array(["1", None, "22"])).type, infer(pa.array(["007", "1"])).type
    (DataType(int64), DataType(string))
    """
    if text.null_count == len(text):
        return pa.nulls(len(text))
    present = _trimmed(text.drop_null())
    if _any(pc.match_substring_regex(present, PADDED)):
        return text
    for kind, pattern in PATTERNS:
        if _all(pc.match_substring_regex(present, pattern)):
            fitted = fit(text, kind)
            if not fitted.misfits.any():
                return fitted.values
    return text


def fit(column: Any, kind: pa.DataType) -> Fitted:
    """Fit a column to a kept type.

    Args:
        column: what came, one chunk.
        kind: what the dataset keeps.
    """
    if column.type == kind:
        return Fitted(column, np.zeros(len(column), np.bool_))
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return fit(column.cast(pa.string()), kind)
    if pa.types.is_string(column.type):
        return _fit_text(column, kind)
    if not _is_akin(column.type, kind):
        return Fitted(_nulls(column, kind), np.asarray(column.is_valid()))
    try:
        values = column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _fit_cells(column, kind)
    if pa.types.is_date(kind):
        lost = pc.not_equal(values.cast(column.type), column).fill_null(fill_value=False)
        values = pc.if_else(lost, pa.scalar(None, kind), values)
    return Fitted(values, np.asarray(pc.and_(column.is_valid(), values.is_null())))


def widened(kept: pa.DataType, column: Any) -> pa.DataType:
    """Return the type a column gets when new values come: the kept one, or a wider one."""
    if not pa.types.is_integer(kept):
        return kept
    if pa.types.is_floating(column.type):
        values = column.drop_null()
        return kept if _all(pc.equal(values, pc.floor(values))) else pa.float64()
    if pa.types.is_string(column.type):
        values = _trimmed(column.drop_null())
        is_whole = pc.match_substring_regex(values, WHOLE)
        is_float = pc.match_substring_regex(values, FLOAT)
        return pa.float64() if _any(pc.and_not(is_float, is_whole)) else kept
    return kept


def _is_akin(came: pa.DataType, kept: pa.DataType) -> bool:
    """Say whether values can keep their meaning: a number is no truth value and no moment."""
    if pa.types.is_null(came) or _family(kept) == "text":
        return True
    return _family(came) == _family(kept)


def _family(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "moment"
    is_text = pa.types.is_string(kind) or pa.types.is_binary(kind)
    return "text" if is_text else str(kind.id)


def _fit_text(column: Any, kind: pa.DataType) -> Fitted:
    pattern = next((pattern for known, pattern in PATTERNS if known == kind), None)
    if pattern is None:
        return _fit_cells(column, kind)
    trimmed = _trimmed(column)
    if pa.types.is_timestamp(kind):
        pattern = MOMENT
    if pa.types.is_integer(kind):
        trimmed = pc.replace_substring_regex(trimmed, r"^\+", "")
    matches = pc.match_substring_regex(trimmed, pattern).fill_null(fill_value=False)
    if pa.types.is_floating(kind):
        matches = pc.and_not(matches, pc.match_substring_regex(trimmed, LONG))
    candidates = pc.if_else(matches, trimmed, pa.scalar(None, pa.string()))
    try:
        values = candidates.cast(kind)
    except pa.ArrowInvalid:
        values = _fit_cells(candidates, kind).values
    return Fitted(values, np.asarray(pc.and_(column.is_valid(), values.is_null())))


def _fit_cells(column: Any, kind: pa.DataType) -> Fitted:
    """Fit distinct values one by one: slow, exact, and only where the fast way fails."""
    if pa.types.is_nested(column.type):
        return Fitted(_nulls(column, kind), np.asarray(column.is_valid()))
    encoded: Any = column.dictionary_encode()
    cells = [_fit_cell(cell, kind) for cell in encoded.dictionary]
    distinct: Any = pa.array([None if cell is None else cell.as_py() for cell in cells], kind)
    values = distinct.take(encoded.indices)
    return Fitted(values, np.asarray(pc.and_(column.is_valid(), values.is_null())))


def _fit_cell(cell: Any, kind: pa.DataType) -> Any:
    try:
        return cell.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return None


def _nulls(column: pa.Array[Any], kind: pa.DataType) -> Any:
    return pa.array([None] * len(column), kind)


def _trimmed(text: Any) -> Any:
    return pc.utf8_trim_whitespace(text)


def _all(mask: Any) -> bool:
    return bool(pc.all(mask, min_count=0).as_py())


def _any(mask: Any) -> bool:
    return bool(pc.any(mask, min_count=0).as_py())
