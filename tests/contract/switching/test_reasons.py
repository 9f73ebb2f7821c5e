"""A reason is given only where looking again comes to the counts that both gave."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.checking import Found
from headgate.contract.switching.reasons import Case, explain, is_same
from headgate.contract.switching.reports import Said

NAN = float("nan")


def case(
    kind: str, values: list[Any], gx: Said, ours: Found, kind_of: Any = None, **kwargs: Any
) -> Case:
    """An expectation on a column a."""
    rows = pa.table({"a": pa.array(values, kind_of)})
    return Case(f"expect_column_values_to_{kind}", {"column": "a", **kwargs}, gx, ours, rows)


def said(count: int | None, *, success: bool = False, observed: Any = None) -> Said:
    return Said(success, count, observed)


def found(figure: float | None, *, is_kept: bool = False, told: str = "") -> Found:
    return Found("r", is_kept, 4, figure, told)


KEPT = found(None, is_kept=True)
EXPLAINED: list[tuple[Case, str]] = [
    (case("not_be_null", [1.0, NAN, None], said(2), found(1)), "1 of the values are NaN"),
    (case("be_unique", [NAN, NAN, 1.0], said(0, success=True), found(2)), "leaves out"),
    (case("be_between", [NAN, 1.0], said(0, success=True), found(1), max_value=2), "looks at"),
    (
        case("be_between", [9, None, 1, 1], said(1), found(1, is_kept=True), mostly=0.7),
        "1 of 3 rows that have a value are 33.3%, of all 4 rows 25.0%",
    ),
    (case("be_in_set", [1, 2], said(2), found(0, is_kept=True), value_set=["1", "2"]), "no number"),
    (
        case("be_in_set", ["1"], said(1), found(None, told="text"), value_set=[1]),
        "the set holds no texts and the column string",
    ),
    (
        case("match_regex", ["é"], said(0, success=True), found(1), regex=r"^\w$"),
        "every script",
    ),
    (
        case("match_regex", ["a\n"], said(0, success=True), found(1), regex="a$"),
        "before a last line break",
    ),
    (
        case("match_regex", ["b"], said(1), found(None, told="no operator"), regex="(?=a)"),
        "RE2 does not read this expression, Python does: no operator",
    ),
    (
        case("match_regex", [1, 2], said(1), found(None, told="text"), regex="1"),
        "writes values as texts first",
    ),
    (
        case("be_of_type", [1, None], said(None, observed="float64"), KEPT, type_="int64"),
        "int64 is a type of pandas, which holds the column as float64; it is int64 here",
    ),
    (case("be_increasing", [5, 3, 4], said(1), found(2)), "the row just before"),
    (case("be_decreasing", [1, 3, 2, 2], said(2), found(3), strictly=True), "the row just before"),
    (case("be_json_parseable", ["NaN", "1"], said(0, success=True), found(1)), "NaN and Infinity"),
]


@pytest.mark.parametrize(("one", "reason"), EXPLAINED)
def test_what_is_known_of_both_explains_how_they_differ(one: Case, reason: str) -> None:
    assert not is_same(one)

    told = explain(one)

    assert reason in told


@pytest.mark.parametrize("one", [one for one, _ in EXPLAINED if one.gx.count is not None])
def test_another_count_is_not_explained_away(one: Case) -> None:
    gx = Said(one.gx.success, (one.gx.count or 0) + 7, None)

    told = explain(one._replace(gx=gx))

    assert told == ""


def test_a_pair_with_one_side_missing_breaks_a_suite_only() -> None:
    rows = pa.table({"a": [1, 2, None], "b": [2, None, None]})
    kwargs = {"column_A": "a", "column_B": "b"}
    kind = "expect_column_pair_values_to_be_equal"

    told = explain(Case(kind, kwargs, said(2), found(1), rows))

    assert told.startswith("in 1 rows one side is missing")


@pytest.mark.parametrize(
    ("gx", "ours", "same"),
    [
        (said(2), found(2), True),
        (said(2), found(3), False),
        (said(2, success=True), found(2), False),
        (said(None, observed=1.5), found(1.5 + 1e-12), True),
        (said(None, observed=1.5), found(1.6), False),
        (said(None, observed="int64"), found(None), True),
        (said(0), found(None, told="it cannot be read"), False),
    ],
)
def test_both_say_the_same_if_verdict_and_figure_are(gx: Said, ours: Found, same: bool) -> None:
    assert is_same(case("be_between", [1], gx, ours)) == same


def test_an_expression_that_python_cannot_read_either_explains_nothing() -> None:
    one = case("match_regex", ["a"], said(1), found(0, is_kept=True), regex="(")

    assert explain(one) == ""
