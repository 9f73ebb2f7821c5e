"""Between what numbers lie, held against numpy's quantiles and counted by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contract.infer.clauses import Clause
from headgate.contract.infer.facts import Facts, Sample
from headgate.contract.infer.ranges import Ends, range_clauses


def clauses_for(
    values: list[Any], kind: str = "number", *, is_growing: bool = False, earlier: Any = ()
) -> dict[str, Clause]:
    """What is proposed for a column x of these values, by name."""
    low, high = (min(values), max(values)) if values else (None, None)
    facts = Facts("x", kind, kind, len(values), len(values), low=low, high=high)
    sample = Sample(pa.table({"x": values}), len(values))
    return {one.name: one for one in range_clauses(facts, sample, earlier, is_growing=is_growing)}


def ends(clause: Clause) -> tuple[Any, Any]:
    assert clause.options is not None
    return clause.options["minimum"], clause.options["maximum"]


@pytest.mark.parametrize(
    ("values", "kind", "wanted"),
    [
        (list(range(101)), "integer", (0, 120)),
        (list(range(-100, 1)), "integer", (-120, 0)),
        (list(range(-50, 51)), "integer", (-70, 70)),
        ([5] * 40, "integer", (4, 6)),
        ([-2.0] * 40, "number", (-2.4, -1.6)),
        ([0.0] * 40, "number", (0.0, 0.0)),
        ([0.5, 1.5] * 20, "number", (0.3, 1.7)),
    ],
)
def test_the_room_is_a_fifth_of_the_span_and_never_beyond_zero(
    values: list[Any], kind: str, wanted: tuple[float, float]
) -> None:
    low, high = ends(clauses_for(values, kind)["range"])

    # out to the next tenth of the span's order of magnitude, which floats may miss by one
    assert low == pytest.approx(wanted[0], abs=0 if kind == "integer" else 0.11)
    assert high == pytest.approx(wanted[1], abs=0 if kind == "integer" else 0.11)
    assert low <= min(values) <= max(values) <= high


def test_a_long_tail_gets_twice_its_length_beyond() -> None:
    values = [float(n % 10) for n in range(997)] + [100.0, 100.0, 100.0]

    _, high = ends(clauses_for(values)["range"])

    # 99 % lie at 9 or below, the end at 100: 2 * 91 beyond
    assert high == pytest.approx(100 + 2 * (100 - 9), abs=10)


@pytest.mark.parametrize(
    ("earlier", "high"),
    [
        ((), 120),
        ((Ends(0, 60),), 180),
        ((Ends(0, 60), Ends(0, 10)), 200),
        ((Ends(None, None),), 120),
    ],
)
def test_ends_have_twice_the_room_of_their_widest_step(earlier: Any, high: float) -> None:
    found = clauses_for(list(range(101)), "integer", earlier=earlier)["range"]

    assert ends(found)[1] == high
    assert ("moved before" in found.reason) == any(one.low is not None for one in earlier)


@settings(max_examples=40)
@given(
    values=st.lists(
        st.floats(-1e290, 1e290) | st.sampled_from([5e-324, -5e-324, 1e-310, 0.0]),
        min_size=1,
        max_size=60,
    )
)
def test_ends_hold_every_value_and_do_not_cross_zero(values: list[float]) -> None:
    found = clauses_for(values)

    low, high = ends(found["range"])
    assert low <= min(values)
    assert high >= max(values)
    assert not (min(values) >= 0 > low)
    assert not (max(values) <= 0 < high)


def test_a_mean_within_the_quartiles_is_promised_to_stay_there() -> None:
    values = list(np.random.default_rng(5).normal(100, 15, 4000))

    rule = clauses_for(values)["mean"].rule

    assert rule is not None
    low, high = rule.must_be_between or (0, 0)
    wanted = np.quantile(values, [0.25, 0.75])
    assert [low, high] == pytest.approx(wanted, rel=1e-3)
    assert (rule.severity, rule.implementation) == ("warning", {"expectation": "mean"})


def test_of_a_skewed_column_the_median_is_promised() -> None:
    values = list(np.random.default_rng(5).lognormal(0, 3, 2000))

    found = clauses_for(values)

    assert "mean" not in found
    rule = found["median"].rule
    assert rule is not None
    assert rule.implementation == {"expectation": "quantile", "q": 0.5}
    low, high = rule.must_be_between or (0, 0)
    assert low < float(np.median(values)) < high


def test_a_column_of_one_value_has_no_middle() -> None:
    assert set(clauses_for([7.0] * 100)) == {"range"}


@pytest.mark.parametrize(
    ("values", "options"),
    [([0, 1, 2], {"minimum": 0}), ([-1, 0, 1], None), ([5, 6], {"minimum": 0})],
)
def test_what_only_rises_has_no_upper_end(values: list[int], options: Any) -> None:
    found = clauses_for(values, "integer", is_growing=True)

    assert [one.options for one in found.values()] == ([options] if options else [])


@pytest.mark.parametrize("values", [[], [1e300, -1e300], [float("inf")], [float("-inf"), 1.0]])
def test_values_that_leave_no_room_in_a_float_are_promised_nothing(values: list[float]) -> None:
    assert clauses_for(values) == {}


def test_numbers_that_are_none_take_the_range_away() -> None:
    facts = Facts("x", "double", "number", 3, 3, n_nan=1, low=1.0, high=2.0)
    sample = Sample(pa.table({"x": [1.0, 2.0, float("nan")]}), 3)

    assert list(range_clauses(facts, sample, (), is_growing=False)) == []


@pytest.mark.parametrize(
    ("values", "kind", "since"),
    [
        ([date(2026, 1, 11), date(2026, 1, 21)], "date", "2026-01-10"),
        ([date(2026, 1, 11)], "date", "2026-01-11"),
        ([date(1, 1, 1), date(9999, 12, 31)], "date", "0001-01-01"),
        (
            [datetime(2026, 1, 11, 12), datetime(2026, 1, 21, 12)],  # noqa: DTZ001 - as a table without a zone has them
            "timestamp",
            "2026-01-10T00:00:00",
        ),
    ],
)
def test_of_days_the_earliest_is_promised_a_tenth_before(
    values: list[Any], kind: str, since: str
) -> None:
    assert clauses_for(values, kind)["range"].options == {"minimum": since}
