"""Writes checks as SQL: DuckDB's own, and what sqlglot carries over from there to other engines.

What an engine says in words of its own stands in its `Dialect`; all else is written once. What
cannot mean the same there is not asked.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from headgate.contract.kinds import NUMBERS, kind_in
from headgate.contract.patterns import ENGINES, written
from headgate.contract.words import FUNCTIONS, OWN, RID, Dialect, Unspoken
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

INFIX = frozenset({"and", "or", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*"})
COMPARED = frozenset({"=", "<>", "<", "<=", ">", ">="})
WRONG = {
    "length": frozenset({*NUMBERS, "boolean", "date", "timestamp", "zoned"}),
    "is_nan": frozenset({"text", "boolean", "date", "timestamp", "zoned"}),
}
"""Kinds of values that a function is not for, though an engine may make something of them."""
WORDS = {"length": "length", "is_nan": "value that is not a number"}
SAID = {"float": "numbers with fractions", "zoned": "moments", "other": "such values"}
_WHOLE = re.compile("[+-]?[0-9]{1,18}")
_PARTS = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf|nan", re.IGNORECASE
)


class Writer:
    """Writes checks in the words of one engine.

    Args:
        dialect: whose words.
        kinds: what the columns hold, see `headgate.contract.kinds`; those that are not named here
            are taken for what they are needed as.
        key: what tells rows apart; by it they stand where nothing else puts them in order.

    >>> from headgate.core.checks import call, column
    >>> Writer().form(call("or", call("<", column("age"), 0), call("is_null", column("age"))))
    '(("age" < 0) or ("age" is null))'
    """

    def __init__(
        self,
        dialect: Dialect = OWN,
        kinds: Mapping[str, str] | None = None,
        key: Sequence[str] = (RID,),
    ) -> None:
        self._dialect = dialect
        self._kinds = kinds or {}
        self._key = tuple(key)
        self._functions = FUNCTIONS | dict(dialect.functions)

    def form(self, form: Form) -> str:
        """Write a form.

        Raises:
            Invalid: a text is to be read as a kind that nobody knows, or to be compared with a
                number.
            Unspoken: this engine cannot say it.
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
            return _unknown(promise, self._dialect.places)
        if isinstance(promise, InOrder):
            return self._out_of_order(promise)
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

    def _repeated(self, columns: tuple[str, ...], what: str) -> str:
        keys = names_of(columns)
        rest = f"where {_present(columns)} group by {keys} having count(*) > 1"
        return query(what, self._dialect.rows, rest)

    def _call(self, form: Call) -> str:
        if form.name == "in":
            return self._among(form)
        if form.name in COMPARED:
            self._require_comparable(form.of)
        if form.name == "matches":
            return self._matches(form)
        kind = kind_in(form.of[0], self._kinds) if form.of else ""
        self._require_sayable(form, kind)
        of = [self._told(one, is_compared=form.name in COMPARED) for one in form.of]
        if form.name in INFIX:
            return "(" + f" {form.name} ".join(of) + ")"
        if form.name == "parses":
            told = self._kind(form.of[1])
            known = f"parses:{form.of[1].value if isinstance(form.of[1], Given) else ''}"
            template = self._functions.get(known, self._functions["parses"])
            return template.format(of[0], kind=told)
        return self._functions.get(f"{form.name}:{kind}", self._functions[form.name]).format(*of)

    def _told(self, form: Form, *, is_compared: bool) -> str:
        """Write a form; a text that is compared, so that its order is that of its signs."""
        is_text = is_compared and kind_in(form, self._kinds) == "text" and isinstance(form, Column)
        return self.form(form) + (self._dialect.collation if is_text else "")

    def _among(self, form: Call) -> str:
        """Write that a value is one of several; what stands for a number is compared as one."""
        held, *values = form.of
        bare = _bare(held)
        if kind_in(bare, self._kinds) in NUMBERS and bare is not held:
            held, values = bare, [Given(one) for one in numbers_in(values)]
        else:
            self._require_comparable(form.of)
        told = ", ".join(map(self.form, values))
        return f"({self.form(held)} in ({told}))" if told else "false"

    def _matches(self, form: Call) -> str:
        text, pattern = form.of
        told = pattern.value if isinstance(pattern, Given) else None
        if self._dialect.name != OWN.name and isinstance(told, str):
            pattern = Given(written(told, ENGINES[self._dialect.name]))
        return self._functions["matches"].format(self.form(text), self.form(pattern))

    def _require_comparable(self, of: Sequence[Form]) -> None:
        """Refuse to compare a text with a number, which engines do each in a way of its own.

        Raises:
            Invalid: there are both.
        """
        kinds = [kind_in(one, self._kinds) for one in of]
        is_number = [kind in NUMBERS for kind in kinds]
        is_written = isinstance(of[0], Column) and kinds[0] in NUMBERS
        others = [kind for one, kind in zip(of, kinds, strict=True) if isinstance(one, Column)]
        if any(is_number) and "text" in (others if is_written else kinds):
            name = next((one.name for one in of if isinstance(one, Column)), "it")
            raise Invalid(
                f"{name} cannot be compared: one side is text, the other a number",
                mend="write the value as the column holds it",
            )

    def _require_sayable(self, form: Call, kind: str) -> None:
        """Refuse what means something else here.

        Raises:
            Invalid: no engine could say it.
            Unspoken: this engine cannot.
        """
        name = form.of[0].name if form.of and isinstance(form.of[0], Column) else "it"
        if kind in WRONG.get(form.name, ()):
            raise Invalid(
                f"{name} is {kind}, which has no {WORDS[form.name]}",
                mend="ask it of another column",
            )
        why = self._dialect.refused.get(f"{form.name}:{kind}")
        if why is not None:
            told = why.format(engine=self._dialect.name, kind=SAID.get(kind, kind))
            raise Unspoken(f"{name}: {told}", mend="look at it in another way")

    def _out_of_order(self, promise: InOrder) -> str:
        """Compare with the greatest, or least, value so far: lag that leaves out nulls is not all.

        A value that has fallen below one that came anywhere before it is out of order. Rows of one
        moment stand so that they break nothing among each other, then by what tells them apart.
        """
        own, most = self._sorted(promise.column), "min" if promise.is_falling else "max"
        order = ", ".join(map(self._sorted, self._key))
        if promise.by is not None:
            way = " desc" if promise.is_falling else ""
            order = f"{self._sorted(promise.by)}, {own}{way}, {order}"
        window = f"order by {order} rows between unbounded preceding and 1 preceding"
        sign = (">" if promise.is_falling else "<") + ("=" if promise.is_strict else "")
        return f"coalesce({own} {sign} {most}({own}) over ({window}), false)"

    def _sorted(self, name: str) -> str:
        return self._told(Column(name), is_compared=True)

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
        moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return f"timestamp '{moment}'"
    if isinstance(value, date):
        return f"date '{value}'"
    return "'" + str(value).replace("'", "''") + "'"


