"""JSON Schema put into one form: references followed, allOf merged, types told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from headgate.core.errors import Invalid
from headgate.core.texts import short

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
OF_TYPE = {
    "object": (
        "properties", "required", "additionalProperties", "patternProperties", "minProperties",
        "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies",
        "unevaluatedProperties",
    ),
    "array": (
        "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems",
        "contains", "minContains", "maxContains", "unevaluatedItems",
    ),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
MAPPINGS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
DEPENDENT = ("dependencies", "dependentRequired")
SCHEMAS = ("additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
TIGHTER_UP = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
TIGHTER_DOWN = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
MAX_DEPTH = 60
Schema = dict[str, Any] | bool


class JsonSchema:
    """A document with the references into it.

    Args:
        root: plain data.
        name: what errors call the file.

    Raises:
        Invalid: a keyword holds what it cannot.
    """

    def __init__(self, root: Any, name: str) -> None:
        self.root = root
        self.name = name
        _check(root, name, "#", 0)

    def follow(self, schema: Schema) -> Schema:
        """Return what a schema is once its references are followed and allOf is merged.

        Raises:
            Invalid: a reference leads out of the document, nowhere or round in a circle.
        """
        return self._merged(schema, 0)

    def _merged(self, schema: Schema, depth: int) -> Schema:
        if depth > MAX_DEPTH:
            raise Invalid(f"{self.name}: $ref or allOf goes round in a circle", mend="break it")
        if isinstance(schema, bool) or not ("$ref" in schema or "allOf" in schema):
            return schema
        rest = {key: each for key, each in schema.items() if key not in ("$ref", "allOf")}
        parts: list[Schema] = [self._referred(schema["$ref"])] if "$ref" in schema else []
        parts += schema.get("allOf", [])
        merged: Schema = rest
        for part in parts:
            merged = both(merged, self._merged(part, depth + 1))
        return merged

    def _referred(self, pointer: str) -> Schema:
        if not pointer.startswith("#"):
            raise Invalid(
                f"{self.name}: $ref {short(pointer)} leads out of the document",
                mend="put what it means under $defs and refer to '#/$defs/NAME'",
            )
        found: Any = self.root
        for part in pointer[1:].strip("/").split("/") if pointer.strip("#/") else ():
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            elif isinstance(found, dict) and key in found:
                found = found[key]
            else:
                raise Invalid(
                    f"{self.name}: $ref {short(pointer)} leads nowhere",
                    mend="define it, or mend it",
                )
        if not isinstance(found, (dict, bool)):
            raise Invalid(
                f"{self.name}: $ref {short(pointer)} leads to no schema", mend="refer to a schema"
            )
        return found


def _check(schema: Any, name: str, path: str, depth: int) -> None:
    if depth > MAX_DEPTH or not isinstance(schema, (dict, bool)):
        what = f"{short(schema)} is no schema" if depth <= MAX_DEPTH else "nested too deep"
        raise Invalid(f"{name}: {path}: {what}", mend="write {…}, true or false")
    if isinstance(schema, bool):
        return
    for key, kind, said in _kinds(schema):
        if not isinstance(schema.get(key), kind) or isinstance(schema[key], bool):
            raise Invalid(
                f"{name}: {path}/{key}: {short(schema.get(key))} is no {said}",
                mend=f"write a {said}",
            )
    for key, inner in _inner(schema):
        _check(inner, name, f"{path}/{key}", depth + 1)


def _kinds(schema: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield the keywords that must hold one kind of value."""
    known: dict[str, tuple[Any, str]] = {"$ref": (str, "text"), "pattern": (str, "text")}
    known["enum"] = (list, "list")
    known |= dict.fromkeys((*LISTS, "required"), (list, "list"))
    known |= dict.fromkeys((*MAPPINGS, *DEPENDENT), (dict, "mapping"))
    bounds = (*TIGHTER_UP, *TIGHTER_DOWN, "multipleOf")
    known |= {
        key: ((int, float), "number")
        for key in bounds
        if not (key.startswith("exclusive") and isinstance(schema.get(key), bool))
    }
    for key in schema:
        if key in known:
            kind, said = known[key]
            yield key, kind, said
    if not all(map(_are_texts, [schema.get("required", ()), *_name_lists(schema)])):
        yield "required", (), "list of texts"
    if "type" in schema and not types_named(schema) <= set(TYPES):
        yield "type", (), f"type among {', '.join(TYPES)}"
    if isinstance(schema.get("multipleOf"), (int, float)) and schema["multipleOf"] <= 0:
        yield "multipleOf", (), "number over zero"


