"""Expectations that no clause of the standard says: rules of ours that mean the same.

A rule is of `type: custom` and `engine: headgate`; the expectation it names is one of the files of
`headgate.contract.expectations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.contract.odcs.nouns import ENGINE, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

Kwargs = dict[str, Any]
Placed = tuple[str | None, Rule]
"""A rule, and the column it is of; nothing for one of all rows."""
PLAIN_KEYS = {"column", "batch_id", "result_format", "catch_exceptions", "include_config"}
PERCENT = 100
FIGURES: dict[str, tuple[str, Kwargs]] = {
    "expect_column_mean_to_be_between": ("mean", {}),
    "expect_column_sum_to_be_between": ("total", {}),
    "expect_column_stdev_to_be_between": ("std", {}),
    "expect_column_median_to_be_between": ("quantile", {"q": 0.5}),
    "expect_column_min_to_be_between": ("minimum", {}),
    "expect_column_max_to_be_between": ("maximum", {}),
    "expect_column_unique_value_count_to_be_between": ("distinct_count", {}),
    "expect_column_proportion_of_unique_values_to_be_between": ("distinct_ratio", {}),
}
"""Figures of a column, each with our expectation and its settings."""


def more_rules(kind: str, kwargs: Kwargs, severity: str) -> list[Placed]:
    """Make rules of an expectation.

    Args:
        kind: its type.
        kwargs: what it is asked with.
        severity: of the rules; empty if none is said.

    Returns:
        The rules with their columns; none if nothing of ours means the same.
    """
    given = {key: one for key, one in kwargs.items() if key not in PLAIN_KEYS and one is not None}
    column = kwargs.get("column")
    more: Kwargs = {"severity": severity}
    if kind in TABLES:
        return [(None, one) for one in TABLES[kind](given, more)]
    if kind.lower() in PAIRS:
        return PAIRS[kind.lower()](given, more)
    if not isinstance(column, str):
        return []
    figure = FIGURES.get(kind)
    made = _of_rows(kind, given, more) if figure is None else _figure(*figure, given, more)
    return [(column, one) for one in made]


def _rule(expectation: str, settings: Kwargs, more: Kwargs) -> Rule:
    return Rule(
        type="custom",
        engine=ENGINE,
        implementation={"expectation": expectation, **settings},
        **more,
    )


def _figure(expectation: str, settings: Kwargs, given: Kwargs, more: Kwargs) -> list[Rule]:
    """Make the rule that a figure lies between two ends, of which one may be open."""
    bounds = _bounds(given)
    return [] if bounds is None else [_rule(expectation, settings, more | bounds)]


def _bounds(given: Kwargs) -> Kwargs | None:
    low, high = given.get("min_value"), given.get("max_value")
    known = {"min_value", "max_value", "strict_min", "strict_max"}
    ends = [one for one in (low, high) if one is not None]
    if set(given) - known or not ends or not all(_is_number(one) for one in ends):
        return None
    if low is not None and high is not None:
        is_strict = given.get("strict_min") or given.get("strict_max")
        if is_strict or low > high:
            return None
        return {"must_be": low} if low == high else {"must_be_between": (low, high)}
    if low is not None:
        return {f"must_be_greater_{'than' if given.get('strict_min') else 'or_equal_to'}": low}
    return {f"must_be_less_{'than' if given.get('strict_max') else 'or_equal_to'}": high}


def _of_rows(kind: str, given: Kwargs, more: Kwargs) -> list[Rule]:
    """Make the rule that rows keep; so many may break it as `mostly` leaves."""
    mostly = given.pop("mostly", 1)
    if not _is_number(mostly) or not 0 <= mostly <= 1:
        return []
    if kind == "expect_column_values_to_be_null":
        bound = {"must_be_greater_or_equal_to": mostly * PERCENT, "unit": "percent"}
        return [] if given else [Rule(metric="nullValues", **bound, **more)]
    write = ROWS.get(kind)
    named = None if write is None else write(given)
    if named is None:
        return []
    bound = {}
    if mostly < 1:
        share = round((1 - mostly) * PERCENT, 10)
        bound = {"must_be_less_or_equal_to": share, "unit": "percent"}
    return [_rule(*named, bound | more)]


Named = tuple[str, Kwargs]


def _exists(given: Kwargs) -> Named | None:
    return None if given else ("has_columns", {})


def _set(given: Kwargs) -> Named | None:
    values = given.get("value_set")
    is_plain = isinstance(values, list) and all(_is_plain(one) for one in values)
    return ("not_in_set", {"values": values}) if is_plain and len(given) == 1 else None


def _matched(given: Kwargs) -> Named | None:
    pattern = given.get("regex")
    is_known = isinstance(pattern, str) and len(given) == 1
    return ("matches_pattern", {"pattern": pattern}) if is_known else None


def _lacking(given: Kwargs) -> Named | None:
    found = _matched(given)
    return None if found is None else ("lacks_pattern", found[1])


def _any_of(given: Kwargs) -> Named | None:
    patterns = _patterns(given, {"match_on"})
    is_any = given.get("match_on", "any") == "any" or len(patterns) == 1
    return ("matches_pattern", {"pattern": _joined(patterns)}) if patterns and is_any else None


def _none_of(given: Kwargs) -> Named | None:
    patterns = _patterns(given, set())
    return ("lacks_pattern", {"pattern": _joined(patterns)}) if patterns else None


def _patterns(given: Kwargs, known: set[str]) -> list[str]:
    listed = given.get("regex_list")
    are_known = isinstance(listed, list) and not set(given) - {"regex_list"} - known
    texts = listed if isinstance(listed, list) and are_known else []
    return texts if all(isinstance(one, str) for one in texts) else []


def _joined(patterns: list[str]) -> str:
    return "|".join(f"(?:{one})" for one in patterns)


def _ranged(given: Kwargs) -> Named | None:
    known = {"min_value": "minimum", "max_value": "maximum"}
    ends = {known[key]: one for key, one in given.items() if key in known}
    flags = {"strict_min": "is_minimum_out", "strict_max": "is_maximum_out"}
    outs = {flags[key]: True for key, one in given.items() if key in flags and one}
    are_numbers = ends and all(_is_number(one) for one in ends.values())
    return ("in_range", ends | outs) if are_numbers and not set(given) - {*known, *flags} else None


def _lengths(given: Kwargs) -> Named | None:
    known = {"min_value": "minimum", "max_value": "maximum"}
    ends = {known[key]: one for key, one in given.items() if key in known}
    if "value" in given:
        ends = {"minimum": given["value"], "maximum": given["value"]}
    are_counts = ends and all(_is_number(one) and one >= 0 for one in ends.values())
    return ("text_length", ends) if are_counts and not set(given) - {*known, "value"} else None


def _rising(given: Kwargs) -> Named | None:
    if set(given) - {"strictly", "parse_strings_as_datetimes"}:
        return None
    return "monotonic", {"is_strict": True} if given.get("strictly") else {}


def _falling(given: Kwargs) -> Named | None:
    found = _rising(given)
    return None if found is None else ("monotonic", {**found[1], "is_falling": True})


def _json(given: Kwargs) -> Named | None:
    return None if given else ("valid_json", {})


ROWS: dict[str, Callable[[Kwargs], Named | None]] = {
    "expect_column_to_exist": _exists,
    "expect_column_values_to_not_be_in_set": _set,
    "expect_column_values_to_match_regex": _matched,
    "expect_column_values_to_not_match_regex": _lacking,
    "expect_column_values_to_match_regex_list": _any_of,
    "expect_column_values_to_not_match_regex_list": _none_of,
    "expect_column_values_to_be_between": _ranged,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _lengths,
    "expect_column_values_to_be_increasing": _rising,
    "expect_column_values_to_be_decreasing": _falling,
    "expect_column_values_to_be_json_parseable": _json,
}


def _pair(operator: str) -> Callable[[Kwargs, Kwargs], list[Placed]]:
    def make(given: Kwargs, more: Kwargs) -> list[Placed]:
        one, other = given.get("column_A"), given.get("column_B")
        known = {"column_A", "column_B", "or_equal", "ignore_row_if"}
        skipped = given.get("ignore_row_if", "both_values_are_missing")
        if not (isinstance(one, str) and isinstance(other, str)) or set(given) - known:
            return []
        if skipped not in ("both_values_are_missing", "either_value_is_missing"):
            return []
        sign = f"{operator}{'=' if given.get('or_equal') and operator != '=' else ''}"
        return [(one, _rule("compare_columns", {"other": other, "operator": sign}, more))]

    return make


PAIRS: dict[str, Callable[[Kwargs, Kwargs], list[Placed]]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": _pair(">"),
    "expect_column_pair_values_to_be_equal": _pair("="),
}


def _ordered(given: Kwargs, more: Kwargs) -> list[Rule]:
    names = _columns(given, "column_list")
    if not names:
        return []
    closed = {"names": names, "is_closed": True}
    return [_rule("column_order", {"names": names}, more), _rule("has_columns", closed, more)]


def _columns_of_set(given: Kwargs, more: Kwargs) -> list[Rule]:
    names = _columns({key: one for key, one in given.items() if key != "exact_match"}, "column_set")
    closed = {"is_closed": True} if given.get("exact_match", True) else {}
    return [_rule("has_columns", {"names": names, **closed}, more)] if names else []


def _columns(given: Kwargs, key: str) -> list[str]:
    names = given.get(key)
    are_names = isinstance(names, list) and all(isinstance(one, str) for one in names)
    return names if isinstance(names, list) and are_names and len(given) == 1 else []


TABLES: dict[str, Callable[[Kwargs, Kwargs], list[Rule]]] = {
    "expect_table_columns_to_match_ordered_list": _ordered,
    "expect_table_columns_to_match_set": _columns_of_set,
}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))
