"""What an expectation is made of: conditions on rows, and figures of them, in one small form.

An expectation is a function in a file of its own name that is called with its settings and returns
a `Check`. It says what is wrong with a row, never how to look for it: the form is compiled for each
engine, so that one contract means the same in DuckDB, PostgreSQL and Spark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isnan
from typing import Literal

import msgspec

Plain = bool | int | float | str | Decimal | datetime | date | None
Operator = Literal[
    "and", "or", "not", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "in", "matches"
]
Function = Literal[
    "is_null", "is_nan", "length", "trim", "abs", "text", "age_s", "parses", "is_json"
]
Aggregate = Literal["count", "count_if", "distinct", "sum", "mean", "std", "quantile", "min", "max"]


class Column(msgspec.Struct, frozen=True, tag="column"):
    """The value of a column in the row at hand."""

    name: str


class Given(msgspec.Struct, frozen=True, tag="given"):
    """A value that stands in the contract."""

    value: Plain


class Call(msgspec.Struct, frozen=True, tag="call"):
    """An operator, function or aggregate over other forms.

    Args:
        name: which; `matches` looks for a regular expression anywhere in a text, `parses` asks
            whether a text can be read as `date`, `timestamp`, `integer` or `number`, `age_s` is how
            long ago a moment was [s].
        of: what it is called with, in order.
    """

    name: Operator | Function | Aggregate
    of: tuple[Form, ...]


class Written(msgspec.Struct, frozen=True, tag="written"):
    """A condition that somebody wrote in DuckDB's SQL; other engines have it translated."""

    sql: str


Form = Column | Given | Call | Written


class Bounds(msgspec.Struct, frozen=True, omit_defaults=True):
    """Between what a figure must lie; open where nothing is said.

    Args:
        low: it is this at least.
        high: it is this at most.
        above: it is more than this.
        below: it is less than this.
        among: it is one of these.
        outside: it is none of these.
        apart: it does not lie between these two.
    """

    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    among: tuple[float, ...] = ()
    outside: tuple[float, ...] = ()
    apart: tuple[float, float] | None = None

    def hold(self, figure: float | None) -> bool:
        """Say whether a figure lies between them; one that is not there lies nowhere.

        >>> Bounds(low=1, below=3).hold(2), Bounds(low=1, below=3).hold(3), Bounds().hold(None)
        (True, False, False)
        """
        if figure is None or isnan(figure):
            return False
        return (
            (self.low is None or figure >= self.low)
            and (self.high is None or figure <= self.high)
            and (self.above is None or figure > self.above)
            and (self.below is None or figure < self.below)
            and (not self.among or figure in self.among)
            and figure not in self.outside
            and (self.apart is None or not self.apart[0] <= figure <= self.apart[1])
        )

    def said(self) -> str:
        """Say in words where the figure must lie.

        >>> Bounds(low=1, below=3).said(), Bounds(among=(1, 2)).said(), Bounds().said()
        ('at least 1 and below 3', '1 or 2', 'anything')
        """
        words = ("at least", "at most", "above", "below")
        ends = (self.low, self.high, self.above, self.below)
        parts = [
            f"{word} {end:,.6g}" for word, end in zip(words, ends, strict=True) if end is not None
        ]
        if self.among:
            parts.append(" or ".join(f"{one:,.6g}" for one in self.among))
        if self.outside:
            parts.append("not " + " or ".join(f"{one:,.6g}" for one in self.outside))
        if self.apart is not None:
            parts.append(f"not between {self.apart[0]:,.6g} and {self.apart[1]:,.6g}")
        return " and ".join(parts) or "anything"


NONE_AT_ALL = Bounds(high=0)
TYPES = (
    "text",
    "integer",
    "number",
    "boolean",
    "date",
    "timestamp",
    "time",
    "bytes",
    "array",
    "object",
)
"""Types that a column can be promised to have."""
READABLE = ("date", "timestamp", "integer", "number")
"""What a text can be promised to be read as."""


class EachRow(msgspec.Struct, frozen=True, tag="each row"):
    """A promise that each row keeps for itself.

    Args:
        breaks: true of a row that breaks it; a row of which it is unknown keeps it.
    """

    breaks: Form


class NoRepeats(msgspec.Struct, frozen=True, tag="no repeats"):
    """A promise that rows keep among each other: no two have the same values.

    Rows in which one of the values is missing repeat nothing.

    Args:
        columns: whose values, together.
    """

    columns: tuple[str, ...]


