"""Bounds hold what they say, and a promise knows the columns it looks at."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.checks import (
    NONE_AT_ALL,
    Bounds,
    Call,
    Column,
    EachRow,
    Figure,
    Form,
    Given,
    InOrder,
    Known,
    NoRepeats,
    Promise,
    Shape,
    Written,
    call,
    column,
    columns_in,
    each_row,
    either,
    is_given,
)

FIGURES = st.floats(-5, 5) | st.integers(-5, 5).map(float)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        (Bounds(), [-math.inf, 0, math.inf], [math.nan, None]),
        (Bounds(low=1), [1, 2, math.inf], [0.999, -math.inf, math.nan]),
        (Bounds(high=1), [1, 0, -math.inf], [1.001, math.nan]),
        (Bounds(above=1), [1.0000001], [1, 0]),
        (Bounds(below=1), [0.9999999], [1, 2]),
        (Bounds(low=0, high=0), [0, -0.0], [5e-324, -5e-324]),
        (Bounds(low=2, high=1), [], [0, 1, 1.5, 2, 3]),
        (Bounds(among=(1, 2)), [1, 2.0], [1.5, 0]),
        (Bounds(outside=(1, 2)), [1.5, 0], [1, 2]),
        (Bounds(apart=(1, 2)), [0.9, 2.1], [1, 1.5, 2]),
        (Bounds(low=0, outside=(3,), apart=(5, 9)), [0, 4, 10], [-1, 3, 5, 9]),
        (NONE_AT_ALL, [0, -1], [1, 0.5]),
    ],
)
def test_a_figure_lies_between_bounds_or_does_not(
    bounds: Bounds, inside: list[float], outside: list[float | None]
) -> None:
    assert [bounds.hold(one) for one in inside] == [True] * len(inside)
    assert [bounds.hold(one) for one in outside] == [False] * len(outside)


@given(low=FIGURES, high=FIGURES, figure=FIGURES)
def test_what_lies_apart_from_two_is_what_does_not_lie_between_them(
    low: float, high: float, figure: float
) -> None:
    between, apart = Bounds(low=low, high=high), Bounds(apart=(low, high))

    assert between.hold(figure) != apart.hold(figure)


@given(end=FIGURES, figure=FIGURES)
def test_an_open_end_and_a_closed_one_part_all_figures(end: float, figure: float) -> None:
    assert Bounds(low=end).hold(figure) != Bounds(below=end).hold(figure)
    assert Bounds(high=end).hold(figure) != Bounds(above=end).hold(figure)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (Bounds(low=1_234_567), "at least 1.23457e+06"),
        (Bounds(low=12_345, high=0.5), "at least 12,345 and at most 0.5"),
        (Bounds(above=0), "above 0"),
        (Bounds(among=(1,)), "1"),
        (Bounds(outside=(1, 2)), "not 1 or 2"),
        (Bounds(low=0, apart=(1, 2)), "at least 0 and not between 1 and 2"),
    ],
)
def test_bounds_are_said_in_words(bounds: Bounds, said: str) -> None:
    assert bounds.said() == said


@pytest.mark.parametrize(
    ("promise", "columns"),
    [
        (EachRow(call("or", call("<", column("a"), column("b")), is_given("a"))), ["a", "b"]),
        (EachRow(Written("c > 1")), []),
        (Figure(call("/", call("sum", column("x")), call("count"))), ["x"]),
        (NoRepeats(("a", "b")), ["a", "b"]),
        (Known(("a",), "others", ("id",)), ["a"]),
        (InOrder("a"), ["a"]),
        (InOrder("a", by="at"), ["a", "at"]),
        (Shape(columns=("a",), types={"b": "text"}), ["a"]),
    ],
)
def test_a_promise_names_the_columns_it_looks_at(promise: Promise, columns: list[str]) -> None:
    assert columns_in(promise) == columns


def test_plain_values_are_taken_as_given_and_forms_as_they_are() -> None:
    made = call("in", column("a"), 1, "x", None, Written("b"))

    assert made == Call("in", (Column("a"), Given(1), Given("x"), Given(None), Written("b")))


def test_one_of_one_is_that_one() -> None:
    forms: list[Form] = [is_given("a"), is_given("b")]

    assert either(forms[0]) is forms[0]
    assert either(*forms) == Call("or", tuple(forms))


def test_a_check_of_a_row_shows_its_column_and_allows_no_row() -> None:
    check = each_row("a", is_given("b"), "evidence")
    wider = each_row("a", is_given("b"), "evidence", ("a", "b"))

    assert (check.shows, wider.shows) == (("a",), ("a", "b"))
    assert check.bounds == NONE_AT_ALL
    assert not check.is_ratio
