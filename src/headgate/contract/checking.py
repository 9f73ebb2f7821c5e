"""Looks whether rows keep what was promised: figures in one query, rows that break it in a second.

The second query brings back the rows that break any promise, with marks of which: to count them is
to count the marks, so that nothing is read twice. Rows at hand are sifted before it, see
`headgate.contract.sifting`: what surely keeps its promises does not come to it, and where nothing
is left it is not asked. A check that cannot be looked at, for a column is missing or holds another
kind of value, is broken and says why; the others are looked at all the same.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
import pyarrow as pa

from headgate.contract.compiling import Writer
from headgate.contract.kinds import kinds_in
from headgate.contract.shapes import look_at_shape
from headgate.contract.sifting import sift
from headgate.contract.words import OWN, RID, ROWS, Dialect, Unspoken
from headgate.core.checks import (
    Check,
    Figure,
    InOrder,
    Shape,
    call,
    columns_in,
)
from headgate.core.errors import Invalid, NotFound
from headgate.core.texts import cut
from headgate.spine.spelling import values_of
from headgate.spine.store.legible import legible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.contract.sifting import Sifted

MUTE = "SQL cannot ask for a column without a name, or tell it from one of other capitals"
COUNT = Figure(call("count"))
"""The promise on the number of rows."""


class Rule(msgspec.Struct, frozen=True):
    """A check under the name it has in its contract.

    Args:
        name: such as `age.range`.
        check: what is looked at.
        severity: how bad it is if it is broken, as the contract says it.
        dimension: of quality, such as `completeness`; empty if none is said.
    """

    name: str
    check: Check
    severity: str = "error"
    dimension: str = ""


class Found(msgspec.Struct, frozen=True):
    """What came of one check.

    Args:
        rule: its name.
        is_kept: the promise is kept.
        n_rows: rows that were looked at.
        figure: of a promise about all rows the figure, else how many rows break it; nothing if it
            could not be looked at.
        told: why it is broken, in words; empty if it is kept.
    """

    rule: str
    is_kept: bool
    n_rows: int
    figure: float | None
    told: str = ""


class Broken(NamedTuple):
    """The rows that break one promise.

    Args:
        rule: its name.
        keys: what tells which rows they are, one row each, in no order.
        values: what the rule looks at in them, in the same order, as far as there are such columns.
    """

    rule: Rule
    keys: pa.Table
    values: pa.Table


class Looked(NamedTuple):
    """What came of all checks, in their order, and the rows that break those which are broken."""

    found: list[Found]
    broken: list[Broken]
    n_rows: int


class Engine(Protocol):
    """Where rows lie and are looked at.

    Attributes:
        dialect: in whose words it is asked.
        schema: of the rows.
        key: the columns that tell which row it is.
    """

    dialect: Dialect
    schema: pa.Schema
    key: tuple[str, ...]

    def ask(self, sql: str) -> pa.Table:
        """Run a query.

        Raises:
            Invalid: it cannot be run.
            NotFound: it names a dataset that is not there.
        """
        ...


class Arrow:
    """Rows at hand, looked at by DuckDB.

    Args:
        rows: an Arrow table or dataset with the ids of its rows in `_rid`.
        load: gives an Arrow table or dataset for the name of another dataset.

    Attributes:
        held: the columns as they are kept, where the engine reads them as other types.
    """

    def __init__(self, rows: Any, load: Callable[[str], Any]) -> None:
        self.dialect: Dialect = OWN
        self.key: tuple[str, ...] = (RID,)
        self.held: pa.Schema = rows.schema
        self._rows = legible(rows)
        self.schema: pa.Schema = self._rows.schema
        self._load = load

    def ask(self, sql: str) -> pa.Table:
        """Run a query over the rows and the other datasets it names."""
        from headgate.spine.store.sql import run_query

        return run_query(sql, lambda name: self._rows if name == ROWS else self._load(name))

    @property
    def n_rows(self) -> int:
        """How many rows there are, without reading any where the files say it."""
        if isinstance(self._rows, pa.Table):
            return self._rows.num_rows
        if hasattr(self._rows, "scanner"):
            return self._rows.scanner(columns=self.schema.names[:1]).count_rows()
        return self.ask(writer_for(self).figures(())).column(0)[0].as_py()

    def sifted(self, checks: Sequence[Check]) -> Sifted:
        """Leave behind the rows that surely keep checks, see `headgate.contract.sifting`."""
        return sift(self._rows, checks)

    def only(self, rows: pa.Table) -> Arrow:
        """Look at some of the rows alone."""
        return Arrow(rows, self._load)


def mute_in(schema: pa.Schema) -> list[str]:
    """List the columns that DuckDB cannot be asked for: it heeds no capitals in names.

    >>> mute_in(pa.schema({"id": pa.int8(), "a": pa.int8(), "A": pa.int8(), "": pa.int8()}))
    ['a', 'A', '']
    """
    n_alike = Counter(name.lower() for name in schema.names)
    return [name for name in schema.names if not name or n_alike[name.lower()] > 1]


def held_in(engine: Engine) -> pa.Schema:
    """Return the columns as they are kept, whatever types the engine reads them as."""
    return engine.held if isinstance(engine, Arrow) else engine.schema


def writer_for(engine: Engine) -> Writer:
    """Return what writes checks for an engine and the columns that lie there."""
    return Writer(engine.dialect, kinds_in(engine.schema), engine.key)


def sayable(engine: Engine, rules: Sequence[Rule]) -> tuple[list[Rule], list[str]]:
    """Part the checks that an engine makes as all others do from those that it cannot make so.

    Returns:
        The checks that it makes, and for each other one its name and the reason.
    """
    writer = writer_for(engine)
    kept: list[Rule] = []
    untold: list[str] = []
    for rule in rules:
        try:
            _ = isinstance(rule.check.promise, Shape) or writer.counting(rule.check.promise)
        except Unspoken as error:
            untold.append(f"{rule.name}: {error.message}")
            continue
        except Invalid:
            pass
        kept.append(rule)
    return kept, untold


def look(engine: Engine, rules: Sequence[Rule], *, figures_only: bool = False) -> Looked:
    """Look at every check.

    Args:
        engine: where the rows lie.
        rules: the checks; no two of one name.
        figures_only: do not ask for the rows that break one.
    """
    mute = frozenset(mute_in(engine.schema) if isinstance(engine, Arrow) else ())
    there = frozenset(engine.schema.names)
    told = {rule.name: _wrong_columns(rule.check, engine, there, mute) for rule in rules}
    able = [r for r in rules if not told[r.name] and not isinstance(r.check.promise, Shape)]
    figures, broken = _looked(engine, able, figures_only=figures_only)
    n_rows = int(figures[""] or 0)
    found = [_found(rule, n_rows, figures.get(rule.name), told[rule.name]) for rule in rules]
    kept = {one.rule for one in found if one.is_kept}
    return Looked(found, [one for one in broken if one.rule.name not in kept], n_rows)


def reasons(rows: pa.Table, check: Check) -> list[str]:
    """Say of each row that breaks a promise why it does, with its values.

    Args:
        rows: those rows, with the columns that the check shows.
        check: the check.
    """
    columns = [rows[name] for name in check.shows if name in rows.column_names]
    if not columns:
        return [check.evidence] * rows.num_rows
    shown = zip(*([cut(repr(value)) for value in values_of(one)] for one in columns), strict=True)
    return [f"{check.evidence}: {', '.join(values)}" for values in shown]


def _wrong_columns(
    check: Check, engine: Engine, there: frozenset[str], mute: frozenset[str]
) -> str:
    """Say what is wrong with the columns that a check looks at; nothing if all is well."""
    promise = check.promise
    if isinstance(promise, Shape):
        return look_at_shape(promise, held_in(engine))
    names = columns_in(promise)
    lacking = [name for name in names if name not in there]
    if lacking:
        return f"there is no column {', '.join(lacking)}"
    if not mute.isdisjoint(names):
        return MUTE
    is_unordered = isinstance(promise, InOrder) and promise.by is None and engine.key != (RID,)
    return "nothing says which row is the next: give by" if is_unordered else ""


def _looked(
    engine: Engine, rules: Sequence[Rule], *, figures_only: bool
) -> tuple[dict[str, float | str | None], list[Broken]]:
    """Look at everything at once; where that cannot be done, one by one, to learn which cannot."""
    try:
        return _at_once(engine, rules, figures_only=figures_only)
    except (Invalid, NotFound):
        if not rules:
            raise
    figures: dict[str, float | str | None] = dict(_counted(engine, ()))
    broken: list[Broken] = []
    for rule in rules:
        try:
            more, rows = _at_once(engine, [rule], figures_only=figures_only)
        except (Invalid, NotFound) as error:
            figures[rule.name] = error.message
        else:
            figures |= more
            broken += rows
    return figures, broken


def _at_once(
    engine: Engine, rules: Sequence[Rule], *, figures_only: bool
) -> tuple[dict[str, float | str | None], list[Broken]]:
    if figures_only:
        return _counted(engine, rules), []
    all_rows = [one for one in rules if isinstance(one.check.promise, Figure)]
    figures = _figures(engine, all_rows)
    broken = _broken(engine, [one for one in rules if not isinstance(one.check.promise, Figure)])
    counts: dict[str, float | str | None] = {one.rule.name: one.keys.num_rows for one in broken}
    return figures | counts, broken


def _figures(engine: Engine, rules: Sequence[Rule]) -> dict[str, float | str | None]:
    """Return each check's figure; how many rows there are is known without asking, if any is."""
    if not isinstance(engine, Arrow) or any(one.check.promise != COUNT for one in rules):
        return _counted(engine, rules)
    return dict.fromkeys(["", *(one.name for one in rules)], float(engine.n_rows))


