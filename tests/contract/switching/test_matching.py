"""An expectation is matched to the clauses that stand for it in the contract of its suite."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.promises import promises_of
from headgate.contract.switching.matching import Became, became, columns_of, kind_of
from headgate.spine.registry import Registry


def expect(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": kwargs}


def matched(*expectations: dict[str, Any]) -> list[Became]:
    """Match every expectation of a suite to the contract made of it."""
    registry = Registry()
    contract = from_gx({"expectations": list(expectations)}, "t").contract
    whole = promises_of(contract, "t", registry).rules
    return [became(one, "t", whole, registry) for one in expectations]


def test_each_finds_its_own_clause() -> None:
    found = matched(
        expect("column_values_to_not_be_null", column="a"),
        expect("column_values_to_be_between", column="a", min_value=0),
        expect("column_values_to_be_of_type", column="a", type_="int64"),
        expect("column_to_exist", column="a"),
        expect("column_mean_to_be_between", column="a", max_value=9),
        expect("column_mean_to_be_between", column="a", max_value=10),
        expect("table_row_count_to_equal", value=3),
    )

    assert [one.rules for one in found] == [
        ("a.required",),
        ("a.range",),
        ("a.logicalType",),
        ("a.has_columns",),
        ("a.mean",),
        ("a.mean.2",),
        ("rowCount",),
    ]


def test_one_that_stands_for_two_clauses_names_both() -> None:
    (found,) = matched(expect("table_columns_to_match_ordered_list", column_list=["a", "b"]))

    assert found.rules == ("column_order", "has_columns")


def test_one_that_does_not_translate_says_why() -> None:
    (found,) = matched(expect("column_kl_divergence_to_be_less_than", column="a", threshold=1))

    assert found.rules == ()
    assert "great-expectations" in found.why


def test_two_that_say_the_same_stand_for_one_clause() -> None:
    found = matched(
        expect("column_values_to_be_unique", column="a"),
        expect("column_values_to_be_unique", column="a"),
    )

    assert [one.rules for one in found] == [("a.unique",), ("a.unique",)]


@pytest.mark.parametrize(
    ("expectation", "kind", "columns"),
    [
        (expect("column_to_exist", column="a"), "expect_column_to_exist", ["a"]),
        (
            {"expectation_type": "expect_x", "kwargs": {"column_list": ["a", "b"]}},
            "expect_x",
            ["a", "b"],
        ),
        (expect("pair", column_A="a", column_B="b"), "expect_pair", ["a", "b"]),
        ({"type": "expect_x", "kwargs": None}, "expect_x", []),
        (None, "", []),
    ],
)
def test_what_it_is_about_is_read_in_both_versions(
    expectation: Any, kind: str, columns: list[str]
) -> None:
    assert (kind_of(expectation), columns_of(expectation)) == (kind, columns)
