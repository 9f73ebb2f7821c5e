"""Rules of ours as expectations of Great Expectations, where one of theirs means the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.contract.exchange.gx_more import FIGURES, PERCENT
from headgate.contract.odcs.nouns import ENGINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.contract.odcs.nouns import Rule

Kwargs = dict[str, Any]
Made = tuple[str, Kwargs]
"""The type of an expectation, and what it is asked with."""


def expectation_of(rule: Rule, column: str | None) -> Made | None:
    """Say a rule of ours as an expectation.

    Args:
        rule: the rule.
        column: the column it is of; nothing for a rule of all rows.

    Returns:
        The expectation; nothing if none means the same.
    """
    held = rule.implementation
    if rule.engine != ENGINE or not isinstance(held, dict):
        return None
    settings = dict(held)
    name = str(settings.pop("expectation", ""))
    if column is None:
        return _table(name, settings)
    figure = _figure(name, settings, rule)
    if figure is not None:
        kind, kwargs = figure
        return kind, {"column": column, **kwargs}
    if name == "compare_columns":
        return _pair(column, settings)
    made = ROWS[name](settings) if name in ROWS else None
    share = _mostly(rule)
    if made is None or share is None:
        return None
    return made[0], {"column": column, **made[1], **share}


def _figure(name: str, settings: Kwargs, rule: Rule) -> Made | None:
    kind = next((kind for kind, own in FIGURES.items() if own == (name, settings)), None)
    ends = ENDS.get(rule.operator[0]) if rule.operator else None
    if kind is None or ends is None or rule.operator is None or rule.unit:
        return None
    return kind, ends(rule.operator[1])


ENDS: dict[str, Callable[[Any], Kwargs]] = {
    "mustBe": lambda one: {"min_value": one, "max_value": one},
    "mustBeBetween": lambda two: {"min_value": two[0], "max_value": two[1]},
    "mustBeGreaterOrEqualTo": lambda one: {"min_value": one},
    "mustBeGreaterThan": lambda one: {"min_value": one, "strict_min": True},
    "mustBeLessOrEqualTo": lambda one: {"max_value": one},
    "mustBeLessThan": lambda one: {"max_value": one, "strict_max": True},
}


def _mostly(rule: Rule) -> Kwargs | None:
    """Say how many rows may break a rule; nothing where `mostly` does not say that."""
    if rule.operator is None or rule.operator == ("mustBe", 0):
        return {}
    if rule.operator[0] != "mustBeLessOrEqualTo" or rule.unit != "percent":
        return None
    return {"mostly": round(1 - rule.operator[1] / PERCENT, 12)}


def _pair(column: str, settings: Kwargs) -> Made | None:
    both: Kwargs = {"column_A": column, "column_B": settings.get("other")}
    both["ignore_row_if"] = "either_value_is_missing"
    operator = settings.get("operator", "<=")
    if operator == "=":
        return "expect_column_pair_values_to_be_equal", both
    if operator not in {">", ">="}:
        return None
    equal = {"or_equal": True} if operator == ">=" else {}
    return "expect_column_pair_values_a_to_be_greater_than_b", both | equal


def _table(name: str, settings: Kwargs) -> Made | None:
    names = settings.pop("names", None)
    if name == "has_columns" and names:
        exact = {} if settings.get("is_closed") else {"exact_match": False}
        return "expect_table_columns_to_match_set", {"column_set": names, **exact}
    return None


def _ends(settings: Kwargs) -> Kwargs:
    known = {"minimum": "min_value", "maximum": "max_value"}
    flags = {"is_minimum_out": "strict_min", "is_maximum_out": "strict_max"}
    return {new: settings[old] for old, new in (known | flags).items() if old in settings}


def _monotonic(settings: Kwargs) -> Made | None:
    if settings.get("by"):
        return None
    way = "decreasing" if settings.get("is_falling") else "increasing"
    strict = {"strictly": True} if settings.get("is_strict") else {}
    return f"expect_column_values_to_be_{way}", strict


ROWS: dict[str, Callable[[Kwargs], Made | None]] = {
    "has_columns": lambda held: None if held else ("expect_column_to_exist", {}),
    "not_in_set": lambda held: (
        "expect_column_values_to_not_be_in_set",
        {"value_set": held.get("values", [])},
    ),
    "matches_pattern": lambda held: (
        "expect_column_values_to_match_regex",
        {"regex": held.get("pattern")},
    ),
    "lacks_pattern": lambda held: (
        "expect_column_values_to_not_match_regex",
        {"regex": held.get("pattern")},
    ),
    "in_range": lambda held: ("expect_column_values_to_be_between", _ends(held)),
    "text_length": lambda held: ("expect_column_value_lengths_to_be_between", _ends(held)),
    "monotonic": _monotonic,
    "valid_json": lambda _: ("expect_column_values_to_be_json_parseable", {}),
}
"""Expectations of ours on rows, each with theirs."""
