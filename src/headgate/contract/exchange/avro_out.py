"""A contract to Avro: each object a record, an optional column a union with null."""

from __future__ import annotations

import re
from typing import Any

from headgate.contract.compat.avro_types import NAME, parse_avro
from headgate.contract.exchange.translating import (
    DEFAULT,
    Exported,
    allowed_values,
    custom,
    has_custom,
    note_custom,
)
from headgate.contract.odcs.nouns import Contract, LogicalType, Property, SchemaObject
from headgate.contract.odcs.writing import plain
from headgate.core.errors import Invalid
from headgate.core.left_out import Notes

LOGICAL: dict[tuple[LogicalType, bool | None], tuple[str, str]] = {
    ("date", None): ("int", "date"),
    ("time", None): ("long", "time-micros"),
    ("timestamp", True): ("long", "timestamp-micros"),
    ("timestamp", None): ("long", "local-timestamp-micros"),
}
NUMBERS = {
    "integer i32": "int",
    "integer i64": "long",
    "number f32": "float",
    "number f64": "double",
}
SMALL = ("i8", "i16", "u8", "u16")
DECIMAL = re.compile(r"(?:decimal|numeric)\(\s*(\d{1,3})\s*(?:,\s*(\d{1,3})\s*)?\)")
NO_PLACE = "Avro has no place for it"
TOLD = {
    "name", "logicalType", "required", "description", "quality", "properties", "items",
    "customProperties", "id", "physicalType", "logicalTypeOptions", "primaryKeyPosition",
}  # fmt: skip
OWN = (DEFAULT, "avroType", "avroAliases", "avroNamespace")


def to_avro(contract: Contract) -> Exported:
    """Write a contract's objects as Avro records: one alone, several as a union.

    Raises:
        Invalid: two names become one in Avro, or it is nested too deep.
    """
    notes = Notes()
    made = [_record(one, notes) for one in contract.schema]
    for level in contract.sla_properties:
        notes.add("slaProperties", level.property, "a service level is about no schema")
    document = made[0] if len(made) == 1 else made
    try:
        parse_avro(document, contract.id)
    except Invalid as error:
        raise Invalid(error.message, mend="rename a column, or nest less") from error
    return Exported(document, notes.all)


def _record(found: SchemaObject, notes: Notes) -> dict[str, Any]:
    for rule in found.quality:
        notes.add(f"{found.name}.quality", plain(rule), "a rule is no part of a schema")
    made: dict[str, Any] = {"type": "record", "name": _named(found.name, notes)}
    for key, name in (("namespace", "avroNamespace"), ("aliases", "avroAliases")):
        if has_custom(found, name):
            made[key] = custom(found, name)
    made |= {"doc": found.description} if found.description else {}
    return made | {"fields": _fields(found.properties, found.name, notes)}


def _fields(properties: tuple[Property, ...], path: str, notes: Notes) -> list[dict[str, Any]]:
    return [_field(one, f"{path}.{one.name}", notes) for one in properties]


def _field(found: Property, path: str, notes: Notes) -> dict[str, Any]:
    kept = custom(found, "avroType")
    made: dict[str, Any] = {"name": _named(found.name, notes)}
    kind = avro_type(found, notes, path) if kept is None else kept
    made |= _typed(found, kind, path, notes)
    made |= {"doc": found.description} if found.description else {}
    aliases = custom(found, "avroAliases")
    notes.rest(plain(found), TOLD, path, NO_PLACE)
    note_custom(found, OWN, path, notes, NO_PLACE)
    return made | ({"aliases": aliases} if aliases else {})


def _typed(found: Property, kind: Any, path: str, notes: Notes) -> dict[str, Any]:
    """Write a field's type and default; one that may be missing is a union with null."""
    default = custom(found, DEFAULT)
    has_default = has_custom(found, DEFAULT) and _is_default(default, kind)
    if has_custom(found, DEFAULT) and not has_default:
        notes.add(f"{path}.{DEFAULT}", default, "Avro takes no such default of this type")
        default = None
    if kind == "null":
        return {"type": kind, "default": None}
    if found.required or found.primary_key:
        return {"type": kind} | ({"default": default} if has_default else {})
    branches = kind if isinstance(kind, list) else [kind]
    kind = ["null", *branches] if default is None else [*branches, "null"]
    return {"type": kind, "default": default}


