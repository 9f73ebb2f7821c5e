"""The parts of two JSON Schemas that must be compared: bounds, properties, items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from headgate.contract.compat.breaches import Breach
from headgate.contract.compat.json_forms import Schema, both
from headgate.core.texts import short

Pair = tuple[Schema, Schema, str]
COUNTS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
MAX_TEXT = 500
NO_DEFAULT = "the reader requires it, the writer may leave it out, and it has no default"


def facets(
    reader: dict[str, Any], writer: dict[str, Any], path: str, types: set[str]
) -> Iterator[Breach]:
    """Yield where the reader's bounds are narrower than the writer's.

    Args:
        reader: its schema in one form.
        writer: its schema in one form.
        path: where they stand.
        types: what the writer may send.
    """
    for kind, (least, most) in COUNTS.items():
        if kind in types:
            yield from _bound(reader, writer, path, least)
            yield from _bound(reader, writer, path, most)
    if types & {"integer", "number"}:
        yield from _range(reader, writer, path)
        yield from _step(reader, writer, path, is_whole="number" not in types)
    for kind, key in (("string", "pattern"), ("array", "uniqueItems")):
        if kind in types and reader.get(key) and reader[key] != writer.get(key):
            why = f"the reader demands {key}, the writer keeps another or none"
            yield Breach(f"{path}.{key}", short(writer.get(key)), short(reader[key]), why)


def _bound(reader: dict[str, Any], writer: dict[str, Any], path: str, key: str) -> Iterator[Breach]:
    is_lower = key.startswith("min")
    mine, theirs = reader.get(key), writer.get(key, 0 if is_lower else None)
    if mine is None or (is_lower and mine <= 0):
        return
    if theirs is None or (theirs < mine if is_lower else theirs > mine):
        why = f"the writer may send {'fewer' if is_lower else 'more'}"
        yield Breach(f"{path}.{key}", short(writer.get(key)), short(mine), why)


def _range(reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[Breach]:
    for key, sign in (("minimum", -1), ("maximum", 1)):
        mine, theirs = _limit(reader, key, sign), _limit(writer, key, sign)
        if mine is not None and (theirs is None or theirs > mine):
            why = f"the writer may send {'lower' if sign < 0 else 'higher'} numbers"
            yield Breach(f"{path}.{key}", _limits(writer, key), _limits(reader, key), why)


def _limit(schema: dict[str, Any], key: str, sign: int) -> tuple[Fraction, bool] | None:
    """Return a bound so that a wider one compares as greater: outwards, closed over open."""
    exclusive = schema.get(f"exclusive{key.capitalize()}")
    found: list[tuple[Fraction, bool]] = []
    if key in schema:
        found.append((sign * Fraction(str(schema[key])), exclusive is not True))
    if exclusive is not None and not isinstance(exclusive, bool):
        found.append((sign * Fraction(str(exclusive)), False))
    return min(found) if found else None


def _limits(schema: dict[str, Any], key: str) -> str:
    exclusive = f"exclusive{key.capitalize()}"
    held = [f"{name} {short(schema[name])}" for name in (key, exclusive) if name in schema]
    return ", ".join(held) or "nothing"


def _step(
    reader: dict[str, Any], writer: dict[str, Any], path: str, *, is_whole: bool
) -> Iterator[Breach]:
    if "multipleOf" not in reader:
        return
    mine = Fraction(str(reader["multipleOf"]))
    theirs = Fraction(str(writer["multipleOf"])) if "multipleOf" in writer else None
    if theirs is None and is_whole:
        theirs = Fraction(1)
    if theirs is None or (theirs / mine).denominator != 1:
        held = short(writer.get("multipleOf"))
        yield Breach(
            f"{path}.multipleOf", held, short(reader["multipleOf"]), "the writer steps otherwise"
        )


def object_parts(
    reader: dict[str, Any], writer: dict[str, Any], path: str, found: list[Breach]
) -> Iterator[Pair]:
    """Yield the pairs of schemas that stand for the same properties; note what is required anew."""
    for name in reader.get("required", ()):
        mine = reader.get("properties", {}).get(name)
        has_default = isinstance(mine, dict) and "default" in mine
        if name not in writer.get("required", ()) and not has_default:
            found.append(Breach(f"{path}.{name}", "optional", "required", NO_DEFAULT))
    names = dict.fromkeys([*reader.get("properties", {}), *writer.get("properties", {})])
    for name in names:
        yield at(reader, name), at(writer, name), f"{path}.{name}"
    rest = (reader.get("additionalProperties", True), writer.get("additionalProperties", True))
    theirs = writer.get("patternProperties", {})
    for pattern, schema in theirs.items():
        mine = reader.get("patternProperties", {}).get(pattern, rest[0])
        yield mine, schema, f"{path}./{pattern}/"
    for pattern, schema in reader.get("patternProperties", {}).items():
        if pattern not in theirs:
            yield schema, rest[1], f"{path}./{pattern}/"
    yield rest[0], rest[1], f"{path}.*"


def at(schema: dict[str, Any], name: str) -> Schema:
    """Return what a schema demands of a property, named or not.

    Args:
        schema: of an object.
        name: the property's name.
    """
    found: list[Schema] = []
    if name in schema.get("properties", {}):
        found.append(schema["properties"][name])
    for pattern, inner in schema.get("patternProperties", {}).items():
        if matches(pattern, name):
            found.append(inner)
    if not found:
        return schema.get("additionalProperties", True)
    together = found[0]
    for each in found[1:]:
        together = both(together, each)
    return together


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text; one that is no pattern is found nowhere."""
    try:
        return bool(re.search(pattern, text[:MAX_TEXT]))
    except (re.error, RecursionError, OverflowError):
        return False


def array_parts(reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[Pair]:
    """Yield the pairs of schemas that stand for the same items."""
    (mine, my_rest), (theirs, their_rest) = items_of(reader), items_of(writer)
    for number in range(max(len(mine), len(theirs))):
        inner = mine[number] if number < len(mine) else my_rest
        other = theirs[number] if number < len(theirs) else their_rest
        yield inner, other, f"{path}[{number}]"
    most = writer.get("maxItems")
    if most is None or most > max(len(mine), len(theirs)):
        yield my_rest, their_rest, f"{path}[]"


def items_of(schema: dict[str, Any]) -> tuple[list[Schema], Schema]:
    """Return what a schema demands of the first items, one by one, and of all that follow."""
    items = schema.get("items", True)
    if isinstance(items, list):
        return items, schema.get("additionalItems", True)
    if "items" not in schema and "prefixItems" not in schema:
        return [], schema.get("additionalItems", True)
    return schema.get("prefixItems", []), items
