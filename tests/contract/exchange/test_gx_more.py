"""Expectations that no clause says become rules of ours, and come back as they were."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.exchange.gx_out import to_gx
from headgate.contract.odcs.nouns import Contract
from headgate.contract.promises import promises_of
from headgate.spine.registry import Registry

BOTH = {"column_A": "a", "column_B": "b", "ignore_row_if": "either_value_is_missing"}
MATCHES, LENGTH, MEDIAN = "matches_pattern", "text_length", "quantile"
THERE_AND_BACK: list[tuple[str, dict[str, Any], str]] = [
    ("column_to_exist", {"column": "a"}, "has_columns"),
    ("column_values_to_not_be_in_set", {"column": "a", "value_set": ["x"]}, "not_in_set"),
    (
        "column_values_to_match_regex",
        {"column": "a", "regex": "x", "mostly": 0.9},
        "matches_pattern",
    ),
    ("column_values_to_not_match_regex", {"column": "a", "regex": "x"}, "lacks_pattern"),
    (
        "column_values_to_be_between",
        {"column": "a", "min_value": 1, "strict_min": True, "mostly": 0.5},
        "in_range",
    ),
    (
        "column_value_lengths_to_be_between",
        {"column": "a", "max_value": 3, "mostly": 0.5},
        "text_length",
    ),
    ("column_values_to_be_increasing", {"column": "a", "strictly": True}, "monotonic"),
    ("column_values_to_be_decreasing", {"column": "a"}, "monotonic"),
    ("column_values_to_be_json_parseable", {"column": "a"}, "valid_json"),
    ("column_mean_to_be_between", {"column": "a", "min_value": 1, "max_value": 2}, "mean"),
    ("column_sum_to_be_between", {"column": "a", "min_value": 1, "max_value": 1}, "total"),
    ("column_stdev_to_be_between", {"column": "a", "max_value": 2, "strict_max": True}, "std"),
    (
        "column_median_to_be_between",
        {"column": "a", "min_value": 1, "strict_min": True},
        "quantile",
    ),
    ("column_min_to_be_between", {"column": "a", "min_value": 1}, "minimum"),
    ("column_max_to_be_between", {"column": "a", "max_value": 1}, "maximum"),
    ("column_unique_value_count_to_be_between", {"column": "a", "min_value": 1}, "distinct_count"),
    ("column_pair_values_a_to_be_greater_than_b", BOTH | {"or_equal": True}, "compare_columns"),
    ("column_pair_values_to_be_equal", BOTH, "compare_columns"),
    ("table_columns_to_match_set", {"column_set": ["a", "b"]}, "has_columns"),
    ("table_columns_to_match_set", {"column_set": ["a"], "exact_match": False}, "has_columns"),
]


def made(kind: str, kwargs: dict[str, Any]) -> Contract:
    """The contract of a suite with one expectation."""
    return from_gx({"expectations": [{"type": f"expect_{kind}", "kwargs": kwargs}]}, "t").contract


@pytest.mark.parametrize(("kind", "kwargs", "expectation"), THERE_AND_BACK)
def test_it_is_looked_at_and_comes_back(
    kind: str, kwargs: dict[str, Any], expectation: str
) -> None:
    contract = made(kind, kwargs)

    promises = promises_of(contract, "t", Registry())
    back = to_gx(contract).document["expectations"]

    assert not promises.untold
    assert [one.name.rpartition(".")[2] for one in promises.rules] == [expectation]
    assert {"type": f"expect_{kind}", "kwargs": kwargs} in back


@pytest.mark.parametrize(
    ("kind", "kwargs", "rules"),
    [
        ("column_values_to_be_null", {"column": "a", "mostly": 0.9}, ["a.nullValues"]),
        (
            "column_values_to_match_regex_list",
            {"column": "a", "regex_list": ["x", "y|z"]},
            ["a.matches_pattern"],
        ),
        (
            "column_values_to_not_match_regex_list",
            {"column": "a", "regex_list": ["x"]},
            ["a.lacks_pattern"],
        ),
        (
            "table_columns_to_match_ordered_list",
            {"column_list": ["b", "a"]},
            ["column_order", "has_columns"],
        ),
        (
            "column_proportion_of_unique_values_to_be_between",
            {"column": "a", "min_value": 0.5},
            ["a.distinct_ratio"],
        ),
    ],
)
def test_what_comes_back_otherwise_is_looked_at_all_the_same(
    kind: str, kwargs: dict[str, Any], rules: list[str]
) -> None:
    promises = promises_of(made(kind, kwargs), "t", Registry())

    assert [one.name for one in promises.rules] == rules
    assert not promises.untold


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("column_mean_to_be_between", {"column": "a"}),
        ("column_mean_to_be_between", {"column": "a", "min_value": {"$PARAMETER": "x"}}),
        ("column_mean_to_be_between", {"column": "a", "min_value": 1, "row_condition": "b > 1"}),
        ("column_mean_to_be_between", {"column": "a", "min_value": 2, "max_value": 1}),
        ("column_values_to_be_between", {"column": "a", "min_value": "2026-01-01"}),
        ("column_values_to_match_regex_list", {"column": "a", "regex_list": ["x"], "match_on": 1}),
        ("column_values_to_not_be_in_set", {"column": "a", "value_set": [["x"]]}),
        ("column_values_to_be_json_parseable", {"column": "a", "mostly": 2}),
        ("column_pair_values_to_be_equal", {"column_A": "a"}),
        ("table_columns_to_match_set", {"column_set": "a"}),
    ],
)
def test_what_means_something_else_stays_as_it_stands(kind: str, kwargs: dict[str, Any]) -> None:
    contract = made(kind, kwargs)

    promises = promises_of(contract, "t", Registry())

    told = [*promises.untold, *(one.name for one in promises.rules)]
    assert any("great-expectations is not ours" in one for one in told) or kind.endswith("list")