def _counted(engine: Engine, rules: Sequence[Rule]) -> dict[str, float | str | None]:
    """Return each check's figure by its name, and how many rows there are by none."""
    writer = writer_for(engine)
    found = engine.ask(writer.figures([rule.check.promise for rule in rules]))
    names = ["", *(rule.name for rule in rules)]
    values = (found.column(n)[0].as_py() for n in range(len(names)))
    return {name: _number(value) for name, value in zip(names, values, strict=True)}


def _number(value: Any) -> float | str | None:
    """Take a figure for a number; say so if it is none, such as the least of some dates."""
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return f"the figure is {cut(repr(value))}, which is no number"


def _found(rule: Rule, n_rows: int, figure: float | str | None, told: str) -> Found:
    check = rule.check
    if isinstance(check.promise, Shape):
        return Found(rule.name, not told, n_rows, None, told)
    if told or isinstance(figure, str):
        return Found(rule.name, is_kept=False, n_rows=n_rows, figure=None, told=told or str(figure))
    held = figure
    if check.is_ratio and figure is not None:
        held = figure / n_rows if n_rows else 0.0
    if check.bounds.hold(held):
        return Found(rule.name, is_kept=True, n_rows=n_rows, figure=figure)
    return Found(rule.name, is_kept=False, n_rows=n_rows, figure=figure, told=_why(check, held))


