"""Values of a contract as Arrow compares columns with them, where DuckDB finds the same by them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.checks import Given

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.core.checks import Form

ROUNDED: dict[str, Callable[[float], int]] = {
    "<": math.ceil,
    ">=": math.ceil,
    "<=": math.floor,
    ">": math.floor,
}
"""To compare whole numbers with a fraction is to compare them with the next whole one."""
EXACT = {"float": 2**24, "double": 2**53}
"""Whole numbers below it are numbers of the type themselves, and no others are rounded to them."""
MOST = 2**63
"""Whole numbers from it on are no `bigint` any more."""


class UnlikeError(Exception):
    """Arrow may take a form for something else than the engine does."""


def limit_of(sign: str, value: Any, held: pa.DataType) -> Any:
    """Return a value of the contract as what a column is compared with.

    Args:
        sign: how they are compared, such as `<=`.
        value: of the contract.
        held: what the column holds.

    Raises:
        UnlikeError: DuckDB may compare them otherwise.

    >>> limit_of("<", 1.5, pa.int8()), limit_of(">", 1.5, pa.int8())
    (<pyarrow.Int8Scalar: 2>, <pyarrow.Int8Scalar: 1>)
    """
    if isinstance(value, bool) or value is None:
        raise UnlikeError
    if pa.types.is_integer(held) and isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= EXACT["double"] or sign not in ROUNDED:
            raise UnlikeError
        value = ROUNDED[sign](value)
    if pa.types.is_integer(held) and isinstance(value, int):
        return _fitting(value, held)
    if pa.types.is_floating(held) and isinstance(value, int | float):
        is_rounded = isinstance(value, int) and abs(value) >= EXACT[str(held)]
        if is_rounded or math.isnan(value):
            raise UnlikeError
        return pa.scalar(float(value), pa.float64())
    return _moment(value, held)


def _fitting(value: int, held: pa.DataType) -> Any:
    """Return a whole number in a column's own type if that has it, else in the widest."""
    try:
        return pa.scalar(value, held)
    except (pa.ArrowException, OverflowError):
        if pa.types.is_uint64(held):
            raise
        return pa.scalar(value, pa.int64())


def _moment(value: Any, held: pa.DataType) -> Any:
    is_text = pa.types.is_string(held) or pa.types.is_large_string(held)
    if is_text and isinstance(value, str):
        return pa.scalar(value, held)
    is_moment = isinstance(value, datetime)
    if pa.types.is_date32(held) and isinstance(value, date) and not is_moment:
        return pa.scalar(value, held)
    if not is_moment or not pa.types.is_timestamp(held) or held.unit != "us":
        raise UnlikeError
    # DuckDB takes a moment without a zone for one of UTC, and so does what asks it
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return pa.scalar(aware.astimezone(UTC), pa.timestamp("us", "UTC")).cast(held)


def number_of(form: Form) -> int | float:
    """Return the number of a form.

    Raises:
        UnlikeError: it is none.
    """
    if not isinstance(form, Given) or isinstance(form.value, bool):
        raise UnlikeError
    if not isinstance(form.value, int | float):
        raise UnlikeError
    return form.value


def some_of(values: list[Any]) -> list[Any]:
    """Refuse to ask for none of any: the engine is told so in a way of its own.

    Raises:
        UnlikeError: there is none.
    """
    if not values:
        raise UnlikeError
    return values


def whole_of(wanted: Sequence[int | float], held: pa.DataType) -> Any:
    """Return the numbers among some that a column of whole ones may hold.

    Beside a fraction all are compared as fractions, which are rounded where they are great.

    Raises:
        UnlikeError: one is so great.

    >>> whole_of([1, 2.5, 300, -1.0], pa.uint8()).to_pylist()
    [1]
    """
    most = EXACT["double"] if any(isinstance(one, float) for one in wanted) else MOST
    finite = [one for one in wanted if math.isfinite(one)]
    if any(abs(one) >= most for one in finite):
        raise UnlikeError
    least, greatest = (0, 2**held.bit_width) if str(held)[0] == "u" else _signed(held)
    return pa.array(
        [int(one) for one in finite if one == int(one) and least <= one < greatest], held
    )


def _signed(held: pa.DataType) -> tuple[int, int]:
    half = 2 ** (held.bit_width - 1)
    return -half, half


def given_of(form: Form, kind: type) -> Any:
    """Return the value of a form.

    Raises:
        UnlikeError: it is none of the contract, or of another kind.
    """
    if not isinstance(form, Given) or type(form.value) is not kind:
        raise UnlikeError
    return form.value
