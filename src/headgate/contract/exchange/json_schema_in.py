"""JSON Schema to a contract: an object's properties become columns."""

from __future__ import annotations

from typing import Any

from headgate.contract.compat.json_forms import JsonSchema, types_named
from headgate.contract.exchange.translating import (
    DEFAULT,
    Imported,
    allowed,
    changed,
    contract_of,
    has_custom,
    options,
    properties_of,
)
from headgate.contract.odcs.nouns import (
    CustomProperty,
    LogicalType,
    Property,
    SchemaObject,
    TypeOptions,
)
from headgate.core.errors import Invalid
from headgate.core.left_out import Notes

FORMATS: dict[str, LogicalType] = {"date": "date", "date-time": "timestamp", "time": "time"}
LENGTHS = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
}
COUNTS = {"minItems": "min_items", "maxItems": "max_items", "uniqueItems": "unique_items"}
SIZES = {"minProperties": "min_properties", "maxProperties": "max_properties"}
OPTIONS: dict[str, dict[str, str]] = {
    "string": LENGTHS,
    "integer": BOUNDS,
    "number": BOUNDS,
    "array": COUNTS,
    "object": SIZES,
}
SHARED = {
    "type", "title", "description", "default", "enum", "const", "examples", "format", "properties",
    "required", "items", "$schema", "$id", "$defs", "definitions", "$comment", "$ref",
}  # fmt: skip
NULLABLE = "nullable"
"""Marks a column that may be null until it is known whether it is required."""
NO_CLAUSE = "a contract has no such clause"
MAX_DEPTH = 20


def from_json_schema(plain: Any, name: str) -> Imported:
    """Make a contract of a JSON Schema.

    Args:
        plain: the document.
        name: of the contract and its one object, unless the schema has a title.

    Raises:
        Invalid: it is no schema of an object.
    """
    document, notes = JsonSchema(plain, name), Notes()
    schema = document.follow(plain)
    if isinstance(schema, bool) or "object" not in types_named({"type": "object"} | schema):
        raise Invalid(f"{name} is no schema of an object", mend="give one with properties")
    columns = _Columns(document, notes)
    made = SchemaObject(
        name=name,
        description=schema.get("description", ""),
        business_name=schema.get("title", ""),
        properties=tuple(columns.of(schema, "#", 0)),
    )
    notes.rest(schema, SHARED - {"enum", "const", "default", "format", "items"}, "#", NO_CLAUSE)
    if columns.optional:
        why = "in a contract a column that may be missing may be null"
        notes.add("#", f"no null in {', '.join(columns.optional)}", why)
    return Imported(contract_of(name, [made]), notes.all)


class _Columns:
    def __init__(self, document: JsonSchema, notes: Notes) -> None:
        self.document = document
        self.notes = notes
        self.optional: list[str] = []
        self.under: list[str] = []

    def of(self, schema: dict[str, Any], path: str, depth: int) -> list[Property]:
        required = schema.get("required", [])
        made: list[Property] = []
        for name, inner in schema.get("properties", {}).items():
            where = f"{path}/{name}"
            found = self.one(inner, where, depth + 1)
            is_nullable = has_custom(found, NULLABLE)
            if name in required and is_nullable:
                self.notes.add(where, "required, but null", "a required column is never null")
            elif name not in required and not is_nullable:
                self.optional.append(name)
            is_required = name in required and not is_nullable
            kept = _without_null(found)
            made.append(changed(found, name=name, required=is_required, custom_properties=kept))
        for name in required:
            if name not in schema.get("properties", {}):
                self.notes.add(path, f"required {name}", "it is no property")
        return made

    def one(self, inner: Any, path: str, depth: int) -> Property:
        pointer = inner.get("$ref") if isinstance(inner, dict) else None
        if pointer is None:
            return self._one(inner, path, depth)
        if pointer in self.under:
            self.notes.add(path, inner, "the schema holds itself")
            return Property()
        self.under.append(pointer)
        made = self._one(inner, path, depth)
        self.under.pop()
        return made

    def _one(self, inner: Any, path: str, depth: int) -> Property:
        schema = self.document.follow(inner)
        if isinstance(schema, bool) or depth > MAX_DEPTH:
            self.notes.add(path, inner, "nothing to say of it, or nested too deep")
            return Property()
        named = types_named(schema) if "type" in schema else set[str]()
        kinds = sorted(named - {"null"})
        if len(kinds) != 1:
            what = schema.get("type", {key: schema[key] for key in schema if key not in SHARED})
            if what:
                self.notes.add(path, what, "a column has one type")
            kind = ""
        else:
            (kind,) = kinds
        return self._made(schema, kind, path, depth, is_nullable="null" in named)

    def _made(
        self, schema: dict[str, Any], kind: str, path: str, depth: int, *, is_nullable: bool
    ) -> Property:
        form = schema.get("format")
        if not isinstance(form, str | None):
            self.notes.add(f"{path}/format", form, "a format is a word")
            form = None
        logical: Any = FORMATS.get(form or "", kind) if kind == "string" else kind
        known = OPTIONS.get(logical, {})
        held = {field: schema.get(key) for key, field in known.items()}
        if logical == "string" and form:
            held["format"] = form
        self.notes.rest(schema, SHARED | set(known), path, NO_CLAUSE)
        examples = schema.get("examples", [])
        if not isinstance(examples, list):
            self.notes.add(f"{path}/examples", examples, "examples are a list")
            examples = []
        custom = {DEFAULT: schema["default"]} if "default" in schema else {}
        custom |= {NULLABLE: True} if is_nullable else {}
        return Property(
            logical_type=logical or None,
            logical_type_options=_options(held),
            description=schema.get("description", ""),
            business_name=schema.get("title", ""),
            examples=tuple(examples),
            quality=tuple(_values(schema, is_nullable=is_nullable)),
            custom_properties=properties_of(custom),
            properties=tuple(self.of(schema, path, depth)) if logical == "object" else (),
            items=self._items(schema, path, depth) if logical == "array" else None,
        )

    def _items(self, schema: dict[str, Any], path: str, depth: int) -> Property | None:
        items = schema.get("items")
        if isinstance(items, list):
            self.notes.add(f"{path}/items", items, "items of one type only")
            return None
        if items is None or isinstance(items, bool):
            return None
        found = self.one(items, f"{path}/items", depth + 1)
        return changed(found, custom_properties=_without_null(found))


def _without_null(found: Property) -> tuple[CustomProperty, ...]:
    return tuple(one for one in found.custom_properties if one.property != NULLABLE)


def _options(held: dict[str, Any]) -> TypeOptions | None:
    """Make options of bounds; older drafts say of a bound with true that it is left out."""
    for bound in ("minimum", "maximum"):
        if isinstance(held.get(f"exclusive_{bound}"), bool):
            is_open = held.pop(f"exclusive_{bound}")
            if is_open and held.get(bound) is not None:
                held[f"exclusive_{bound}"] = held.pop(bound)
    counts = ("min_length", "max_length", "min_items", "max_items", *SIZES.values())
    for key in counts:
        if isinstance(held.get(key), float):
            held[key] = int(held[key])
    return options(**held)


def _values(schema: dict[str, Any], *, is_nullable: bool) -> list[Any]:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values is None:
        return []
    return [allowed([one for one in values if one is not None or not is_nullable])]