def rows_told(number: str) -> str:
    """Say how many rows, of a number that is written out.

    >>> rows_told("1"), rows_told("2,000")
    ('1 row', '2,000 rows')
    """
    return f"{number} row" if number == "1" else f"{number} rows"


def _why(check: Check, held: float | None) -> str:
    said = "nothing" if held is None else f"{held:,.6g}"
    if isinstance(check.promise, Figure):
        return f"{check.evidence} is {said}, wanted {check.bounds.said()}"
    many = f"{held:.3%} of rows" if check.is_ratio and held is not None else rows_told(said)
    return f"{check.evidence}: {many}, wanted {check.bounds.said()}"


def _broken(engine: Engine, rules: Sequence[Rule]) -> list[Broken]:
    """Find the rows that break promises, with what the promises look at.

    Where rows can be sifted first, the engine is asked of those alone that come through.
    """
    if not rules or not isinstance(engine, Arrow):
        return _asked(engine, rules)
    through = engine.sifted([rule.check for rule in rules])
    told = through.checks if through.rows.num_rows else frozenset()
    few = _asked(engine.only(through.rows), [rules[place] for place in sorted(told)])
    others = set(range(len(rules))) - through.checks - through.kept
    rest = _asked(engine, [rules[place] for place in sorted(others)])
    found = {one.rule.name: one for one in (*few, *rest)}
    return [found.get(rule.name) or _none(rule, engine.schema) for rule in rules]


def _none(rule: Rule, schema: pa.Schema) -> Broken:
    """Say that no row breaks a promise."""
    shown = [schema.field(name) for name in rule.check.shows if name in schema.names]
    return Broken(
        rule, pa.schema([schema.field(RID)]).empty_table(), pa.schema(shown).empty_table()
    )


def _asked(engine: Engine, rules: Sequence[Rule]) -> list[Broken]:
    """Ask for the rows that break promises, all in one query."""
    if not rules:
        return []
    writer = writer_for(engine)
    n_key, there = len(engine.key), set(engine.schema.names)
    shown = [[one for one in rule.check.shows if one in there] for rule in rules]
    names = list(dict.fromkeys(name for one in shown for name in one))
    found = engine.ask(writer.broken([rule.check.promise for rule in rules], engine.key, names))
    n_left = n_key + len(names)
    keys = found.select(list(range(n_key))).rename_columns(list(engine.key))
    values = found.select(list(range(n_key, n_left))).rename_columns(names)
    # an engine that found no row does not say what kind of values it found
    masks: list[Any] = [found.column(n_left + n).cast(pa.bool_()) for n in range(len(rules))]
    return [
        Broken(rule, keys.filter(mask), values.select(one).filter(mask))
        for rule, one, mask in zip(rules, shown, masks, strict=True)
    ]
