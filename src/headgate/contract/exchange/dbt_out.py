"""A contract to a dbt properties file: each object is a model, its promises are dbt's own tests."""

from __future__ import annotations

from typing import Any

from headgate.contract.exchange.dbt_in import ENGINE
from headgate.contract.exchange.translating import Exported, allowed_values, sole_key
from headgate.contract.odcs.nouns import Contract, Property, Relationship, Rule, SchemaObject
from headgate.contract.odcs.writing import plain
from headgate.core.left_out import Notes

NO_TEST = "dbt has no test of its own for it"
SOFT = ("warning", "info")
TESTS = {"nullValues": "not_null", "duplicateValues": "unique"}
TOLD = {
    "name", "description", "tags", "physicalType", "logicalType", "logicalTypeOptions", "required",
    "unique", "primaryKey", "primaryKeyPosition", "quality", "relationships", "properties", "id",
}  # fmt: skip
Test = str | dict[str, Any]


def to_dbt(contract: Contract) -> Exported:
    """Write a contract's objects as models of a `schema.yml`."""
    notes = Notes()
    models = [_model(one, notes) for one in contract.schema]
    for level in contract.sla_properties:
        notes.add("slaProperties", level.property, "a model of dbt has no freshness")
    return Exported({"version": 2, "models": models}, notes.all)


def _model(found: SchemaObject, notes: Notes) -> dict[str, Any]:
    tests = [made for rule in found.quality if (made := _rule(rule, found.name, notes)) is not None]
    keys = [one for one in found.properties if one.primary_key]
    if len(keys) > 1:
        names = ", ".join(one.name for one in keys)
        notes.add(found.name, f"primary key {names}", "dbt has no test of its own for two columns")
    for one in found.relationships:
        notes.add(f"{found.name}.relationships", plain(one), "dbt has them at columns")
    _rest(found, found.name, notes)
    made = _described(found) | ({"data_tests": tests} if tests else {})
    alone = sole_key(found)
    columns = [
        _column(one, found.name, notes, is_unique=one.name == alone) for one in found.properties
    ]
    return made | ({"columns": columns} if columns else {})


def _column(found: Property, model: str, notes: Notes, *, is_unique: bool) -> dict[str, Any]:
    path = f"{model}.{found.name}"
    made = _described(found)
    if found.physical_type:
        made["data_type"] = found.physical_type
    elif found.logical_type:
        notes.add(f"{path}.logicalType", found.logical_type, "dbt names types of the database only")
    tests = _tests(found, path, notes, is_unique=is_unique)
    notes.rest(plain(found.options), set(), path, NO_TEST)
    if found.properties:
        notes.add(f"{path}.properties", [one.name for one in found.properties], NO_TEST)
    _rest(found, path, notes)
    return made | ({"data_tests": tests} if tests else {})


def _tests(found: Property, path: str, notes: Notes, *, is_unique: bool) -> list[Test]:
    """Write what a column promises; what is promised twice stands there once."""
    made: list[Test] = []
    if found.required or found.primary_key:
        made.append("not_null")
    if found.unique or is_unique:
        made.append("unique")
    made += [one for rule in found.quality if (one := _rule(rule, path, notes)) is not None]
    for one in found.relationships:
        target = _target(one)
        if target is None:
            notes.add(f"{path}.relationships", plain(one), "dbt names one column of a model")
        else:
            made.append(target)
    return [one for place, one in enumerate(made) if one not in made[:place]]


def _rule(rule: Rule, path: str, notes: Notes) -> Test | None:
    """Write a rule as a test; what has none is noted."""
    held = rule.implementation
    if rule.engine == ENGINE and isinstance(held, dict) and held.get("test"):
        given = held.get("arguments") or {}
        return {str(held["test"]): given} if given else str(held["test"])
    values = allowed_values(rule)
    if values is not None:
        are_texts = all(isinstance(one, str) for one in values)
        quote = {} if are_texts else {"quote": False}
        return _asked("accepted_values", rule, {"values": values} | quote)
    kind = TESTS.get(rule.metric or "")
    if kind is not None and rule.operator == ("mustBe", 0) and not rule.arguments:
        return _asked(kind, rule, {})
    notes.add(f"{path}.quality", plain(rule), NO_TEST)
    return None


def _asked(kind: str, rule: Rule, arguments: dict[str, Any]) -> Test:
    given: dict[str, Any] = {"arguments": arguments} if arguments else {}
    given |= {"config": {"severity": "warn"}} if rule.severity in SOFT else {}
    return {kind: given} if given else kind


def _target(found: Relationship) -> Test | None:
    """Write a foreign key to a column of another model; nothing where it is another thing."""
    to = found.to
    if not isinstance(to, str) or to.count(".") != 1 or "/" in to:
        return None
    model, field = to.split(".")
    return {"relationships": {"arguments": {"to": f"ref('{model}')", "field": field}}}


def _rest(found: SchemaObject | Property, path: str, notes: Notes) -> None:
    notes.rest(plain(found), TOLD, path, "dbt has no key for it")


def _described(found: SchemaObject | Property) -> dict[str, Any]:
    made: dict[str, Any] = {"name": found.name}
    made |= {"description": found.description} if found.description else {}
    return made | ({"config": {"tags": list(found.tags)}} if found.tags else {})
