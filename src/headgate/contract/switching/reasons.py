"""Why Great Expectations and a contract say different things of the same rows.

A reason is given only where looking again, by the rule it names, comes to the very counts that
both gave; what no reason reproduces stays unexplained.
"""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.contract.checking import Found
    from headgate.contract.switching.reports import Said

NEARLY = 1e-9
Values = list[Any]


class Case(NamedTuple):
    """An expectation that both looked at.

    Args:
        kind: its type.
        kwargs: what it is asked with.
        gx: what Great Expectations says.
        ours: what the contract says.
        rows: what both looked at.
    """

    kind: str
    kwargs: dict[str, Any]
    gx: Said
    ours: Found
    rows: pa.Table

    @property
    def values(self) -> Values:
        """The values of the column, nulls among them."""
        name = self.kwargs.get("column")
        return self.rows[name].to_pylist() if name in self.rows.column_names else []

    @property
    def type(self) -> pa.DataType | None:
        """The type of the column."""
        name = self.kwargs.get("column")
        return self.rows.schema.field(name).type if name in self.rows.column_names else None

    @property
    def present(self) -> Values:
        """The values that pandas holds for values: neither null nor NaN."""
        return [one for one in self.values if one is not None and not _is_nan(one)]

    @property
    def n_nan(self) -> int:
        """Numbers that are none [count]."""
        return sum(_is_nan(one) for one in self.values)

    @property
    def excess(self) -> float:
        """How many more rows the contract counts."""
        return (self.ours.figure or 0) - (self.gx.count or 0)


def explain(case: Case) -> str:
    """Say why both differ; nothing if that is not known."""
    return next(filter(None, (reason(case) for reason in REASONS)), "")


def is_same(case: Case) -> bool:
    """Say whether both say the same: the verdict, and the count or figure if both give one."""
    if case.gx.success != case.ours.is_kept:
        return False
    if case.gx.count is not None and case.ours.figure is None:
        return False
    other = case.gx.observed if case.gx.count is None else case.gx.count
    if case.ours.figure is None or not isinstance(other, (int, float)) or isinstance(other, bool):
        return True
    return math.isclose(case.ours.figure, other, rel_tol=NEARLY, abs_tol=NEARLY)


def _nan(case: Case) -> str:
    """Pandas takes NaN for a value that is missing."""
    if not case.n_nan:
        return ""
    told = f"{case.n_nan} of the values are NaN, which pandas takes for missing"
    if case.kind == "expect_column_values_to_not_be_null" and case.excess == -case.n_nan:
        return f"{told}, and a contract for a number that is none"
    if case.gx.count is None:
        is_figure = case.ours.figure is not None and math.isnan(case.ours.figure)
        return f"{told} and leaves out; with them there is no such figure" if is_figure else ""
    repeats = case.kind == "expect_column_values_to_be_unique" and case.n_nan > 1
    if case.excess == case.n_nan and (repeats or "unique" not in case.kind):
        return f"{told} and leaves out; a contract looks at them"
    return ""


def _share(case: Case) -> str:
    """Great Expectations takes its share of the rows that have a value, a contract of all."""
    mostly = case.kwargs.get("mostly")
    n_all, n_present = len(case.values), len(case.present)
    if not isinstance(mostly, (int, float)) or case.excess or not n_present or not n_all:
        return ""
    count = case.gx.count or 0
    shares = count / n_present, count / n_all
    is_kept = [share <= 1 - mostly + NEARLY for share in shares]
    if is_kept != [case.gx.success, case.ours.is_kept]:
        return ""
    return (
        f"{count} of {n_present} rows that have a value are {shares[0]:.1%}, of all {n_all} rows"
        f" {shares[1]:.1%}: mostly is a share of the former, a contract's percent of the latter"
    )


