"""A Great Expectations suite to a contract, in the form of version 1 or of 0.18.

What a column can say becomes its clause; any other expectation stays a rule of the engine
`great-expectations`, word for word, and is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from headgate.contract.exchange.gx_more import more_rules
from headgate.contract.exchange.translating import (
    Imported,
    changed,
    contract_of,
    foreign,
    logical_of,
)
from headgate.contract.odcs.nouns import Metric, Property, Rule, SchemaObject, TypeOptions
from headgate.core.errors import Invalid
from headgate.core.left_out import Notes

ENGINE = "great-expectations"
KEPT = f"kept as a rule of the engine {ENGINE}, which Headgate does not check"
PLAIN_KEYS = {"column", "batch_id", "result_format", "catch_exceptions", "include_config"}
SEVERITIES = {"warning": "warning", "info": "info"}
"""Severities that soften an expectation; `critical` is what each has anyway."""
ENDS = {"min_value", "max_value"}
Kwargs = dict[str, Any]


def from_gx(plain: Any, name: str) -> Imported:
    """Make a contract of a suite.

    Args:
        plain: the suite's JSON.
        name: of the contract and its one object.

    Raises:
        Invalid: it is no suite.
    """
    held = plain.get("expectations") if isinstance(plain, dict) else None
    if not isinstance(held, list):
        raise Invalid(
            f"{name} is no suite of Great Expectations", mend="give one with expectations"
        )
    reading = _Reading(Notes())
    for number, one in sorted(enumerate(held), key=lambda each: not _is_type(each[1])):
        reading.take(one, f"expectations[{number}]")
    made = SchemaObject(
        name=name,
        properties=tuple(reading.columns.values()),
        quality=tuple(reading.rules),
    )
    known = {"expectations", "name", "expectation_suite_name", "id", "ge_cloud_id", "meta"}
    rest = {key: each for key, each in plain.items() if each is not None}
    reading.notes.rest(rest, known, "", "it is no clause")
    return Imported(contract_of(name, [made]), reading.notes.all)


def _is_type(held: Any) -> bool:
    """Say whether an expectation is about a type; those come first, for bounds depend on it."""
    kinds = (held.get("type"), held.get("expectation_type")) if isinstance(held, dict) else ()
    return "expect_column_values_to_be_of_type" in kinds


class _Reading:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.columns: dict[str, Property] = {}
        self.rules: list[Rule] = []

    def take(self, held: Any, path: str) -> None:
        """Take one expectation."""
        kind = held.get("type", held.get("expectation_type")) if isinstance(held, dict) else None
        kwargs = held.get("kwargs", {}) if isinstance(held, dict) else None
        if not isinstance(kind, str) or not isinstance(kwargs, dict):
            self.notes.add(path, held, "it is no expectation")
            return
        severity = SEVERITIES.get(str(held.get("severity", "")), "")
        self._describe(held, path)
        column = kwargs.get("column")
        if isinstance(column, str):
            self.columns.setdefault(column, Property(name=column))
            given = {key: each for key, each in kwargs.items() if key not in PLAIN_KEYS}
            if self._on_column(kind, column, given, severity):
                return
        elif self._on_table(kind, kwargs, severity):
            return
        if not self._more(kind, kwargs, severity):
            self._keep(kind, kwargs, severity, path)

    def _more(self, kind: str, kwargs: Kwargs, severity: str) -> bool:
        """Say an expectation as rules of ours; whether that can be done."""
        rules = more_rules(kind, kwargs, severity)
        for place, rule in rules:
            if place is None:
                self.rules.append(rule)
            else:
                self.columns.setdefault(place, Property(name=place))
                self._add(place, rule)
        return bool(rules)

    def _describe(self, held: dict[str, Any], path: str) -> None:
        for key in ("meta", "notes", "description"):
            if held.get(key):
                self.notes.add(f"{path}.{key}", held[key], "a clause has no notes")

    def _keep(self, kind: str, kwargs: Kwargs, severity: str, path: str) -> None:
        rule = foreign(ENGINE, {"type": kind, "kwargs": kwargs}, severity=severity)
        column = kwargs.get("column")
        if isinstance(column, str):
            self._add(column, rule)
        else:
            self.rules.append(rule)
        self.notes.add(path, kind, KEPT)

    def _add(self, column: str, rule: Rule) -> None:
        old = self.columns[column]
        self.columns[column] = changed(old, quality=(*old.quality, rule))

    def _on_column(self, kind: str, column: str, given: Kwargs, severity: str) -> bool:
        """Say an expectation on a column as its clause; whether that can be done."""
        old = self.columns[column]
        counted = _counted(kind, given, severity)
        if counted is not None:
            self._add(column, counted)
            return True
        clause = CLAUSES.get(kind)
        is_plain = not severity and _mostly(given) == 1
        made = clause(old, given) if clause is not None and is_plain else None
        if made is None:
            return False
        self.columns[column] = made
        return True

    def _on_table(self, kind: str, kwargs: Kwargs, severity: str) -> bool:
        given = {key: each for key, each in kwargs.items() if key not in PLAIN_KEYS}
        rule: Rule | None = None
        if kind == "expect_table_row_count_to_equal" and _are_numbers(given, {"value"}):
            rule = Rule(metric="rowCount", must_be=given["value"], severity=severity)
        elif kind == "expect_table_row_count_to_be_between" and _are_numbers(given, ENDS):
            rule = _between(given, severity)
        elif kind == "expect_compound_columns_to_be_unique" and set(given) == {"column_list"}:
            arguments = {"properties": given["column_list"]}
            rule = Rule(metric="duplicateValues", arguments=arguments, must_be=0, severity=severity)
        if rule is not None:
            self.rules.append(rule)
        return rule is not None


def _mostly(given: Kwargs) -> float | None:
    """Return the share of rows that must keep an expectation; nothing if it is no share."""
    held = given.get("mostly")
    if held is None:
        return 1
    is_number = isinstance(held, (int, float)) and not isinstance(held, bool)
    return held if is_number and 0 <= held <= 1 else None


def _counted(kind: str, given: Kwargs, severity: str) -> Rule | None:
    """Make the rule of an expectation that some rows may break, or that has a severity."""
    mostly = _mostly(given)
    rest = {key: each for key, each in given.items() if key != "mostly"}
    bound: dict[str, Any] = {"must_be": 0}
    if mostly is None:
        return None
    if mostly < 1:
        share = round((1 - mostly) * 100, 10)
        bound = {"must_be_less_or_equal_to": share, "unit": "percent"}
    values = rest.get("value_set")
    is_set = kind == "expect_column_values_to_be_in_set" and set(rest) == {"value_set"}
    if is_set and isinstance(values, list):
        return Rule(
            metric="invalidValues",
            arguments={"validValues": values},
            severity=severity,
            **bound,
        )
    plain: dict[str, Metric] = {
        "expect_column_values_to_not_be_null": "nullValues",
        "expect_column_values_to_be_unique": "duplicateValues",
    }
    if kind in plain and not rest and (mostly < 1 or severity):
        return Rule(metric=plain[kind], severity=severity, **bound)
    return None


def _are_numbers(given: Kwargs, known: set[str]) -> bool:
    """Say whether there is one value at least, each of a known name and a number."""
    held = {key: each for key, each in given.items() if each is not None}
    are_numbers = all(
        isinstance(each, (int, float)) and not isinstance(each, bool) for each in held.values()
    )
    return bool(held) and are_numbers and set(held) <= known


def _between(given: Kwargs, severity: str) -> Rule | None:
    """Make the rule that a table has so many rows; one end at least is given."""
    low, high = given.get("min_value"), given.get("max_value")
    if low is None:
        return Rule(metric="rowCount", must_be_less_or_equal_to=high, severity=severity)
    if high is None:
        return Rule(metric="rowCount", must_be_greater_or_equal_to=low, severity=severity)
    if low >= high:
        return Rule(metric="rowCount", must_be=low, severity=severity) if low == high else None
    return Rule(metric="rowCount", must_be_between=(low, high), severity=severity)


def _required(old: Property, given: Kwargs) -> Property | None:
    return None if given.keys() - {"mostly"} else changed(old, required=True)


def _unique(old: Property, given: Kwargs) -> Property | None:
    return None if given.keys() - {"mostly"} else changed(old, unique=True)


def _typed(old: Property, given: Kwargs) -> Property | None:
    word = given.get("type_")
    logical = logical_of(word) if isinstance(word, str) else None
    if logical is None or old.logical_type not in (None, logical) or old.physical_type:
        return None
    return changed(old, logical_type=logical, physical_type=word)


def _ranged(old: Property, given: Kwargs) -> Property | None:
    ends = {key: given.get(key) for key in ENDS}
    are_numbers = _are_numbers(ends, ENDS)
    known = {"min_value", "max_value", "strict_min", "strict_max", "mostly"}
    if not are_numbers or set(given) - known or old.logical_type not in (None, "integer", "number"):
        return None
    held: dict[str, Any] = {}
    for end, bound in (("min", "minimum"), ("max", "maximum")):
        name = f"exclusive_{bound}" if given.get(f"strict_{end}") else bound
        held[name] = ends[f"{end}_value"]
    return _narrowed(old, held, old.logical_type or "number")


def _lengths(old: Property, given: Kwargs) -> Property | None:
    ends = {"min_length": given.get("min_value"), "max_length": given.get("max_value")}
    if "value" in given:
        ends = dict.fromkeys(ends, given["value"])
    are_counts = all(
        one is None or (isinstance(one, int) and not isinstance(one, bool) and one >= 0)
        for one in ends.values()
    )
    is_known = not set(given) - {"min_value", "max_value", "value", "mostly"}
    return _narrowed(old, ends, "string") if are_counts and is_known else None


def _matched(old: Property, given: Kwargs) -> Property | None:
    pattern = given.get("regex")
    is_known = isinstance(pattern, str) and not set(given) - {"regex", "mostly"}
    return _narrowed(old, {"pattern": pattern}, "string") if is_known else None


def _narrowed(old: Property, held: dict[str, Any], logical: Any) -> Property | None:
    """Add options to a column; nothing if it has another type, or has one of them already."""
    given = {name: each for name, each in held.items() if each is not None}
    taken = [name for name in given if getattr(old.options, name) is not None]
    if old.logical_type not in (None, logical) or taken or not given:
        return None
    made: TypeOptions = msgspec.structs.replace(old.options, **given)
    return changed(old, logical_type=logical, logical_type_options=made)


CLAUSES: dict[str, Callable[[Property, Kwargs], Property | None]] = {
    "expect_column_values_to_not_be_null": _required,
    "expect_column_values_to_be_unique": _unique,
    "expect_column_values_to_be_of_type": _typed,
    "expect_column_values_to_be_between": _ranged,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _lengths,
    "expect_column_values_to_match_regex": _matched,
}
