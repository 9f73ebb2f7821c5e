"""A contract to a Great Expectations suite, in the form of version 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headgate.contract.compat.rules import interval
from headgate.contract.exchange.gx_back import expectation_of
from headgate.contract.exchange.gx_in import ENGINE, SEVERITIES
from headgate.contract.exchange.translating import Exported, sole_key, sole_object
from headgate.contract.odcs.nouns import Contract, Property, Rule, SchemaObject
from headgate.contract.odcs.writing import plain
from headgate.core.left_out import Notes

NO_EXPECTATION = "Great Expectations has no expectation for it"
METRICS = {
    "nullValues": "expect_column_values_to_not_be_null",
    "duplicateValues": "expect_column_values_to_be_unique",
}
NUMERIC = ("integer", "number")
TOLD = {
    "name", "logicalType", "logicalTypeOptions", "physicalType", "required", "unique", "quality",
    "primaryKey", "primaryKeyPosition", "description", "businessName", "tags", "id",
}  # fmt: skip
LEVELS = {level: word for word, level in SEVERITIES.items()}
Expectation = dict[str, Any]


def to_gx(contract: Contract) -> Exported:
    """Write a contract of one object as a suite.

    Raises:
        Invalid: it has no object, or several; a suite is about one table.
    """
    found = sole_object(contract, "suite")
    notes = Notes()
    made = list(_table(found, notes))
    alone = sole_key(found)
    for one in found.properties:
        made += _column(one, notes, is_unique=one.name == alone)
    for level in contract.sla_properties:
        notes.add("slaProperties", level.property, NO_EXPECTATION)
    return Exported({"name": contract.id, "expectations": made}, notes.all)


def _expect(kind: str, severity: str = "", **kwargs: Any) -> Expectation:
    return _expected(kind, kwargs, severity)


def _expected(kind: str, kwargs: dict[str, Any], severity: str) -> Expectation:
    given = {key: each for key, each in kwargs.items() if each is not None}
    level = {"severity": LEVELS[severity]} if severity in LEVELS else {}
    return {"type": kind, "kwargs": given, **level}


def _table(found: SchemaObject, notes: Notes) -> Iterator[Expectation]:
    for rule in found.quality:
        made = _of_engine(rule) or _rows(rule) or _compound(rule)
        if made is None:
            notes.add(f"{found.name}.quality", plain(rule), NO_EXPECTATION)
        else:
            yield made
    keys = [one for one in found.properties if one.primary_key]
    if len(keys) > 1:
        names = [one.name for one in sorted(keys, key=lambda one: one.primary_key_position)]
        yield _expect("expect_compound_columns_to_be_unique", column_list=names)


def _of_engine(rule: Rule, column: str | None = None) -> Expectation | None:
    """Return the expectation that a rule was kept for, or one that means the same."""
    held = rule.implementation
    if rule.engine == ENGINE and isinstance(held, dict):
        kind, kwargs = held.get("type"), held.get("kwargs", {})
        if not isinstance(kind, str) or not isinstance(kwargs, dict):
            return None
        return _expected(kind, kwargs, rule.severity)
    made = expectation_of(rule, column)
    return None if made is None else _expected(*made, rule.severity)


def _rows(rule: Rule) -> Expectation | None:
    extent = interval(rule)
    if rule.metric != "rowCount" or extent is None or extent.is_low_open or extent.is_high_open:
        return None
    name, value = rule.operator or ("", None)
    if name == "mustBe":
        return _expect("expect_table_row_count_to_equal", rule.severity, value=value)
    low = extent.low if extent.low != float("-inf") else None
    high = extent.high if extent.high != float("inf") else None
    kind = "expect_table_row_count_to_be_between"
    return _expect(kind, rule.severity, min_value=low, max_value=high)


def _compound(rule: Rule) -> Expectation | None:
    names = rule.arguments.get("properties")
    if rule.metric != "duplicateValues" or rule.operator != ("mustBe", 0) or not names:
        return None
    kind = "expect_compound_columns_to_be_unique"
    return _expect(kind, rule.severity, column_list=names)


def _column(found: Property, notes: Notes, *, is_unique: bool) -> Iterator[Expectation]:
    name = found.name
    made = list(_clauses(found, notes, is_unique=is_unique))
    yield from made or [_expect("expect_column_to_exist", column=name)]


def _clauses(found: Property, notes: Notes, *, is_unique: bool) -> Iterator[Expectation]:
    name = found.name
    if found.required or found.primary_key:
        yield _expect("expect_column_values_to_not_be_null", column=name)
    if found.unique or is_unique:
        yield _expect("expect_column_values_to_be_unique", column=name)
    if found.physical_type:
        yield _expect("expect_column_values_to_be_of_type", column=name, type_=found.physical_type)
    elif found.logical_type:
        notes.add(f"{name}.logicalType", found.logical_type, "a suite names physical types only")
    yield from _options(found, notes)
    for rule in found.quality:
        made = _of_engine(rule, name) or _counted(rule, name)
        if made is None:
            notes.add(f"{name}.quality", plain(rule), NO_EXPECTATION)
        else:
            yield made
    notes.rest(plain(found), TOLD, name, NO_EXPECTATION)


def _options(found: Property, notes: Notes) -> Iterator[Expectation]:
    held, name = plain(found.options), found.name
    if found.logical_type in NUMERIC:
        yield from _bounds(held, name)
    if found.logical_type == "string":
        least, most = held.pop("minLength", None), held.pop("maxLength", None)
        if least is not None or most is not None:
            kind = "expect_column_value_lengths_to_be_between"
            yield _expect(kind, column=name, min_value=least, max_value=most)
        if "pattern" in held:
            kind = "expect_column_values_to_match_regex"
            yield _expect(kind, column=name, regex=held.pop("pattern"))
    notes.rest(held, set(), name, NO_EXPECTATION)


def _bounds(held: dict[str, Any], name: str) -> Iterator[Expectation]:
    """Take the bounds of a number out of its options; an open one wins over a closed one."""
    bounds: dict[str, Any] = {}
    for end, bound in (("min", "minimum"), ("max", "maximum")):
        strict = held.pop(f"exclusive{bound.capitalize()}", None)
        if strict is not None:
            bounds |= {f"{end}_value": strict, f"strict_{end}": True}
        elif bound in held:
            bounds[f"{end}_value"] = held.pop(bound)
    if bounds:
        yield _expect("expect_column_values_to_be_between", column=name, **bounds)


def _counted(rule: Rule, name: str) -> Expectation | None:
    """Write a rule on counted rows; a share of rows that may break it becomes `mostly`."""
    values = rule.arguments.get("validValues")
    kind = METRICS.get(rule.metric or "")
    more: dict[str, Any] = {}
    if rule.metric == "invalidValues" and list(rule.arguments) == ["validValues"]:
        kind, more = "expect_column_values_to_be_in_set", {"value_set": values}
    operator = rule.operator
    if kind is None or operator is None or (rule.arguments and not more):
        return None
    if operator == ("mustBe", 0):
        return _expect(kind, rule.severity, column=name, **more)
    if operator[0] != "mustBeLessOrEqualTo" or rule.unit != "percent":
        return None
    mostly = round(1 - operator[1] / 100, 12)
    return _expect(kind, rule.severity, column=name, mostly=mostly, **more)
