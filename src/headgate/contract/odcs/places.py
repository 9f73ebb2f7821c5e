"""Where the clauses of a contract stand in its file, by the names that checks give their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.spine.documents import Mark
from headgate.spine.problems import clause

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.spine.documents import Node

KEYS = {
    "logicalType": ("logicalType",),
    "required": ("required",),
    "unique": ("unique",),
    "primaryKey": ("primaryKey",),
    "range": ("minimum", "maximum"),
    "exclusive_range": ("exclusiveMinimum", "exclusiveMaximum"),
    "length": ("minLength", "maxLength"),
    "pattern": ("pattern",),
    "relationship": ("relationships",),
}
"""Keys at which a rule of this name may stand, at the property or among its options."""
LEVELS = "slaProperties"
QUALITY = "quality."
NAMES = ("id", "name", "metric", "type")
"""What a quality rule is called by, the first that it has."""


def place_of(root: Node, about: str, rule: str) -> Mark:
    """Return where the clause of a rule stands; the nearest thing around it if it is not found.

    Args:
        root: the contract's document.
        about: the name of its object.
        rule: the rule's name, such as `age.range`, or a path such as `orders.age.maximum`.
    """
    found = _named(root, "schema", about) or root
    rule = rule.removeprefix(f"{about}.")
    best = found
    property_, rest = _property(found, rule)
    if property_ is not None:
        best = property_
    mark = _clause(best, rest)
    return mark or best.mark


def level_places(root: Node) -> dict[str, Mark]:
    """Return where the service levels of a contract stand, by clause: `slaProperties[0]`."""
    levels = _items(root, LEVELS)
    return {clause((LEVELS, number)): one.mark for number, one in enumerate(levels)}


def _property(node: Node, rule: str) -> tuple[Node | None, str]:
    """Find the property whose name a rule begins with, the longest, with what is left of it."""
    best: tuple[Node | None, str] = (None, rule)
    longest = -1
    for one in _items(node, "properties"):
        name = _text(one, "name")
        if (rule == name or rule.startswith(f"{name}.")) and len(name) > longest:
            inner, left = _property(one, rule[len(name) + 1 :])
            best, longest = (inner or one, left), len(name)
    return best


def _clause(node: Node, rest: str) -> Mark | None:
    """Find what is left of a rule's name among the clauses of an object or property."""
    if rest.startswith(QUALITY):
        return _quality(node, rest.removeprefix(QUALITY))
    first = rest.partition(".")[0]
    options = node.value.get("logicalTypeOptions")
    for key in (*KEYS.get(first, ()), first):
        if key in node.keys and key != "name":
            return node.keys[key]
        if options is not None and key in options.keys:
            return options.keys[key]
    if first == "primaryKey":
        keys = [
            one.keys["primaryKey"] for one in _items(node, "properties") if "primaryKey" in one.keys
        ]
        return keys[0] if keys else None
    return _quality(node, rest)


def _quality(node: Node, name: str) -> Mark | None:
    """Find a quality rule; one of several with the same name bears a number behind it."""
    plain, dot, number = name.rpartition(".")
    nth = int(number) if dot and number.isdigit() else 1
    wanted = plain if nth > 1 else name
    alike = [one for one in _items(node, "quality") if _called(one) == wanted]
    return alike[nth - 1].mark if len(alike) >= nth else None


def _called(node: Node) -> str:
    return next((_text(node, key) for key in NAMES if _text(node, key)), "library")


def _named(node: Node, key: str, name: str) -> Node | None:
    for one in _items(node, key):
        if name in (_text(one, "name"), _text(one, "physicalName")):
            return one
    return None


def _items(node: Node, key: str) -> Iterable[Node]:
    held = node.value.get(key) if isinstance(node.value, dict) else None
    many = held.value if held is not None and isinstance(held.value, list) else []
    return [one for one in many if isinstance(one.value, dict)]


def _text(node: Node, key: str) -> str:
    held = node.value.get(key)
    return held.value if held is not None and isinstance(held.value, str) else ""
