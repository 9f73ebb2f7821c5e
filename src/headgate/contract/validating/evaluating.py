"""Turns what a check asks of a row into a function of one record, with the answers SQL gives.

Unknown is None, as in SQL: a comparison with nothing is unknown, `or` of unknown and true is true.
NaN is equal to itself and greater than every number, as the engine has it.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from headgate.contract.validating.patterns import carried
from headgate.core.checks import Call, Column, Given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headgate.core.checks import Form

    Ask = Callable[[Mapping[str, Any]], Any]

INT64 = 1 << 63
DIGITS = 19
"""Digits of the greatest whole number of 64 bits [count]."""
YEAR_ZERO = re.compile("^0000-")


def asking(form: Form) -> Ask | None:
    """Make a function of a record that answers what a form says of it; nothing if none can.

    What depends on other rows, on the clock, or was written in SQL cannot be answered. The function
    raises TypeError or ValueError where values are not of a kind that can be asked that.
    """
    if isinstance(form, Column):
        name = form.name
        return lambda row: row[name]
    if isinstance(form, Given):
        value = form.value
        return lambda _row: value
    if not isinstance(form, Call):
        return None
    if form.name == "matches":
        return _matching(form)
    if form.name == "parses":
        return _parsing(form)
    if form.name == "in" and all(isinstance(one, Given) for one in form.of[1:]):
        return _among(form)
    parts = [asking(one) for one in form.of]
    known = [one for one in parts if one is not None]
    if len(known) < len(parts) or form.name not in ANSWERS:
        return None
    return _called(ANSWERS[form.name], known)


def _called(answer: Callable[..., Any], parts: Sequence[Ask]) -> Ask:
    return lambda row: answer(*(one(row) for one in parts))


def _among(form: Call) -> Ask | None:
    """Look a text up among texts at once; what is of another kind is compared one by one."""
    value, values = asking(form.of[0]), [one.value for one in form.of[1:] if isinstance(one, Given)]
    if value is None:
        return None
    texts = frozenset(one for one in values if isinstance(one, str))
    if len(texts) < len(values):
        return lambda row: _in(value(row), *values)

    def among(row: Mapping[str, Any]) -> bool | None:
        one = value(row)
        return one in texts if isinstance(one, str) else _in(one, *values)

    return among


def _matching(form: Call) -> Ask | None:
    value, pattern = asking(form.of[0]), form.of[1]
    told = pattern.value if isinstance(pattern, Given) else None
    made = carried(told) if isinstance(told, str) else None
    if value is None or made is None:
        return None
    search = re.compile(made).search

    def matches(row: Mapping[str, Any]) -> bool | None:
        text = value(row)
        return None if text is None else search(text) is not None

    return matches


def _parsing(form: Call) -> Ask | None:
    value, kind = asking(form.of[0]), form.of[1]
    reads = READS.get(kind.value) if isinstance(kind, Given) else None
    if value is None or reads is None:
        return None

    def parses(row: Mapping[str, Any]) -> bool:
        text = value(row)
        try:
            return text is not None and reads(text)
        except ValueError:
            return False

    return parses


def _reads_day(text: str) -> bool:
    # year 4 is the first leap year that Python knows; the engine has a year 0, a leap year too
    return bool(date.fromisoformat(YEAR_ZERO.sub("0004-", text)))


def _reads_moment(text: str) -> bool:
    return bool(datetime.fromisoformat(YEAR_ZERO.sub("0004-", text)))


def _reads_integer(text: str) -> bool:
    return len(text.lstrip("+-0")) <= DIGITS and -INT64 <= int(text) < INT64


def _reads_number(text: str) -> bool:
    return math.isfinite(float(text))


READS: dict[object, Callable[[str], bool]] = {
    "date": _reads_day,
    "timestamp": _reads_moment,
    "integer": _reads_integer,
    "number": _reads_number,
}


def _and(*values: Any) -> bool | None:
    if any(one is False for one in values):
        return False
    return None if any(one is None for one in values) else True


def _or(*values: Any) -> bool | None:
    if any(one is True for one in values):
        return True
    return None if any(one is None for one in values) else False


def _not(value: Any) -> bool | None:
    return None if value is None else not value


def _in(value: Any, *among: Any) -> bool | None:
    return _or(*(_same(value, one) for one in among)) if among else False


def _same(one: Any, other: Any) -> bool | None:
    if one is None or other is None:
        return None
    one, other = _alike(one, other)
    if _is_nan(one) or _is_nan(other):
        return _is_nan(one) and _is_nan(other)
    return one == other


def _less(one: Any, other: Any) -> bool | None:
    if one is None or other is None:
        return None
    one, other = _alike(one, other)
    if _is_nan(one) or _is_nan(other):
        return not _is_nan(one)
    return one < other


def _at_most(one: Any, other: Any) -> bool | None:
    return _or(_less(one, other), _same(one, other))


def _alike(one: Any, other: Any) -> tuple[Any, Any]:
    """Bring two values to one kind, as the engine casts what is compared.

    Raises:
        TypeError: one is a text and the other is not.
    """
    if isinstance(one, str) != isinstance(other, str):
        raise TypeError("a text is compared with what is none")
    if isinstance(one, datetime) != isinstance(other, datetime):
        one, other = _moment(one), _moment(other)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return _bare(one), _bare(other)
    return one, other


def _moment(value: Any) -> Any:
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return datetime(value.year, value.month, value.day) if is_day else value  # noqa: DTZ001 - compared with bare ones


def _bare(moment: datetime) -> datetime:
    """Take a moment in UTC without its zone: bounds have none."""
    offset = moment.utcoffset()
    return moment if offset is None else (moment - offset).replace(tzinfo=None)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | Decimal) and math.isnan(value)


def _text(value: Any) -> str | None:
    """Write a value as the engine casts it to text.

    Raises:
        TypeError: it writes such values otherwise.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        zone = "" if value.utcoffset() is None else "+00"
        return f"{str(_bare(value)).rstrip('0') if value.microsecond else _bare(value)}{zone}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _of_text(answer: Callable[[str], Any]) -> Callable[[Any], Any]:
    def ask(value: Any) -> Any:
        if value is not None and not isinstance(value, str):
            raise TypeError(type(value).__name__)
        return None if value is None else answer(value)

    return ask


ANSWERS: dict[str, Callable[..., Any]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "in": _in,
    "=": _same,
    "<>": lambda one, other: _not(_same(one, other)),
    "<": _less,
    "<=": _at_most,
    ">": lambda one, other: _less(other, one),
    ">=": lambda one, other: _at_most(other, one),
    "is_null": lambda value: value is None,
    "is_nan": _is_nan,
    "length": _of_text(len),
    "trim": _of_text(lambda text: text.strip(" ")),
    "text": _text,
}
