"""A contract to a pandera schema, as pandera's `from_yaml` reads it for frames of pandas."""

from __future__ import annotations

import re
from typing import Any

from headgate.contract.exchange.pandera_in import BOUNDS, ENGINE
from headgate.contract.exchange.translating import (
    DEFAULT,
    Exported,
    allowed_values,
    custom,
    has_custom,
    note_custom,
    sole_key,
    sole_object,
)
from headgate.contract.odcs.nouns import Contract, LogicalType, Property, Rule, SchemaObject
from headgate.contract.odcs.writing import plain
from headgate.core.left_out import Notes
from headgate.core.times import parse

NO_CHECK = "pandera has no check for it"
DTYPES: dict[LogicalType, str] = {
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "string": "str",
    "timestamp": "datetime64[ns]",
    "date": "date",
}
"""The type of a column in pandas, by the logical one."""
NULLABLE = {"int64": "Int64", "bool": "boolean"}
"""What holds a null too, where the usual type does not."""
OWN = re.compile(
    r"[uU]?[iI]nt(8|16|32|64)|[fF]loat(16|32|64)|str|bool|boolean|object|category"
    r"|(datetime64|timedelta64|string|period|interval)\[.+\]"
)
"""Types as pandera names them, which stay as they are."""
WITH_BOUNDS = frozenset({"integer", "number", "timestamp"})
"""Types whose bounds pandera reads from text as what they are; those of days it takes for text."""
CHECKS = {option: check for check, option in BOUNDS.items()}
TOLD = {
    "name", "logicalType", "logicalTypeOptions", "physicalType", "required", "unique", "quality",
    "primaryKey", "primaryKeyPosition", "description", "businessName", "customProperties", "id",
}  # fmt: skip


def to_pandera(contract: Contract) -> Exported:
    """Write a contract of one object as a schema.

    Raises:
        Invalid: it has no object, or several; a schema is about one frame.
    """
    found = sole_object(contract, "schema")
    notes = Notes()
    alone = sole_key(found)
    columns = {
        one.name: _column(one, notes, is_unique=one.name == alone) for one in found.properties
    }
    for level in contract.sla_properties:
        notes.add("slaProperties", level.property, NO_CHECK)
    made: dict[str, Any] = {"schema_type": "dataframe", "api": "pandas", "columns": columns}
    made |= {"name": found.name} | _described(found) | _whole(found, notes)
    return Exported(made, notes.all)


def _whole(found: SchemaObject, notes: Notes) -> dict[str, Any]:
    """Write the rules on all rows: one set of columns that is unique, and pandera's own checks."""
    keys = sorted(
        (one for one in found.properties if one.primary_key),
        key=lambda one: one.primary_key_position,
    )
    unique = [one.name for one in keys] if len(keys) > 1 else []
    checks: dict[str, Any] = {}
    for rule in found.quality:
        names = rule.arguments.get("properties")
        if _is_zero(rule, "duplicateValues") and names and unique in ([], names):
            unique = list(names)
        elif not _kept(rule, checks):
            notes.add(f"{found.name}.quality", plain(rule), NO_CHECK)
    return ({"checks": checks} if checks else {}) | ({"unique": unique} if unique else {})


def _column(found: Property, notes: Notes, *, is_unique: bool) -> dict[str, Any]:
    is_needed = found.required or found.primary_key or _promises(found, "nullValues")
    made = _described(found) | _dtype(found, notes, is_nullable=not is_needed)
    if not is_needed:
        made["nullable"] = True
    if found.unique or is_unique or _promises(found, "duplicateValues"):
        made["unique"] = True
    if has_custom(found, DEFAULT):
        made["default"] = custom(found, DEFAULT)
    made |= _options(found, notes)
    for rule in found.quality:
        if not (_is_plain(rule) or _of_values(rule, made) or _kept(rule, made)):
            notes.add(f"{found.name}.quality", plain(rule), NO_CHECK)
    _rest(found, notes)
    return made


def _dtype(found: Property, notes: Notes, *, is_nullable: bool) -> dict[str, Any]:
    """Name the column's type: its own if pandera knows it, else what pandas has for it."""
    if OWN.fullmatch(found.physical_type):
        return {"dtype": found.physical_type}
    if found.logical_type is None:
        return {}
    usual = DTYPES.get(found.logical_type)
    if usual is None:
        notes.add(f"{found.name}.logicalType", found.logical_type, "pandas has no such type")
        return {}
    if found.logical_type == "timestamp" and found.options.timezone:
        usual = "datetime64[ns, UTC]"
    return {"dtype": NULLABLE.get(usual, usual) if is_nullable else usual}


def _options(found: Property, notes: Notes) -> dict[str, Any]:
    held, made = plain(found.options), dict[str, Any]()
    held.pop("timezone", None)
    if found.logical_type in WITH_BOUNDS:
        for option, check in CHECKS.items():
            value = held.pop(_camel(option), None)
            made |= {check: _bound(value, found)} if value is not None else {}
    if found.logical_type == "string":
        ends = {"min_value": held.pop("minLength", None), "max_value": held.pop("maxLength", None)}
        made |= {"str_length": ends} if any(one is not None for one in ends.values()) else {}
        pattern = held.pop("pattern", None)
        made |= {"str_contains": pattern} if pattern is not None else {}
    notes.rest(held, set(), found.name, NO_CHECK)
    return made


def _bound(value: float | str, found: Property) -> float | str:
    """Write a moment with a zone where the column has one, for pandas compares no others."""
    if not isinstance(value, str):
        return value
    moment = parse(value)
    return (moment if found.options.timezone else moment.replace(tzinfo=None)).isoformat()


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _of_values(rule: Rule, made: dict[str, Any]) -> bool:
    """Write a closed set of values; false if the rule is another one."""
    values = allowed_values(rule)
    if values is None or "isin" in made:
        return False
    is_soft = rule.severity in ("warning", "info")
    made["isin"] = {"allowed_values": values, "raise_warning": True} if is_soft else values
    return True


def _kept(rule: Rule, made: dict[str, Any]) -> bool:
    """Write a check back that came from pandera word for word; false if the rule is another one."""
    held = rule.implementation
    if rule.engine != ENGINE or not isinstance(held, dict) or held.get("check") in (None, *made):
        return False
    given = dict(held.get("arguments") or {})
    if rule.severity == "warning":
        given["raise_warning"] = True
    alone = list(given) == ["value"] and not isinstance(given["value"], dict)
    made[str(held["check"])] = given["value"] if alone else given
    return True


def _promises(found: Property, metric: str) -> bool:
    return any(_is_zero(rule, metric) and not rule.arguments for rule in found.quality)


def _is_plain(rule: Rule) -> bool:
    """Say whether a rule is one of the flags of a column."""
    is_flag = any(_is_zero(rule, metric) for metric in ("nullValues", "duplicateValues"))
    return is_flag and not rule.arguments


def _is_zero(rule: Rule, metric: str) -> bool:
    """Say whether a rule lets nothing of a kind through; one that only warns is no flag."""
    is_hard = rule.severity not in ("warning", "info")
    return rule.metric == metric and rule.operator == ("mustBe", 0) and is_hard


def _rest(found: Property, notes: Notes) -> None:
    notes.rest(plain(found), TOLD, found.name, NO_CHECK)
    note_custom(found, {DEFAULT}, found.name, notes, NO_CHECK)


def _described(found: SchemaObject | Property) -> dict[str, Any]:
    held = {"title": found.business_name, "description": found.description}
    return {key: each for key, each in held.items() if each}