def _is_default(default: Any, kind: Any) -> bool:
    """Say whether a value can be the default of a type; of one defined elsewhere nobody knows."""
    field = {"name": "f", "type": kind, "default": default}
    try:
        parse_avro({"type": "record", "name": "R", "fields": [field]}, "default")
    except Invalid as error:
        return "is no type" in error.message
    return True


def avro_type(found: Property, notes: Notes, path: str) -> Any:
    """Write a column's type, without null.

    Args:
        found: the column.
        notes: takes what does not translate.
        path: where the column stands.
    """
    for rule in found.quality:
        if allowed_values(rule) is None or not _symbols(found):
            notes.add(f"{path}.quality", plain(rule), "a rule is no part of a schema")
    if found.logical_type == "object":
        name = _plain_name(path)
        fields = _fields(found.properties, path, notes)
        return {"type": "record", "name": name, "fields": fields}
    if found.logical_type == "array":
        return {"type": "array", "items": _items(found.items, f"{path}[]", notes)}
    symbols = _symbols(found)
    if symbols:
        name = _plain_name(path)
        return {"type": "enum", "name": name, "symbols": symbols}
    return _scalar(found, path, notes)


def _items(items: Property | None, path: str, notes: Notes) -> Any:
    if items is None:
        notes.add(path, None, "items of no type are written as text")
        return "string"
    kept = custom(items, "avroType")
    kind = avro_type(items, notes, path) if kept is None else kept
    if items.required:
        return kind
    return ["null", *(kind if isinstance(kind, list) else [] if kind == "null" else [kind])]


def _symbols(found: Property) -> list[str]:
    """Return the values a text may have, if an enum can have them as symbols."""
    if found.logical_type != "string" or found.logical_type_options:
        return []
    values = next((one for rule in found.quality if (one := allowed_values(rule))), [])
    are_names = all(isinstance(one, str) and NAME.fullmatch(one) for one in values)
    return values if are_names and len(set(map(str, values))) == len(values) else []


def _scalar(found: Property, path: str, notes: Notes) -> Any:
    held = plain(found.options)
    size, zone = held.pop("format", None), held.pop("timezone", None)
    logical = found.logical_type
    sized = DECIMAL.fullmatch(found.physical_type.lower())
    for key, each in held.items():
        notes.add(f"{path}.{key}", each, NO_PLACE)
    if logical == "number" and sized:
        scale = {"scale": int(sized[2])} if sized[2] else {}
        whole = {"type": "bytes", "logicalType": "decimal", "precision": int(sized[1])}
        return whole | scale
    if found.physical_type:
        notes.add(f"{path}.physicalType", found.physical_type, NO_PLACE)
    if logical in ("integer", "number"):
        return _number(logical, size, path, notes)
    pair = LOGICAL.get((logical, zone or None)) if logical else None
    if pair:
        return {"type": pair[0], "logicalType": pair[1]}
    if size == "uuid":
        return {"type": "string", "logicalType": "uuid"}
    if size is not None:
        notes.add(f"{path}.format", size, NO_PLACE)
    if logical == "boolean":
        return "boolean"
    if logical is None:
        notes.add(path, None, "a column of no type is written as text")
    return "string"


def _number(logical: str, size: str | None, path: str, notes: Notes) -> str:
    known = NUMBERS.get(f"{logical} {size}")
    if known is None and size is not None:
        notes.add(f"{path}.format", size, "written as the next larger number")
    small = "int" if size in SMALL else "long"
    return known or (small if logical == "integer" else "double")


def _named(name: str, notes: Notes) -> str:
    """Return a name Avro takes: other signs become `_`."""
    made = _plain_name(name)
    if made != name:
        notes.add(name, made, "Avro's names have letters, digits and '_' only")
    return made


def _plain_name(name: str) -> str:
    made = re.sub(r"[^A-Za-z0-9_]", "_", name.replace("[]", "_item"))
    return made if NAME.fullmatch(made) else f"_{made}"