def _set(case: Case) -> str:
    """In pandas a text never equals a number; in SQL it is read as one."""
    values = case.kwargs.get("value_set")
    if not isinstance(values, list):
        return ""
    is_in = case.kind == "expect_column_values_to_be_in_set"
    count = sum((one in values) != is_in for one in case.present)
    is_text = case.type is not None and pa.types.is_string(case.type)
    are_texts = [isinstance(one, str) for one in values]
    if count != case.gx.count or is_text == all(are_texts) or not values:
        return ""
    what = "texts" if all(are_texts) else "no texts"
    return (
        f"the set holds {what} and the column {case.type}: in Python a text equals no number or"
        " day, in a contract it is read as one or refused"
    )


def _pattern(case: Case) -> str:
    """Python's expressions are not those of RE2."""
    pattern = case.kwargs.get("regex")
    if not isinstance(pattern, str):
        return ""
    try:
        found = [bool(re.search(pattern, str(one))) for one in case.present]
    except re.error:
        return ""
    is_wanted = "not_match" not in case.kind
    if sum(one != is_wanted for one in found) != case.gx.count:
        return ""
    if case.type is not None and not pa.types.is_string(case.type):
        return "Great Expectations writes values as texts first; a contract's pattern is for texts"
    if case.ours.figure is None:
        return f"RE2 does not read this expression, Python does: {case.ours.told}"
    plain = [bool(re.search(_plainly(pattern), str(one), re.ASCII)) for one in case.present]
    if sum(one != is_wanted for one in plain) != case.ours.figure:
        return ""
    return (
        "Python's \\d, \\w and \\s take signs of every script and its $ stands before a last line"
        " break too; RE2's take those of ASCII, and its $ stands at the end"
    )


def _plainly(pattern: str) -> str:
    return re.sub(r"(?<!\\)\$", r"\\Z", pattern)


def _type(case: Case) -> str:
    """A type is named as pandas or as Arrow names it."""
    wanted = case.kwargs.get("type_")
    is_seen = isinstance(case.gx.observed, str) or case.gx.count is not None
    if wanted is None or not is_seen or case.type is None:
        return ""
    seen = case.gx.observed or "object"
    return f"{wanted} is a type of pandas, which holds the column as {seen}; it is {case.type} here"


def _steps(case: Case) -> str:
    """Great Expectations looks at the row before, a contract at all before."""
    rising = case.kind == "expect_column_values_to_be_increasing"
    if not rising and case.kind != "expect_column_values_to_be_decreasing":
        return ""
    held = case.present if rising else [-one for one in case.present]
    is_strict = bool(case.kwargs.get("strictly"))
    near = sum(new < old or (is_strict and new == old) for old, new in pairwise(held))
    if near != case.gx.count:
        return ""
    return "Great Expectations looks at the row just before, a contract at the greatest so far"


def _pair(case: Case) -> str:
    """A row in which one side is missing breaks a pair, or does not."""
    names = [str(case.kwargs.get(key)) for key in ("column_A", "column_B")]
    if not all(name in case.rows.column_names for name in names):
        return ""
    sides = zip(*(case.rows[name].to_pylist() for name in names), strict=True)
    n_half = sum(_is_missing(one) != _is_missing(other) for one, other in sides)
    if not n_half or case.excess != -n_half:
        return ""
    return f"in {n_half} rows one side is missing: such a pair breaks a suite and no contract"


def _json(case: Case) -> str:
    """Python reads NaN as JSON."""
    if case.kind != "expect_column_values_to_be_json_parseable":
        return ""
    if sum(not _is_json(one) for one in case.present) != case.gx.count:
        return ""
    n_more = sum(_is_json(one) and not _is_json(one, _refuse) for one in case.present)
    if case.excess != n_more:
        return ""
    return f"Python takes NaN and Infinity for JSON, which they are not; rows: {n_more}"


def _is_json(value: object, constant: Callable[[str], Any] | None = None) -> bool:
    try:
        json.loads(str(value), parse_constant=constant)
    except ValueError:
        return False
    return True


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _is_missing(value: object) -> bool:
    return value is None or _is_nan(value)


REASONS: tuple[Callable[[Case], str], ...] = (
    _nan, _share, _set, _pattern, _type, _steps, _pair, _json,
)  # fmt: skip
