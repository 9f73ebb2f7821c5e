"""Reads a window of numbers, once, into sorted order, and keeps account of what is missing.

A null (no value) and a NaN (a calculation without a result) are told apart and never lost: a
window that has any is refused unless the caller says otherwise.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from headgate.core.errors import Invalid

Missing = Literal["refuse", "drop"]
Kind = Literal["number", "bool", "category", "nothing"]
Floats = NDArray[np.float64]

KINDS: dict[str, Kind] = {"i": "number", "u": "number", "f": "number", "b": "bool"}


class Numbers(NamedTuple):
    """A window of numbers, sorted.

    Args:
        ordered: the values, ascending, without missing ones, shape (n,).
        n_null: values that are not there [count].
        n_nan: values that are no number [count].
    """

    ordered: Floats
    n_null: int = 0
    n_nan: int = 0


def numbers(values: Any) -> Numbers:
    """Sort a window, so that several metrics may share the work.

    Every metric of numbers takes the result in the place of the values.

    Args:
        values: numbers or bool, shape (n,), in any order: a numpy or pyarrow array, a pandas or
            polars series, a list. Integers above 2^53 are rounded to the nearest float.

    Raises:
        Invalid: the values are no numbers, or not in one dimension.

    >>> numbers([3, None, 1.5, float("nan")])
    Numbers(ordered=array([1.5, 3. ]), n_null=1, n_nan=1)
    """
    if isinstance(values, Numbers):
        return values
    found, n_null = _present(values)
    # 32-bit values sort in a third of the time, and stay in order as 64-bit floats
    ordered = np.sort(found).astype(np.float64, copy=False)
    n_kept = int(np.searchsorted(ordered, np.nan))
    return Numbers(ordered[:n_kept], n_null, len(ordered) - n_kept)


def ordered(values: Any, *, name: str, missing: Missing) -> Floats:
    """Sort one of two windows and hold it to the rule on missing values.

    Args:
        values: as `numbers` takes them.
        name: `reference` or `current`, for the message.
        missing: `refuse` any, or `drop` them.

    Raises:
        Invalid: a value is missing and may not be, or none is left.
    """
    found = numbers(values)
    if missing == "refuse":
        refuse(name, found.n_null, found.n_nan)
    if not len(found.ordered):
        raise Invalid(f"the {name} window has no number", mend="widen the window")
    return found.ordered


def pair(reference: Any, current: Any, missing: Missing) -> tuple[Floats, Floats]:
    """Sort both windows and hold them to the rule on missing values.

    Raises:
        Invalid: a window is empty, or has missing values that it may not have.
    """
    return (
        ordered(reference, name="reference", missing=missing),
        ordered(current, name="current", missing=missing),
    )


def finite(*windows: Floats) -> None:
    """Refuse infinite values where a distance would have no size.

    Raises:
        Invalid: a value is infinite.
    """
    for window in windows:
        if np.isinf(window[0]) or np.isinf(window[-1]):
            raise Invalid(
                "a value is infinite, so the distance has no size",
                mend="leave infinite values out, or compare by ks_statistic or psi",
            )


def refuse(name: str, n_null: int, n_nan: int) -> None:
    """Refuse missing values, in words that say how many there are.

    Raises:
        Invalid: there are any.
    """
    if n_null or n_nan:
        raise Invalid(
            f"the {name} window has {n_null} null and {n_nan} NaN",
            mend='missing="drop" leaves them out; their share is a signal of its own: watch it',
        )


def in_order(values: Any) -> Floats:
    """Read a column of numbers without sorting it; a null becomes NaN.

    Args:
        values: as `numbers` takes them, but for a prepared window.

    Raises:
        Invalid: the values are no numbers, or not in one dimension.
    """
    if not _is_arrow(values):
        array = as_array(values)
        if array.dtype.kind != "O":
            return _checked(array)
    import pyarrow as pa

    found = arrow(values)
    if pa.types.is_null(found.type):
        return np.full(len(found), np.nan)
    if not (pa.types.is_boolean(found.type) or kind_of(found) == "number"):
        return _checked(np.asarray(found))
    return found.cast(pa.float64()).to_numpy(zero_copy_only=False)


def matrix(values: Any) -> Floats:
    """Read numbers of any shape.

    Raises:
        Invalid: a value is no number, or rows are not of one length.
    """
    found = as_array(values)
    if found.dtype.kind == "c":
        raise Invalid("a value is complex", mend="give real numbers")
    try:
        return found.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"a value is no number: {_first_line(error)}", mend="give numbers, rows of one length"
        ) from error


def kind_of(values: Any) -> Kind:
    """Tell numbers, bool and other categories apart; a window of nulls alone is nothing.

    Raises:
        Invalid: the values are of several types.
    """
    if isinstance(values, Numbers):
        return "number"
    if not _is_arrow(values):
        array = as_array(values)
        if array.dtype.kind != "O":
            return KINDS.get(array.dtype.kind, "category")
    import pyarrow as pa

    found = encoded(values).type
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_null(found):
        return "nothing"
    if pa.types.is_boolean(found):
        return "bool"
    is_number = pa.types.is_integer(found) or pa.types.is_floating(found)
    return "number" if is_number or pa.types.is_decimal(found) else "category"


def arrow(values: Any) -> Any:
    """Read a window into one pyarrow array; nulls stay nulls, and NaN stay NaN among numbers.

    Raises:
        Invalid: the values are of several types, or not in one dimension.
    """
    import pyarrow as pa

    found: Any = encoded(values)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found


def encoded(values: Any) -> Any:
    """Read a window into pyarrow as it lies there: in chunks, and with a dictionary if it has one.

    Raises:
        Invalid: the values are of several types, or not in one dimension.
    """
    import pyarrow as pa

    if hasattr(values, "to_arrow"):
        values = values.to_arrow()
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        return _converted(values)
    # pyarrow counts a null among views of text for an empty text
    return values.cast(pa.large_string()) if pa.types.is_string_view(values.type) else values


def as_array(values: Any) -> NDArray[Any]:
    """Read a sequence into an array, of objects if need be.

    Raises:
        Invalid: it is no sequence, or one of sequences of several lengths.
    """
    try:
        found = np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid(
            f"a window is no column: {_first_line(error)}", mend="give one column, shape (n,)"
        ) from error
    if found.ndim == 0:
        raise Invalid(
            f"a {type(values).__name__} is no column", mend="give an array or a list, shape (n,)"
        )
    return found


def _converted(values: Any) -> Any:
    """Convert to pyarrow; NaN that stand for no text, as pandas has them, become null."""
    import pyarrow as pa

    as_array(values)
    failures = (pa.ArrowException, OverflowError, TypeError, ValueError, KeyError)
    try:
        return pa.array(values, from_pandas=False)
    except failures:
        try:
            return pa.array(values, from_pandas=True)
        except failures as error:
            raise Invalid(
                f"a window cannot be read as one column: {_first_line(error)}",
                mend="give values of one type, in one dimension",
            ) from error


def _present(values: Any) -> tuple[NDArray[Any], int]:
    """Return what is there, in its own type, and how many nulls there are."""
    if isinstance(values, np.ma.MaskedArray):
        return _plain(values.compressed()), int(values.mask.sum())
    if _is_arrow(values):
        return _of_arrow(arrow(values))
    array = as_array(values)
    if array.dtype.kind == "O":
        return _of_arrow(arrow(values))
    return _plain(array), 0


def _of_arrow(found: Any) -> tuple[NDArray[Any], int]:
    import pyarrow as pa

    if pa.types.is_boolean(found.type):
        found = found.cast(pa.int8())
    n_null = found.null_count
    present = found.drop_null() if n_null else found
    if pa.types.is_decimal(found.type):
        present = present.cast(pa.float64())
    if pa.types.is_null(found.type):
        return np.empty(0), n_null
    if pa.types.is_integer(present.type) or pa.types.is_floating(present.type):
        # `to_numpy` would import pandas where that is installed, which takes 0.25 s
        return np.from_dlpack(present), n_null
    return _plain(present.to_numpy(zero_copy_only=False)), n_null


def _checked(array: NDArray[Any]) -> Floats:
    return _plain(array).astype(np.float64, copy=False)


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Hold an array to be one column of numbers."""
    if array.ndim != 1:
        raise Invalid(f"a window has {array.ndim} dimensions", mend="give one column, shape (n,)")
    if array.size and array.dtype.kind not in "biuf":
        raise Invalid(
            f"a window holds {array.dtype.name}, not numbers",
            mend="turn times into seconds; text is compared by chi_square or jensen_shannon",
        )
    return array


def _is_arrow(values: Any) -> bool:
    """Tell what knows nulls of its own: pyarrow, polars, and the nullable types of pandas."""
    if hasattr(values, "to_arrow") or hasattr(values, "null_count"):
        return True
    return hasattr(getattr(values, "dtype", None), "na_value")


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
