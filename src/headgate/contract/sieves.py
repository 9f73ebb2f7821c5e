"""Asks Arrow which rows may break a promise, so that an engine has few rows left to look at.

A sieve says of each row what DuckDB would say of it, nothing where that is unknown. Only forms are
asked here that both take for the same; of any other there is no sieve, and the engine is asked of
all rows. Words of a dictionary are asked once each, not row by row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from headgate.contract.compiling import numbers_in
from headgate.contract.kinds import kind_of
from headgate.contract.limits import UnlikeError, given_of, limit_of, number_of, some_of, whole_of
from headgate.core.checks import Call, Column, EachRow, Given, columns_in

if TYPE_CHECKING:
    from headgate.core.checks import Form

    Values = Callable[[Mapping[str, Any]], Any]

SIGNS: dict[str, Any] = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
JOINED: dict[str, Any] = {"and": pc.and_kleene, "or": pc.or_kleene}
ORDERED = frozenset({"text", "integer", "date"})
"""Kinds of which two columns are compared as they stand."""
LIMITED = frozenset({*ORDERED, "float", "timestamp", "zoned"})
ENDED = frozenset({"integer", "date", "timestamp", "zoned"})
LISTED = frozenset({"text", "integer", "float"})
PLAIN = frozenset({*LIMITED, "boolean", "decimal"})


class Sieve(NamedTuple):
    """Says which rows may break a promise.

    Args:
        columns: what it asks for, each once.
        ask: takes arrays by the names of columns, n rows each; returns n truths, null if unknown.
        conditions: expressions of Arrow's, one of which a row meets that breaks the promise, where
            the least and the greatest value and the number of missing ones may tell that none does.
    """

    columns: tuple[str, ...]
    ask: Values
    conditions: tuple[Any, ...] = ()


class Sieves:
    """Makes sieves.

    Args:
        schema: of the rows.
    """

    def __init__(self, schema: pa.Schema) -> None:
        held = {one.name: _held(one.type) for one in schema}
        self._types = {name: kind for name, kind in held.items() if _is_plain(kind)}

    def of(self, promise: EachRow) -> Sieve | None:
        """Make the sieve of a promise; nothing if it has none.

        Args:
            promise: its columns are all in the schema.
        """
        try:
            ask = self._truth(promise.breaks)
        except (UnlikeError, pa.ArrowException, OverflowError):
            return None
        names = tuple(columns_in(promise))
        words = partial(_by_words, names[0], ask) if len(names) == 1 else _bare(ask)
        return Sieve(names, words, self._conditions(promise.breaks))

    def _conditions(self, form: Form) -> tuple[Any, ...]:
        """Write a form as expressions; what is joined by `or` is told best part by part."""
        if not self._is_told_by_ends(form):
            return ()
        parts = form.of if isinstance(form, Call) and form.name == "or" else (form,)
        columns = {name: pc.field(name) for name in columns_in(EachRow(form))}
        return tuple(self._truth(one)(columns) for one in parts)

    def _is_told_by_ends(self, form: Form) -> bool:
        """Say whether statistics may tell of a form; of fractions they leave out what is none."""
        if not isinstance(form, Call):
            return False
        if form.name in {"and", "or", "not"}:
            return all(map(self._is_told_by_ends, form.of))
        if form.name == "is_null":
            return True
        if form.name not in SIGNS or not isinstance(form.of[1], Given):
            return False
        name = form.of[0].name if isinstance(form.of[0], Column) else ""
        return kind_of(self._types.get(name, pa.null())) in ENDED

    def _truth(self, form: Form) -> Values:
        """Make the function of a form that is true or false.

        Raises:
            UnlikeError: it has none.
        """
        if not isinstance(form, Call) or form.name not in self._MADE:
            raise UnlikeError
        return self._MADE[form.name](self, form)

    def _joined(self, form: Call) -> Values:
        parts = [self._truth(one) for one in form.of]
        join = JOINED[form.name]
        return lambda rows: reduce(join, [part(rows) for part in parts])

    def _not(self, form: Call) -> Values:
        part = self._truth(form.of[0])
        return lambda rows: pc.invert(part(rows))

    def _is_null(self, form: Call) -> Values:
        name, _ = self._column(form.of[0], PLAIN)
        return lambda rows: rows[name].is_null()

    def _is_nan(self, form: Call) -> Values:
        name, _ = self._column(form.of[0], frozenset({"float"}))
        return lambda rows: rows[name].is_nan().fill_null(False)  # noqa: FBT003 - Arrow takes the value so

    def _matches(self, form: Call) -> Values:
        values = self._text(form.of[0])
        pattern = given_of(form.of[1], str)
        pc.match_substring_regex(pa.array([""]), pattern)
        return lambda rows: pc.match_substring_regex(values(rows), pattern)

    def _among(self, form: Call) -> Values:
        held, *given = form.of
        while isinstance(held, Call) and held.name in {"trim", "text"}:
            held = held.of[0]
        name, kind = self._column(held, LISTED)
        if kind == "text":
            wanted = [given_of(one, str) for one in given]
            return _is_among(self._text(form.of[0]), pa.array(some_of(wanted), self._types[name]))
        is_bare = held is form.of[0]
        numbers = some_of([number_of(one) for one in given] if is_bare else numbers_in(given))
        if kind == "integer":
            return _is_among(lambda rows: rows[name], whole_of(numbers, self._types[name]))
        equal = [self._limited("=", name, one) for one in numbers if not math.isnan(one)]
        if len(equal) < len(numbers):
            equal.append(lambda rows: rows[name].is_nan())
        return lambda rows: reduce(pc.or_kleene, [one(rows) for one in equal])

    def _compared(self, form: Call) -> Values:
        left, right = form.of
        if isinstance(left, Call) and left.name == "length":
            values, limit = self._text(left.of[0], is_column=True), given_of(right, int)
            return lambda rows: SIGNS[form.name](pc.utf8_length(values(rows)), limit)
        if isinstance(right, Column):
            return self._paired(form.name, left, right)
        name, _ = self._column(left, LIMITED)
        return self._limited(form.name, name, right.value if isinstance(right, Given) else None)

    def _paired(self, sign: str, left: Form, right: Form) -> Values:
        (one, _), (other, _) = self._column(left, ORDERED), self._column(right, ORDERED)
        if self._types[one] != self._types[other]:
            raise UnlikeError
        return lambda rows: SIGNS[sign](rows[one], rows[other])

    def _limited(self, sign: str, name: str, value: Any) -> Values:
        held = self._types[name]
        limit = limit_of(sign, value, held)
        if pa.types.is_floating(held) and sign in {">", ">="}:
            # DuckDB has it that no number is greater than one that is none
            return lambda rows: pc.or_kleene(SIGNS[sign](rows[name], limit), rows[name].is_nan())
        return lambda rows: SIGNS[sign](rows[name], limit)

    def _text(self, form: Form, *, is_column: bool = False) -> Values:
        """Make the function of a text: a column, as it is or without blanks around it."""
        if isinstance(form, Call) and not is_column and form.name in {"text", "trim"}:
            inner = self._text(form.of[0])
            return inner if form.name == "text" else lambda rows: pc.utf8_trim(inner(rows), " ")
        name, _ = self._column(form, frozenset({"text"}))
        return lambda rows: rows[name]

    def _column(self, form: Form, kinds: frozenset[str]) -> tuple[str, str]:
        if not isinstance(form, Column) or form.name not in self._types:
            raise UnlikeError
        kind = kind_of(self._types[form.name])
        if kind not in kinds:
            raise UnlikeError
        return form.name, kind

    _MADE: Mapping[str, Any] = {
        **dict.fromkeys(JOINED, _joined),
        **dict.fromkeys(SIGNS, _compared),
        "not": _not,
        "is_null": _is_null,
        "is_nan": _is_nan,
        "matches": _matches,
        "in": _among,
    }


def _held(told: pa.DataType) -> pa.DataType:
    return told.value_type if pa.types.is_dictionary(told) else told


def _is_plain(held: pa.DataType) -> bool:
    """Say whether both read a type as the same values, whatever they are."""
    if pa.types.is_timestamp(held) and held.tz is not None:
        return held.unit == "us"
    if pa.types.is_decimal(held):
        return pa.types.is_decimal128(held)
    return not pa.types.is_float16(held) and not pa.types.is_date64(held)


def _is_among(values: Values, wanted: Any) -> Values:
    """Say whether values are among some; of a value that is missing that is unknown."""
    unknown = pa.scalar(None, pa.bool_())

    def asked(rows: Mapping[str, Any]) -> Any:
        found = values(rows)
        inside = pc.is_in(found, wanted)
        return pc.if_else(found.is_valid(), inside, unknown) if found.null_count else inside

    return asked


def _bare(ask: Values) -> Values:
    def asked(rows: Mapping[str, Any]) -> Any:
        return ask({name: _spelled(one) for name, one in rows.items()})

    return asked


def _spelled(values: Any) -> Any:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _by_words(name: str, ask: Values, rows: Mapping[str, Any]) -> Any:
    """Ask of each word of a dictionary once, and of a missing one."""
    values = rows[name]
    if not pa.types.is_dictionary(values.type) or len(values.dictionary) > len(values):
        return ask({name: _spelled(values)})
    words, places = values.dictionary, values.indices
    if places.null_count:
        # a place beyond the last word may be more than the type of the places holds
        places = places.cast(pa.int64()).fill_null(len(words))
    answers = ask({name: pa.concat_arrays([words, pa.nulls(1, words.type)])})
    told = answers.fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003 - Arrow takes the value so
    return pa.array(told[places.to_numpy()])
