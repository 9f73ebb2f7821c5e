"""Whether a JSON Schema takes one value: what is needed to compare enums with anything."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from headgate.contract.compat.json_forms import JsonSchema, Schema, type_of, types_of, values_of
from headgate.contract.compat.json_parts import at, facets, items_of, matches


def takes(document: JsonSchema, schema: Schema, value: Any) -> bool:
    """Say whether a schema takes a value.

    Args:
        document: where the schema's references lead.
        schema: the schema.
        value: plain data.
    """
    schema = document.follow(schema)
    if isinstance(schema, bool):
        return schema
    named = values_of(schema)
    if named is not None and not any(_same(value, one) for one in named):
        return False
    if type_of(value) not in types_of(schema):
        return False
    if not _combined(document, schema, value):
        return False
    return _within(schema, value) and _inside(document, schema, value)


def _combined(document: JsonSchema, schema: dict[str, Any], value: Any) -> bool:
    one_of = [takes(document, each, value) for each in schema.get("oneOf", ())]
    return (
        all(takes(document, each, value) for each in schema.get("allOf", ()))
        and ("anyOf" not in schema or any(takes(document, e, value) for e in schema["anyOf"]))
        and ("oneOf" not in schema or one_of.count(True) == 1)
        and ("not" not in schema or not takes(document, schema["not"], value))
    )


def _within(schema: dict[str, Any], value: Any) -> bool:
    """Compare the value's own measures as if they were a schema's bounds."""
    kind = type_of(value)
    if kind in ("integer", "number"):
        exact: dict[str, Any] = {"minimum": value, "maximum": value}
        step = schema.get("multipleOf")
        is_step = step is None or (Fraction(str(value)) / Fraction(str(step))).denominator == 1
        bare = {key: each for key, each in schema.items() if key != "multipleOf"}
        return is_step and not list(facets(bare, exact, "", {kind}))
    if kind not in ("string", "array", "object"):
        return True
    noun = {"string": "Length", "array": "Items", "object": "Properties"}[kind]
    sized: dict[str, Any] = {f"min{noun}": len(value), f"max{noun}": len(value)}
    if kind == "string" and "pattern" in schema and matches(schema["pattern"], value):
        sized["pattern"] = schema["pattern"]
    if kind == "array" and all(value.count(one) == 1 for one in value):
        sized["uniqueItems"] = schema.get("uniqueItems")
    return not list(facets(schema, sized, "", {kind}))


def _inside(document: JsonSchema, schema: dict[str, Any], value: Any) -> bool:
    if isinstance(value, dict):
        return set(schema.get("required", ())) <= set(value) and all(
            takes(document, at(schema, name), each) for name, each in value.items()
        )
    if isinstance(value, list):
        first, rest = items_of(schema)
        return all(
            takes(document, first[number] if number < len(first) else rest, each)
            for number, each in enumerate(value)
        )
    return True


def _same(value: Any, other: Any) -> bool:
    return type_of(value) == type_of(other) and value == other
