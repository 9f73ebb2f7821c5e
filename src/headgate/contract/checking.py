"""Looks whether rows keep what was promised: all figures in one query, broken rows in a second.

The second query runs only where a promise is broken, and asks for those rows alone. A check that
cannot be looked at, for a column is missing or holds another kind of value, is broken and says why;
the others are looked at all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.contract.compiling import RID, ROWS, Writer
from headgate.contract.shapes import look_at_shape
from headgate.core.checks import Check, Figure, Shape, columns_in
from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.segments import I64
from headgate.spine.store.sql import run_query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CELL_SIGNS = 60
"""Signs of a value that a reason shows [count]."""


class Rule(msgspec.Struct, frozen=True):
    """A check under the name it has in its contract."""

    name: str
    check: Check


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
        rids: their ids, ascending, shape (n,).
    """

    rule: Rule
    rids: I64


class Looked(NamedTuple):
    """What came of all checks, in their order, and the rows that break those which are broken."""

    found: list[Found]
    broken: list[Broken]


def look(rows: Any, rules: Sequence[Rule], load: Callable[[str], Any]) -> Looked:
    """Look at every check.

    Args:
        rows: an Arrow table or dataset with the ids of its rows in `_rid`.
        rules: the checks; no two of one name.
        load: gives an Arrow table or dataset for the name of another dataset.
    """
    told = {rule.name: _wrong_columns(rule.check, rows.schema) for rule in rules}
    able = [r for r in rules if not told[r.name] and not isinstance(r.check.promise, Shape)]
    figures = _figures(rows, able, load)
    n_rows = int(figures[""] or 0)
    found = [_found(rule, n_rows, figures.get(rule.name), told[rule.name]) for rule in rules]
    wanted = [rule for rule, one in zip(rules, found, strict=True) if _has_rows(rule, one)]
    return Looked(found, _broken(rows, wanted, load))


def reasons(rows: pa.Table, check: Check) -> list[str]:
    """Say of each row that breaks a promise why it does, with its values.

    Args:
        rows: those rows, with the columns that the check shows.
        check: the check.
    """
    columns = [rows[name] for name in check.shows if name in rows.column_names]
    if not columns:
        return [check.evidence] * rows.num_rows
    shown = zip(*(map(_short, one.to_pylist()) for one in columns), strict=True)
    return [f"{check.evidence}: {', '.join(values)}" for values in shown]


def _wrong_columns(check: Check, schema: pa.Schema) -> str:
    """Say what is wrong with the columns that a check looks at; nothing if all is well."""
    if isinstance(check.promise, Shape):
        return look_at_shape(check.promise, schema)
    lacking = [name for name in columns_in(check.promise) if name not in schema.names]
    return f"there is no column {', '.join(lacking)}" if lacking else ""


def _has_rows(rule: Rule, found: Found) -> bool:
    """Say whether there are rows that broke a promise."""
    return not found.is_kept and bool(found.figure) and not isinstance(rule.check.promise, Figure)


def _figures(
    rows: Any, rules: Sequence[Rule], load: Callable[[str], Any]
) -> dict[str, float | str | None]:
    """Count everything at once; where that cannot be done, one by one, to learn which cannot."""
    try:
        return _counted(rows, rules, load)
    except (Invalid, NotFound):
        if not rules:
            raise
    figures: dict[str, float | str | None] = dict(_counted(rows, (), load))
    for rule in rules:
        try:
            figures |= _counted(rows, [rule], load)
        except (Invalid, NotFound) as error:
            figures[rule.name] = error.message
    return figures


def _counted(
    rows: Any, rules: Sequence[Rule], load: Callable[[str], Any]
) -> dict[str, float | str | None]:
    """Return each check's figure by its name, and how many rows there are by none."""
    sql = Writer().figures([rule.check.promise for rule in rules])
    found = run_query(sql, _among(rows, load))
    names = ["", *(rule.name for rule in rules)]
    values = (found.column(n)[0].as_py() for n in range(len(names)))
    return {
        name: None if value is None else float(value)
        for name, value in zip(names, values, strict=True)
    }


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


def _why(check: Check, held: float | None) -> str:
    said = "nothing" if held is None else f"{held:,.6g}"
    if isinstance(check.promise, Figure):
        return f"{check.evidence} is {said}, not {check.bounds.said()}"
    many = f"{held:.3%} of rows" if check.is_ratio and held is not None else f"{said} rows"
    return f"{check.evidence}: {many}, not {check.bounds.said()}"


def _broken(rows: Any, rules: Sequence[Rule], load: Callable[[str], Any]) -> list[Broken]:
    """Find the rows that break promises, all in one query."""
    if not rules:
        return []
    sql = Writer().broken([rule.check.promise for rule in rules], [RID])
    found = run_query(sql, _among(rows, load))
    rids = np.asarray(found.column(0).combine_chunks(), np.int64)
    masks = (found.column(n + 1).to_numpy() for n in range(len(rules)))
    return [
        Broken(rule, np.sort(rids[mask.astype(bool)]))
        for rule, mask in zip(rules, masks, strict=True)
    ]


def _among(rows: Any, load: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda name: rows if name == ROWS else load(name)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= CELL_SIGNS else text[: CELL_SIGNS - 3] + "..."
