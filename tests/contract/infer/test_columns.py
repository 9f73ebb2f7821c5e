"""What is promised of one column, at the borders where a promise begins."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from scipy import stats

from headgate.contract.infer.clauses import Clause, ours
from headgate.contract.infer.columns import (
    FEW,
    Seen,
    clauses_of,
    has_no_repeats,
    may_be_closed,
)
from headgate.contract.infer.facts import MOST_VALUES, Facts, Sample
from headgate.contract.odcs.nouns import Rule
from tests.contract.infer.sample import proposed, with_ids


def seen(values: list[Any], kind: str = "string", **more: Any) -> Seen:
    """A column x of these values, all of them in the sample."""
    given = [one for one in values if one is not None]
    is_text = kind == "string"
    ends = {} if is_text or not given else {"low": min(given), "high": max(given)}
    lengths = [len(one) for one in given] if is_text else []
    spans = {"shortest": min(lengths), "longest": max(lengths)} if lengths else {}
    facts = Facts("x", "", kind, len(values), len(given), **ends, **spans)
    sample = Sample(pa.table({"x": values}), len(values))
    held: dict[str, Any] = {"earlier": (), "known": (), "is_unique": False} | more
    return Seen(facts, sample, dict(Counter(given)) if given else None, **held)


def names_for(values: list[Any], kind: str = "string", **more: Any) -> dict[str, Clause]:
    return {one.name: one for one in clauses_of(seen(values, kind, **more), is_key=False)}


def test_below_twenty_rows_types_alone_are_promised() -> None:
    assert set(names_for(["a"] * (FEW - 1))) == {"logicalType"}
    assert {"logicalType", "required"} < set(names_for(["a"] * FEW))


@pytest.mark.parametrize(("n_null", "n_rows"), [(1, 1000), (50, 1000), (500, 1000), (9, 20)])
def test_as_many_nulls_are_tolerated_as_chance_brings(n_null: int, n_rows: int) -> None:
    (rule,) = [
        one.rule for one in names_for([None] * n_null + ["a"] * (n_rows - n_null)).values()
        if one.name == "nulls"
    ]  # fmt: skip

    assert rule is not None
    most = rule.must_be_less_or_equal_to or 0
    assert most >= 100 * n_null / n_rows
    chance = stats.binom.sf(math.floor(most / 100 * n_rows), n_rows, n_null / n_rows)
    assert chance < 0.001


def test_where_nulls_may_fill_the_column_nothing_is_promised_of_them() -> None:
    found = names_for([None] * 99 + ["a"])

    assert not {"nulls", "required"} & set(found)


@pytest.mark.parametrize(
    ("values", "is_closed"),
    [
        (["a", "b"] * 20, True),
        (["a", "b"] * 19, False),
        (["a"] * 96 + ["b"] * 4, False),
        (["a"] * 95 + ["b"] * 5, True),
        (["a\n", "b"] * 30, False),
        (["x" * 201, "b"] * 30, False),
        (["x" * 200, "b"] * 30, True),
        (["2026-01-01", "2026-01-02"] * 30, False),
        ([str(n) + "x" for n in range(MOST_VALUES)] * 20, True),
        ([str(n) + "x" for n in range(MOST_VALUES + 1)] * 20, False),
    ],
)
def test_a_set_is_closed_where_each_value_was_seen_often(
    values: list[str], is_closed: bool
) -> None:
    found = names_for(values)

    assert ("values" in found) == is_closed
    assert ("length" in found) != is_closed


@pytest.mark.parametrize(("n_codes", "is_closed"), [(10, True), (11, False)])
def test_few_whole_numbers_are_codes_and_more_are_amounts(n_codes: int, is_closed: bool) -> None:
    found = names_for([n % n_codes for n in range(1000)], "integer")

    assert ("values" in found, "range" in found) == (is_closed, not is_closed)


def test_a_value_that_an_earlier_snapshot_had_not_keeps_the_set_open() -> None:
    values = ["a", "b"] * 50

    assert "values" in names_for(values, known=[{"a", "b"}, {"a", "b", "c"}])
    assert "values" not in names_for(values, known=[{"a", "b"}, {"a"}])


@pytest.mark.parametrize(
    ("values", "kind", "wanted"),
    [
        ([f"user number {n}" for n in range(100)], "string", True),
        (list(range(1000)), "integer", True),
        (list(range(0, 10_000_000, 100_000)), "integer", False),
    ],
)
def test_uniqueness_is_promised_where_chance_would_have_repeated(
    values: list[Any], kind: str, wanted: bool
) -> None:
    assert ("unique" in names_for(values, kind, is_unique=True)) == wanted


def test_a_rising_column_is_promised_to_rise_and_a_constant_one_is_not() -> None:
    assert "order" in names_for([n // 2 for n in range(200)], "integer")
    assert "order" not in names_for([n % 50 for n in range(200)], "integer")
    assert "order" not in names_for([3] * 200, "integer")
    assert "order" not in names_for([None, *range(200)], "integer")


@pytest.mark.parametrize(
    ("lengths", "options"),
    [
        ([5], {"min_length": 5, "max_length": 5}),
        ([0, 3], {"max_length": 8}),
        ([2, 16], {"min_length": 1, "max_length": 32}),
        ([1, 300], {"min_length": 1, "max_length": 600}),
    ],
)
def test_texts_get_room_for_as_many_signs_again(
    lengths: list[int], options: dict[str, int]
) -> None:
    texts = [(chr(97 + n % 26) * length) for n in range(100) for length in lengths]

    assert names_for(texts)["length"].options == options


def test_a_key_of_the_dataset_is_not_promised_again() -> None:
    found = clauses_of(seen(list(range(100)), "integer", is_unique=True), is_key=True)

    assert not {"required", "unique"} & {one.name for one in found}


def test_what_may_be_a_set_or_a_key_is_told_from_a_sample() -> None:
    few, one, long = (
        seen(values) for values in (["a", "b"] * 50, ["a"] * 50, [f"{n:065d}" for n in range(50)])
    )
    empty = seen([None] * 50)

    assert [may_be_closed(each.facts, each.sample) for each in (few, one, long, empty)] == [
        True, True, False, False]  # fmt: skip
    assert [has_no_repeats(each.facts, each.sample) for each in (few, one, long, empty)] == [
        False, False, False, False]  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "said", "check"),
    [
        (Clause("a", "required", "", keys={"required": True}), "required yes", "a.required"),
        (
            Clause("a", "range", "", options={"minimum": 0, "maximum": 12_500.5}),
            "minimum 0, maximum 12,500.5",
            "a.range",
        ),
        (
            Clause(None, "rows", "", rule=Rule(metric="rowCount", must_be_between=(1, 2))),
            "rowCount mustBeBetween 1 and 2",
            "rows",
        ),
        (
            Clause("a", "q", "", rule=ours("q", "quantile", "", settings={"q": 0.5}, must_be=3)),
            "quantile 0.5 mustBe 3",
            "a.q",
        ),
        (
            Clause("a", "n", "", rule=Rule(metric="nullValues", must_be=5, unit="percent")),
            "nullValues mustBe 5 %",
            "a.n",
        ),
    ],
)
def test_a_clause_is_said_in_short(clause: Clause, said: str, check: str) -> None:
    assert (clause.said, clause.check) == (said, check)


ODD: dict[str, Any] = {
    "all null": {"a": pa.array([None] * 200, pa.int64()), "b": pa.nulls(200)},
    "infinite": {"a": [float("inf"), -float("inf"), 1.0, 2.0] * 50},
    "barely numbers": {"a": [1e-320 * n for n in range(200)], "b": [5e-324] * 200},
    "at the ends": {
        "a": [-(2**63), 2**63 - 1] * 100,
        "b": pa.array([2**64 - 1] * 200, pa.uint64()),
    },
    "bytes": {"a": [b"\xff\x00"] * 200, "b": [[1, 2]] * 200, "c": [{"x": 1}] * 200},
    "names": {'"q" \\': ["x"] * 200, "a: b": [1] * 200, "- y": ["- z"] * 200, "null": ["no"] * 200},
    "signs": {"a": ["a\nb", "\x85"] * 100, "b": ["\u2028", "\ufeff"] * 100, "c": ["\0"] * 200},
    "yaml": {"a": ["yes", "off", "~", "1e3", "0x1f", ".inf", "=", "null", "- ", "#"] * 20},
    "long": {"a": ["x" * 100_000] * 200},
}


@pytest.mark.parametrize("columns", ODD.values(), ids=ODD)
def test_odd_columns_are_read_and_keep_their_proposal(columns: Any) -> None:
    found = proposed(with_ids(columns))

    assert found.n_rows == 200
    assert [one.name for one in found.contract.schema[0].properties] == list(columns)
    assert found.broken == []
    assert len(found.text) < 20_000


def test_columns_that_sql_cannot_tell_apart_are_left_out_and_named() -> None:
    rows = with_ids({"id": list(range(50)), "a": ["x"] * 50, "A": list(range(50)), "": [1] * 50})

    found = proposed(rows)

    assert [one.name for one in found.contract.schema[0].properties] == ["id"]
    assert [one.partition(":")[0] for one in found.broken] == ["a", "A", ""]