def _name_lists(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield the lists of names that must be there where a property is."""
    for key in DEPENDENT:
        held = schema.get(key)
        if isinstance(held, dict):
            yield from (each for each in held.values() if isinstance(each, list))


def _are_texts(names: Any) -> bool:
    return not isinstance(names, (list, tuple)) or all(isinstance(one, str) for one in names)


def types_named(schema: dict[str, Any]) -> set[Any]:
    """Return what stands under `type`, as a set of texts."""
    held = schema["type"]
    return set(map(str, held if isinstance(held, list) else [held]))


def _inner(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in MAPPINGS:
        yield from ((f"{key}/{name}", each) for name, each in schema.get(key, {}).items())
    for key in DEPENDENT:
        held = schema.get(key, {}).items()
        yield from ((f"{key}/{name}", each) for name, each in held if not isinstance(each, list))
    for key in SCHEMAS:
        if key in schema:
            yield key, schema[key]
    for key in LISTS:
        yield from ((f"{key}/{number}", each) for number, each in enumerate(schema.get(key, ())))
    items = schema.get("items", True)
    many = items if isinstance(items, list) else [items]
    yield from ((f"items/{number}", each) for number, each in enumerate(many))


def both(one: Schema, other: Schema) -> Schema:
    """Return a schema that takes what both take, as far as their keywords can be put together."""
    if isinstance(one, bool):
        return other if one else False
    if isinstance(other, bool):
        return one if other else False
    return _both(one, other)


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    clashing: dict[str, Any] = {}
    for key, each in other.items():
        joined = _joined(key, one[key], each) if key in one else each
        if joined is None:
            clashing[key] = each
        else:
            merged[key] = joined
    if clashing:
        merged["allOf"] = [*merged.get("allOf", []), clashing]
    return merged


def _joined(key: str, mine: Any, other: Any) -> Any:
    """Join two values of a keyword; nothing if they cannot be one."""
    if mine == other or key in DESCRIBING:
        return mine
    is_flag = isinstance(mine, bool) or isinstance(other, bool)
    join = None if is_flag and key not in ("type", "enum") else JOINS.get(key)
    return None if join is None else join(mine, other)


def _common_types(mine: Any, other: Any) -> list[Any]:
    known, others = types_named({"type": mine}), types_named({"type": other})
    whole = {"integer"} if "number" in known | others else set[Any]()
    return sorted((known & others) | (whole & (known | others)))


def _each(mine: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys([*mine, *other])
    return {name: both(mine.get(name, True), other.get(name, True)) for name in names}


DESCRIBING = ("title", "description", "default", "examples", "$comment", "$id", "$schema")
JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "type": _common_types,
    "enum": lambda mine, other: [one for one in mine if one in other],
    "required": lambda mine, other: [*mine, *(one for one in other if one not in mine)],
    **dict.fromkeys(TIGHTER_UP, max),
    **dict.fromkeys(TIGHTER_DOWN, min),
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions"), _each),
}
"""How two values of a keyword become one that asks for what both ask."""


def types_of(schema: dict[str, Any]) -> set[str]:
    """Return the types a schema takes; what only keywords tell counts as told.

    >>> sorted(types_of({"minLength": 2})), sorted(types_of({"type": "number"}))
    (['string'], ['integer', 'number'])
    """
    if "type" in schema:
        named = types_named(schema)
        return named | {"integer"} if "number" in named else named
    values = values_of(schema)
    if values is not None:
        return {type_of(value) for value in values}
    told = {kind for kind, keys in OF_TYPE.items() if any(key in schema for key in keys)}
    if not told:
        return set(TYPES)
    return told | {"integer"} if "number" in told else told


def values_of(schema: dict[str, Any]) -> list[Any] | None:
    """Return the only values a schema takes, if it names them."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def type_of(value: Any) -> str:
    """Return the narrowest type of a value.

    >>> type_of(3.0), type_of(True), type_of([])
    ('integer', 'boolean', 'array')
    """
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, (int, float)):
        return "integer" if float(value).is_integer() else "number"
    return {str: "string", list: "array"}.get(type(value), "object")