class Known(msgspec.Struct, frozen=True, tag="known"):
    """A promise that values are found in another dataset; what is missing need not be.

    Args:
        columns: whose values, together.
        dataset: where they must be found.
        others: its columns, in the same order.
    """

    columns: tuple[str, ...]
    dataset: str
    others: tuple[str, ...]


class InOrder(msgspec.Struct, frozen=True, tag="in order"):
    """A promise that a value never falls, or never rises, from a row to the next.

    Args:
        column: whose value.
        by: what says which row is the next; the order in which rows came if none.
        is_falling: it never rises.
        is_strict: it does not stay either.
    """

    column: str
    by: str | None = None
    is_falling: bool = False
    is_strict: bool = False


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """A promise about all rows together: a figure of them lies between bounds.

    Args:
        value: the figure, a form with aggregates.
    """

    value: Form


class Shape(msgspec.Struct, frozen=True, tag="shape"):
    """A promise about columns, kept or broken without looking at a row.

    Args:
        columns: those that are there, in this order where the order counts.
        types: each column's type, of `text`, `integer`, `number`, `boolean`, `date`, `timestamp`,
            `time`, `bytes`, `array`, `object`.
        is_ordered: the columns stand in this order, before all others.
        is_closed: there are no others.
    """

    columns: tuple[str, ...] = ()
    types: dict[str, str] = {}
    is_ordered: bool = False
    is_closed: bool = False


Promise = EachRow | NoRepeats | Known | InOrder | Figure | Shape


class Check(msgspec.Struct, frozen=True):
    """One clause that can be looked at.

    Args:
        promise: what is promised.
        bounds: of a figure where it must lie; else how many rows may break the promise.
        is_ratio: the bounds are of rows that break it to all rows (0 to 1), not of their count.
        shows: the columns whose values explain a row that breaks it.
        evidence: says what is wrong with a row that breaks it, or what the figure is.
    """

    promise: Promise
    bounds: Bounds = NONE_AT_ALL
    is_ratio: bool = False
    shows: tuple[str, ...] = ()
    evidence: str = ""


def column(name: str) -> Column:
    """Take the value of a column."""
    return Column(name)


def given(value: Plain) -> Given:
    """Take a value of the contract."""
    return Given(value)


def call(name: Operator | Function | Aggregate, *of: Form | Plain) -> Call:
    """Call an operator or function; plain values are taken as they are.

    >>> call("<", column("age"), 0)
    Call(name='<', of=(Column(name='age'), Given(value=0)))
    """
    return Call(name, tuple(one if isinstance(one, Form) else Given(one) for one in of))


def either(*forms: Form) -> Form:
    """Say that one of several is true."""
    return forms[0] if len(forms) == 1 else Call("or", forms)


def is_given(name: str) -> Form:
    """Say that a column is not missing."""
    return call("not", call("is_null", column(name)))


def each_row(name: str, breaks: Form, evidence: str, shows: Sequence[str] = ()) -> Check:
    """Make the check of a promise that each row keeps for itself, about one column."""
    return Check(EachRow(breaks), shows=tuple(shows) or (name,), evidence=evidence)


def columns_in(promise: Promise) -> list[str]:
    """List the columns that a promise looks at, each once; what is written in SQL names its own.

    >>> columns_in(EachRow(call("<", column("age"), column("limit"))))
    ['age', 'limit']
    """
    if isinstance(promise, EachRow | Figure):
        form = promise.breaks if isinstance(promise, EachRow) else promise.value
        return list(dict.fromkeys(_named_in(form)))
    if isinstance(promise, InOrder):
        return [promise.column, *([promise.by] if promise.by else [])]
    return list(promise.columns)


def has_sql(promise: Promise) -> bool:
    """Say whether a part of a promise is written in SQL, which may name any column.

    >>> has_sql(EachRow(call("not", Written("age > 17")))), has_sql(NoRepeats(("id",)))
    (True, False)
    """
    if isinstance(promise, EachRow | Figure):
        return _has_sql(promise.breaks if isinstance(promise, EachRow) else promise.value)
    return False


def _has_sql(form: Form) -> bool:
    if isinstance(form, Call):
        return any(_has_sql(one) for one in form.of)
    return isinstance(form, Written)


def _named_in(form: Form) -> Iterator[str]:
    if isinstance(form, Column):
        yield form.name
    if isinstance(form, Call):
        for one in form.of:
            yield from _named_in(one)
