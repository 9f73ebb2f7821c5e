"""A contract to JSON Schema, draft 2020-12: one definition an object, columns as properties."""

from __future__ import annotations

from typing import Any

from headgate.contract.exchange.json_schema_in import FORMATS, OPTIONS
from headgate.contract.exchange.translating import (
    DEFAULT,
    Exported,
    allowed_values,
    custom,
    has_custom,
    note_custom,
)
from headgate.contract.odcs.nouns import Contract, Property, SchemaObject
from headgate.contract.odcs.writing import plain
from headgate.core.left_out import Notes

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FORM_OF = {logical: form for form, logical in FORMATS.items()}
NO_KEYWORD = "JSON Schema has no keyword for it"
TOLD = {
    "name", "logicalType", "logicalTypeOptions", "required", "description", "businessName",
    "examples", "quality", "properties", "items", "customProperties", "id", "primaryKeyPosition",
}  # fmt: skip


def to_json_schema(contract: Contract) -> Exported:
    """Write a contract's objects as JSON Schema.

    One object is the schema itself; several stand under `$defs`.
    """
    notes = Notes()
    made = {one.name: _object(one, notes) for one in contract.schema}
    for level in contract.sla_properties:
        notes.add("slaProperties", level.property, "a service level is about no document")
    if len(made) == 1:
        (only,) = made.values()
        return Exported({"$schema": DRAFT, **only}, notes.all)
    return Exported({"$schema": DRAFT, "$defs": made}, notes.all)


def _object(found: SchemaObject, notes: Notes) -> dict[str, Any]:
    for rule in found.quality:
        notes.add(f"{found.name}.quality", plain(rule), "a rule on many rows")
    return _described(found) | _columns(found.properties, found.name, notes)


def _columns(properties: tuple[Property, ...], path: str, notes: Notes) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object"}
    if properties:
        made["properties"] = {
            one.name: _column(one, f"{path}.{one.name}", notes) for one in properties
        }
    required = [one.name for one in properties if one.required or one.primary_key]
    return made | ({"required": required} if required else {})


def _column(found: Property, path: str, notes: Notes) -> dict[str, Any]:
    schema = _type(found, path, notes)
    is_optional = not (found.required or found.primary_key or path.endswith("[]"))
    if is_optional and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    values = _values(found, path, notes)
    if values is not None:
        schema["enum"] = [*values, None] if is_optional and None not in values else values
    if has_custom(found, DEFAULT):
        schema["default"] = custom(found, DEFAULT)
    notes.rest(plain(found), TOLD, path, NO_KEYWORD)
    note_custom(found, {DEFAULT}, path, notes, NO_KEYWORD)
    return _described(found) | schema


def _type(found: Property, path: str, notes: Notes) -> dict[str, Any]:
    logical = found.logical_type
    if logical is None:
        return {}
    held = plain(found.options)
    schema: dict[str, Any] = {"type": "string" if logical in FORM_OF else logical}
    known = OPTIONS.get(logical, {})
    schema |= {key: held.pop(key) for key in known if key in held}
    if logical in FORM_OF:
        schema["format"] = FORM_OF[logical]
    elif logical == "string" and "format" in held:
        schema["format"] = held.pop("format")
    if logical == "object":
        columns = _columns(found.properties, path, notes)
        needed = [*columns.get("required", ()), *held.pop("required", ())]
        schema |= columns | ({"required": list(dict.fromkeys(needed))} if needed else {})
    if found.items is not None:
        schema["items"] = _column(found.items, f"{path}[]", notes)
    for key, each in held.items():
        notes.add(f"{path}.{key}", each, NO_KEYWORD)
    return schema


def _values(found: Property, path: str, notes: Notes) -> list[Any] | None:
    values: list[Any] | None = None
    for rule in found.quality:
        mine = allowed_values(rule)
        if mine is None:
            notes.add(f"{path}.quality", plain(rule), "a rule on many rows")
        else:
            values = mine if values is None else [one for one in values if one in mine]
    return values


def _described(found: SchemaObject | Property) -> dict[str, Any]:
    held: dict[str, Any] = {"title": found.business_name, "description": found.description}
    if isinstance(found, Property):
        held["examples"] = list(found.examples)
    return {key: each for key, each in held.items() if each}
