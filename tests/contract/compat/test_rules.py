"""When one quality rule holds wherever another does."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.contract.compat.rules import Interval, implied, interval
from headgate.contract.odcs.nouns import Rule

NUMBERS = st.integers(-3, 3).map(float)
BOUNDS = st.one_of(
    st.builds(lambda at: Rule(metric="rowCount", must_be=at), NUMBERS),
    st.builds(lambda at: Rule(metric="rowCount", must_be_greater_than=at), NUMBERS),
    st.builds(lambda at: Rule(metric="rowCount", must_be_greater_or_equal_to=at), NUMBERS),
    st.builds(lambda at: Rule(metric="rowCount", must_be_less_than=at), NUMBERS),
    st.builds(lambda at: Rule(metric="rowCount", must_be_less_or_equal_to=at), NUMBERS),
    st.builds(lambda at: Rule(metric="rowCount", must_be_between=(at, at + 2)), NUMBERS),
)


def holds(rule: Rule, value: float) -> bool:
    """Whether a count keeps a rule, told from the operator's own words."""
    name, bound = cast("tuple[str, Any]", rule.operator)
    return {
        "mustBe": lambda: value == bound,
        "mustBeGreaterThan": lambda: value > bound,
        "mustBeGreaterOrEqualTo": lambda: value >= bound,
        "mustBeLessThan": lambda: value < bound,
        "mustBeLessOrEqualTo": lambda: value <= bound,
        "mustBeBetween": lambda: bound[0] <= value <= bound[1],
    }[name]()


@given(promised=BOUNDS, asked=BOUNDS)
def test_a_bound_follows_from_another_if_every_count_that_keeps_the_one_keeps_the_other(
    promised: Rule, asked: Rule
) -> None:
    halves = [number / 2 for number in range(-20, 21)]

    every = all(holds(asked, one) for one in halves if holds(promised, one))

    assert implied(asked, [promised]) == every


NONE = Rule(metric="nullValues", must_be=0)


@pytest.mark.parametrize(
    ("promised", "asked", "follows"),
    [
        (
            Rule(metric="nullValues", must_be=0),
            Rule(metric="nullValues", must_be_less_than=1),
            True,
        ),
        (Rule(metric="nullValues", must_be=0), Rule(metric="missingValues", must_be=0), False),
        (
            Rule(metric="nullValues", must_be=0),
            Rule(metric="nullValues", must_be_less_than=5, unit="percent"),
            True,
        ),
        (
            Rule(metric="nullValues", must_be_less_than=5, unit="rows"),
            Rule(metric="nullValues", must_be_less_than=5, unit="percent"),
            False,
        ),
        (Rule(metric="rowCount", must_not_be=1), Rule(metric="rowCount", must_not_be=1), True),
        (
            Rule(metric="rowCount", must_not_be_between=(1, 2)),
            Rule(metric="rowCount", must_not_be_between=(1, 3)),
            False,
        ),
        (
            Rule(type="sql", query="select  1", must_be=0),
            Rule(type="sql", query="select 1", must_be=0),
            True,
        ),
        (
            Rule(metric="nullValues", must_be=0, severity="warning"),
            Rule(metric="nullValues", must_be=0),
            False,
        ),
    ],
)
def test_what_follows_from_what(promised: Rule, asked: Rule, follows: bool) -> None:
    assert implied(asked, [promised]) == follows


def invalid(**arguments: Any) -> Rule:
    return Rule(metric="invalidValues", arguments=arguments, must_be=0)


def test_fewer_valid_values_promise_more() -> None:
    few, many = invalid(validValues=[1]), invalid(validValues=[1, 2])

    assert implied(many, [few])
    assert not implied(few, [many])
    assert not implied(invalid(pattern="a"), [invalid(pattern="b")])
    assert implied(invalid(pattern="a"), [invalid(pattern="a", validValues=["a"])])


def test_what_is_no_number_is_no_stretch_of_numbers() -> None:
    assert interval(Rule(metric="rowCount", must_be="many")) is None
    assert interval(Rule(metric="rowCount")) is None
    assert interval(Rule(metric="rowCount", must_be_between=(1, 2))) == Interval(1, 2)