def query(what: str, source: str, rest: str = "") -> str:
    """Write a query of parts that are written already."""
    return f"select {what} from {source} {rest}".strip()  # noqa: S608 - names and values are quoted


def _unknown(promise: Known, places: Mapping[str, str]) -> str:
    others = promise.others
    place = places.get(promise.dataset, name_of(promise.dataset))
    there = query(names_of(others), place, f"where {_present(others)}")
    return f"({_present(promise.columns)} and {_row(promise.columns)} not in ({there}))"


def _present(names: tuple[str, ...]) -> str:
    return " and ".join(f"{name_of(name)} is not null" for name in names)


def _row(names: tuple[str, ...]) -> str:
    return f"({names_of(names)})" if len(names) > 1 else names_of(names)


def _bare(form: Form) -> Form:
    """Return what a text without blanks around it was made of."""
    while isinstance(form, Call) and form.name in {"trim", "text"}:
        form = form.of[0]
    return form


def numbers_in(values: Sequence[Form]) -> list[int | float]:
    """Read texts that stand for numbers, and leave out those that do not.

    >>> numbers_in([Given("-1"), Given("N/A"), Given("2.50"), Given("nan")])
    [-1, 2.5, nan]
    """
    texts = [str(one.value).strip() for one in values if isinstance(one, Given)]
    whole = {text: int(text) for text in texts if _WHOLE.fullmatch(text)}
    parts = {text: float(text) for text in texts if _PARTS.fullmatch(text)}
    return list((parts | whole).values())
