"""Writes checks as DuckDB's SQL; other engines have it translated from there."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from headgate.core.checks import (
    Call,
    Column,
    EachRow,
    Figure,
    Given,
    InOrder,
    Known,
    NoRepeats,
    Written,
)
from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from headgate.core.checks import Form, Plain, Promise

ROWS = "checked"
"""What is checked is called, inside of SQL."""
RID = "_rid"
"""The column that says which row it is; rows that came later have a higher one."""
INFIX = frozenset({"and", "or", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/"})
FUNCTIONS = {
    "not": "(not {0})",
    "is_null": "({0} is null)",
    "is_nan": "coalesce(isnan({0}), false)",
    "length": "length({0})",
    "trim": "trim({0})",
    "abs": "abs({0})",
    "text": "cast({0} as varchar)",
    "matches": "regexp_matches({0}, {1})",
    "age_s": "(epoch(cast(now() as timestamp)) - epoch(cast({0} as timestamp)))",
    "is_json": "json_valid({0})",
    "count": "count(*)",
    "count_if": "count(*) filter (where {0})",
    "distinct": "count(distinct {0})",
    "sum": "sum({0})",
    "mean": "avg({0})",
    "std": "stddev_samp({0})",
    "quantile": "quantile_cont({0}, {1})",
    "min": "min({0})",
    "max": "max({0})",
}
READABLE = {"date": "date", "timestamp": "timestamp", "integer": "bigint", "number": "double"}


def sql_of(form: Form) -> str:
    """Write a form.

    >>> from headgate.core.checks import call, column
    >>> sql_of(call("or", call("<", column("age"), 0), call("is_null", column("age"))))
    '(("age" < 0) or ("age" is null))'

    Raises:
        Invalid: a text is to be read as a kind that nobody knows.
    """
    if isinstance(form, Column):
        return name_of(form.name)
    if isinstance(form, Given):
        return value_of(form.value)
    if isinstance(form, Written):
        return f"({form.sql}\n)"
    return _call(form)


def name_of(name: str) -> str:
    """Write the name of a column."""
    return '"' + name.replace('"', '""') + '"'


def value_of(value: Plain) -> str:
    """Write a value of the contract.

    >>> value_of("it's"), value_of(None), value_of(True), value_of(1e300)
    ("'it''s'", 'null', 'true', "'1e+300'::double")
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"'{value!r}'::double"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp '{value.replace(tzinfo=None)}'"
    if isinstance(value, date):
        return f"date '{value}'"
    return "'" + value.replace("'", "''") + "'"


def query(what: str, source: str, rest: str = "") -> str:
    """Write a query of parts that are written already."""
    return f"select {what} from {source} {rest}".strip()  # noqa: S608 - names and values are quoted


def breaking(promise: Promise) -> str:
    """Write what is true of a row that breaks a promise; rows stand under `checked`.

    Raises:
        Invalid: the promise is not one of rows.
    """
    if isinstance(promise, EachRow):
        return sql_of(promise.breaks)
    if isinstance(promise, NoRepeats):
        return f"({_row(promise.columns)} in ({_repeated(promise, _names(promise.columns))}))"
    if isinstance(promise, Known):
        return _unknown(promise)
    if isinstance(promise, InOrder):
        return _out_of_order(promise)
    raise Invalid("a promise about all rows is broken by no single one", mend="ask for its figure")


def counting(promise: Promise) -> str:
    """Write the figure of a promise: its own, else how many rows break it."""
    if isinstance(promise, Figure):
        return sql_of(promise.value)
    if isinstance(promise, NoRepeats):
        groups = _repeated(promise, "count(*) as n")
        return f"({query('coalesce(sum(n), 0)', f'({groups})')})"
    if isinstance(promise, InOrder | Known):
        told = query(f"{breaking(promise)} as broken", ROWS)
        return f"({query('count(*)', f'({told})', 'where broken')})"
    return f"count(*) filter (where {breaking(promise)})"


def _call(form: Call) -> str:
    of = [sql_of(one) for one in form.of]
    if form.name in INFIX:
        return "(" + f" {form.name} ".join(of) + ")"
    if form.name == "in":
        return f"({of[0]} in ({', '.join(of[1:])}))" if of[1:] else "false"
    if form.name == "parses":
        return _parses(of[0], form.of[1])
    return FUNCTIONS[form.name].format(*of)


def _parses(text: str, kind: Form) -> str:
    known = kind.value if isinstance(kind, Given) else None
    if known not in READABLE:
        raise Invalid(f"nobody knows how to read {known!r}", mend=f"one of {', '.join(READABLE)}")
    return f"(try_cast({text} as {READABLE[str(known)]}) is not null)"


def _repeated(promise: NoRepeats, what: str) -> str:
    present, keys = _present(promise.columns), _names(promise.columns)
    return query(what, ROWS, f"where {present} group by {keys} having count(*) > 1")


def _unknown(promise: Known) -> str:
    there = query(
        _names(promise.others), name_of(promise.dataset), f"where {_present(promise.others)}"
    )
    return f"({_present(promise.columns)} and {_row(promise.columns)} not in ({there}))"


def _present(names: tuple[str, ...]) -> str:
    return " and ".join(f"{name_of(name)} is not null" for name in names)


def _row(names: tuple[str, ...]) -> str:
    return f"({_names(names)})" if len(names) > 1 else _names(names)


def _out_of_order(promise: InOrder) -> str:
    by = RID if promise.by is None else promise.by
    own = name_of(promise.column)
    before = f"lag({own} ignore nulls) over (order by {name_of(by)})"
    sign = (">" if promise.is_falling else "<") + ("=" if promise.is_strict else "")
    return f"coalesce({own} {sign} {before}, false)"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(name_of(name) for name in names)
