"""Says where a value is not what a schema of the OpenAPI document allows."""

from __future__ import annotations

from typing import Any

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def misfits(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    """Say where a value is not what a schema of JSON Schema 2020-12 allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return misfits(value, root["components"]["schemas"][name], root, place)
    if "anyOf" in schema:
        tried = [misfits(value, each, root, place) for each in schema["anyOf"]]
        return [] if not all(tried) else tried[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{place}: {value!r} is not in the enum"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    fits = [kind for kind in kinds if isinstance(value, TYPES[kind])]
    if kinds and (not fits or (isinstance(value, bool) and "boolean" not in kinds)):
        return [f"{place}: {value!r} is no {' or '.join(kinds)}"]
    return [*of_object(value, schema, root, place), *of_array(value, schema, root, place)]


def of_object(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    found = [
        f"{place}: {name} is missing" for name in schema.get("required", []) if name not in value
    ]
    if known and "additionalProperties" not in schema:
        found += [f"{place}: {name} is not described" for name in value if name not in known]
    other = schema.get("additionalProperties")
    for name, each in value.items():
        wanted = known.get(name, other if isinstance(other, dict) else {})
        found += misfits(each, wanted, root, f"{place}.{name}")
    return found


def of_array(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    wanted = schema.get("items")
    if not isinstance(value, list) or not isinstance(wanted, dict):
        return []
    return [
        found
        for n, each in enumerate(value)
        for found in misfits(each, wanted, root, f"{place}[{n}]")
    ]
