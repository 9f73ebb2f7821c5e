"""Writes checks as SQL: DuckDB's own, and what sqlglot carries over from there to other engines.

What an engine says in words of its own stands in its `Dialect`; all else is written once.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

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
    from collections.abc import Mapping, Sequence

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
    "parses": "(try_cast({0} as {kind}) is not null)",
}
READABLE = {"date": "date", "timestamp": "timestamp", "integer": "bigint", "number": "double"}


class Dialect(NamedTuple):
    """How an engine says what it says otherwise than DuckDB.

    Args:
        name: as sqlglot names it.
        functions: templates in the place of those of `FUNCTIONS`, in DuckDB's syntax all the same.
        readable: names of the types that a text may be read as.
        rows: the table or query that is looked at.
    """

    name: str = "duckdb"
    functions: Mapping[str, str] = {}
    readable: Mapping[str, str] = READABLE
    rows: str = ROWS


OWN = Dialect()


class Writer:
    """Writes checks in the words of one engine.

    Args:
        dialect: whose words.

    >>> from headgate.core.checks import call, column
    >>> Writer().form(call("or", call("<", column("age"), 0), call("is_null", column("age"))))
    '(("age" < 0) or ("age" is null))'
    """

    def __init__(self, dialect: Dialect = OWN) -> None:
        self._dialect = dialect
        self._functions = FUNCTIONS | dict(dialect.functions)

    def form(self, form: Form) -> str:
        """Write a form.

        Raises:
            Invalid: a text is to be read as a kind that nobody knows.
        """
        if isinstance(form, Column):
            return name_of(form.name)
        if isinstance(form, Given):
            return value_of(form.value)
        if isinstance(form, Written):
            return f"({form.sql}\n)"
        return self._call(form)

    def breaking(self, promise: Promise) -> str:
        """Write what is true of a row that breaks a promise.

        Raises:
            Invalid: the promise is not one of rows.
        """
        if isinstance(promise, EachRow):
            return self.form(promise.breaks)
        if isinstance(promise, NoRepeats):
            columns = promise.columns
            return f"({_row(columns)} in ({self._repeated(columns, names_of(columns))}))"
        if isinstance(promise, Known):
            return _unknown(promise)
        if isinstance(promise, InOrder):
            return _out_of_order(promise)
        raise Invalid(
            "a promise about all rows is broken by no single one", mend="ask for its figure"
        )

    def counting(self, promise: Promise) -> str:
        """Write the figure of a promise: its own, else how many rows break it."""
        if isinstance(promise, Figure):
            return self.form(promise.value)
        if isinstance(promise, NoRepeats):
            groups = self._repeated(promise.columns, "count(*) as n")
            return f"({query('coalesce(sum(n), 0)', f'({groups}) as g')})"
        if isinstance(promise, InOrder | Known):
            told = query(f"{self.breaking(promise)} as broken", self._dialect.rows)
            return f"({query('count(*)', f'({told}) as g', 'where broken')})"
        return f"count(*) filter (where {self.breaking(promise)})"

    def figures(self, promises: Sequence[Promise]) -> str:
        """Write one query for the number of rows and the figure of each promise, in order."""
        asked = [f"{self.counting(promise)} as f{n}" for n, promise in enumerate(promises)]
        return query(", ".join(["count(*) as n", *asked]), self._dialect.rows)

    def broken(
        self, promises: Sequence[Promise], key: Sequence[str], shown: Sequence[str] = ()
    ) -> str:
        """Write one query for rows that break any of some promises.

        Args:
            promises: the promises; each has a column that says whether the row breaks it.
            key: the columns that tell which row it is; they come first.
            shown: columns that come with it, after the key.
        """
        told = [f"coalesce({self.breaking(one)}, false) as b{n}" for n, one in enumerate(promises)]
        # names of ours, for a column may be shown that is of the key, or is called b0
        names = [f"{name_of(name)} as k{n}" for n, name in enumerate([*key, *shown])]
        inner = query(", ".join([*names, *told]), self._dialect.rows)
        any_of = " or ".join(f"b{n}" for n in range(len(promises)))
        return query("*", f"({inner}) as g", f"where {any_of}")

    def rows_of(self, names: Sequence[str], keys: Sequence[Mapping[str, Any]]) -> str:
        """Write a query for some columns of rows that are named by what tells them apart."""
        told = (
            " and ".join(f"{name_of(name)} = {value_of(value)}" for name, value in key.items())
            for key in keys
        )
        rest = f"where {' or '.join(f'({one})' for one in told)} order by {names_of(list(keys[0]))}"
        return query(names_of(names), self._dialect.rows, rest)

    def _repeated(self, columns: tuple[str, ...], what: str) -> str:
        keys = names_of(columns)
        rest = f"where {_present(columns)} group by {keys} having count(*) > 1"
        return query(what, self._dialect.rows, rest)

    def _call(self, form: Call) -> str:
        of = [self.form(one) for one in form.of]
        if form.name in INFIX:
            return "(" + f" {form.name} ".join(of) + ")"
        if form.name == "in":
            return f"({of[0]} in ({', '.join(of[1:])}))" if of[1:] else "false"
        template = self._functions[form.name]
        if form.name == "parses":
            return template.format(of[0], kind=self._kind(form.of[1]))
        return template.format(*of)

    def _kind(self, form: Form) -> str:
        known = form.value if isinstance(form, Given) else None
        if known not in self._dialect.readable:
            kinds = ", ".join(self._dialect.readable)
            raise Invalid(f"nobody knows how to read {known!r}", mend=f"one of {kinds}")
        return self._dialect.readable[str(known)]


def name_of(name: str) -> str:
    """Write the name of a column."""
    return '"' + name.replace('"', '""') + '"'


def names_of(names: Sequence[str]) -> str:
    """Write names of columns, one after the other."""
    return ", ".join(map(name_of, names))


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


def _unknown(promise: Known) -> str:
    others = promise.others
    there = query(names_of(others), name_of(promise.dataset), f"where {_present(others)}")
    return f"({_present(promise.columns)} and {_row(promise.columns)} not in ({there}))"


def _present(names: tuple[str, ...]) -> str:
    return " and ".join(f"{name_of(name)} is not null" for name in names)


def _row(names: tuple[str, ...]) -> str:
    return f"({names_of(names)})" if len(names) > 1 else names_of(names)


def _out_of_order(promise: InOrder) -> str:
    """Compare with the greatest, or least, value so far: lag that leaves out nulls is not for all.

    A value that has fallen below one that came anywhere before it is out of order.
    """
    by = RID if promise.by is None else promise.by
    own = name_of(promise.column)
    most = "min" if promise.is_falling else "max"
    window = f"order by {name_of(by)} rows between unbounded preceding and 1 preceding"
    sign = (">" if promise.is_falling else "<") + ("=" if promise.is_strict else "")
    return f"coalesce({own} {sign} {most}({own}) over ({window}), false)"
