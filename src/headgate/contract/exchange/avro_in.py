"""Avro to a contract: a record's fields become columns, a union with null an optional one."""

from __future__ import annotations

from typing import Any

from headgate.contract.compat.avro_types import PRIMITIVES, parse_avro
from headgate.contract.exchange.avro_out import LOGICAL, NUMBERS, avro_type
from headgate.contract.exchange.translating import (
    DEFAULT,
    Imported,
    allowed,
    changed,
    contract_of,
    options,
    properties_of,
)
from headgate.contract.odcs.nouns import LogicalType, Property, SchemaObject
from headgate.core.errors import Invalid
from headgate.core.left_out import Notes

KEPT = "avroType"
"""The custom property that keeps an Avro type a column cannot say, word for word."""
PLAIN: dict[str, LogicalType] = {
    "string": "string",
    "bytes": "string",
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
}
TIMES = {pair: logical for logical, pair in LOGICAL.items()}
FIELD = {"name", "type", "doc", "default", "aliases"}
NO_CLAUSE = "a contract has no such clause"
MAX_DEPTH = 20


def from_avro(plain: Any, name: str) -> Imported:
    """Make a contract of an Avro schema.

    Args:
        plain: the document.
        name: of the contract; its one object is called like the record.

    Raises:
        Invalid: it is no schema of a record.
    """
    root = parse_avro(plain, name)
    if root.kind != "record" or not isinstance(plain, dict) or "fields" not in plain:
        raise Invalid(f"{name} is no schema of a record", mend='give one of "type": "record"')
    reading = _Reading(Notes())
    reading.define(plain)
    held = {"avroNamespace": plain.get("namespace"), "avroAliases": plain.get("aliases")}
    made = SchemaObject(
        name=plain["name"],
        description=_doc(plain),
        properties=tuple(reading.fields(plain, "$", 0)),
        custom_properties=properties_of({key: one for key, one in held.items() if one}),
    )
    known = {"type", "name", "namespace", "doc", "aliases", "fields"}
    reading.notes.rest(plain, known, "$", NO_CLAUSE)
    return Imported(contract_of(name, [made]), reading.notes.all)


class _Reading:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.named: dict[str, dict[str, Any]] = {}
        self.under: list[str] = []

    def define(self, document: dict[str, Any]) -> None:
        """Remember a named type, by its last name."""
        if isinstance(document.get("name"), str):
            self.named[_last(document["name"])] = document

    def fields(self, record: dict[str, Any], path: str, depth: int) -> list[Property]:
        self.under.append(_last(record["name"]))
        made = [self._field(one, f"{path}.{one['name']}", depth) for one in record["fields"]]
        self.under.pop()
        return made

    def _field(self, field: dict[str, Any], path: str, depth: int) -> Property:
        kind, is_optional = _without_null(field["type"])
        made = self.one(kind, path, depth)
        held: dict[str, Any] = {}
        if "default" in field and not (is_optional and field["default"] is None):
            held[DEFAULT] = field["default"]
        if field.get("aliases"):
            held["avroAliases"] = field["aliases"]
        self.notes.rest(field, FIELD, path, NO_CLAUSE)
        return changed(
            made,
            name=field["name"],
            required=not is_optional,
            description=_doc(field),
            custom_properties=(*made.custom_properties, *properties_of(held)),
        )

    def one(self, kind: Any, path: str, depth: int) -> Property:
        """Make a column of a type; what a column cannot say is kept beside it word for word."""
        made = self._made(kind, path, depth)
        if avro_type(made, Notes(), path) == kind:
            return made
        return changed(made, custom_properties=properties_of({KEPT: kind}))

    def _made(self, kind: Any, path: str, depth: int) -> Property:
        if isinstance(kind, dict):
            self.define(kind)
            return self._complex(kind, path, depth)
        if isinstance(kind, str) and kind in PRIMITIVES:
            return _primitive(kind)
        if isinstance(kind, str):
            return self._reference(kind, path, depth)
        self.notes.add(path, kind, f"a column has one type; kept as {KEPT}, not checked")
        return Property()

    def _reference(self, word: str, path: str, depth: int) -> Property:
        known = self.named.get(_last(word))
        if known is None or depth > MAX_DEPTH or _last(word) in self.under:
            self.notes.add(path, word, f"the type holds itself; kept as {KEPT}, not checked")
            return Property(logical_type="object")
        return self._complex(known, path, depth + 1)

    def _complex(self, kind: dict[str, Any], path: str, depth: int) -> Property:
        word = kind["type"]
        if isinstance(kind.get("logicalType"), str) and isinstance(word, str):
            return self._logical(kind, path)
        if kind.get("logicalType"):
            self.notes.add(path, kind, "a logical type is a word, on a type that has a name")
        if word in ("record", "error"):
            inner = () if depth > MAX_DEPTH else tuple(self.fields(kind, path, depth + 1))
            return Property(logical_type="object", properties=inner)
        if word == "enum":
            return Property(logical_type="string", quality=(allowed(kind["symbols"]),))
        if word == "array":
            items, is_optional = _without_null(kind["items"])
            made = self.one(items, f"{path}[]", depth + 1)
            return Property(logical_type="array", items=changed(made, required=not is_optional))
        if word == "map":
            self.notes.add(path, kind, f"a map has no fixed columns; kept as {KEPT}, not checked")
            return Property(logical_type="object")
        if word == "fixed":
            return Property(logical_type="string")
        return self.one(word, path, depth)

    def _logical(self, kind: dict[str, Any], path: str) -> Property:
        word, logical = kind["type"], kind["logicalType"]
        found = TIMES.get((word, logical)) or TIMES.get((word, logical.replace("millis", "micros")))
        if found is not None:
            name, has_zone = found
            return Property(logical_type=name, logical_type_options=options(timezone=has_zone))
        if logical == "decimal" and _is_decimal(kind):
            size = f"decimal({kind.get('precision')},{kind.get('scale', 0)})"
            return Property(logical_type="number", physical_type=size)
        if logical == "uuid" and word == "string":
            return Property(logical_type="string", logical_type_options=options(format="uuid"))
        self.notes.add(path, kind, f"no such logical type; kept as {KEPT}, not checked")
        return _primitive(word) if word in PRIMITIVES else Property(logical_type="string")


def _primitive(word: str) -> Property:
    sizes = {kind: key.rpartition(" ")[2] for key, kind in NUMBERS.items()}
    size = options(format=sizes.get(word))
    return Property(logical_type=PLAIN.get(word), logical_type_options=size)


def _is_decimal(kind: dict[str, Any]) -> bool:
    """Say whether precision and scale are counts that go together, as the specification asks."""
    precision: Any = kind.get("precision")
    scale: Any = kind.get("scale", 0)
    are_counts = all(type(one) is int for one in (precision, scale))
    return are_counts and precision > 0 and 0 <= scale <= precision


def _last(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(".")[2]


def _without_null(kind: Any) -> tuple[Any, bool]:
    """Take null out of a union of two; say whether it was there."""
    if isinstance(kind, list) and "null" in kind:
        rest = [one for one in kind if one != "null"]
        return (rest[0] if len(rest) == 1 else rest), True
    return kind, kind == "null"


def _doc(document: dict[str, Any]) -> str:
    held = document.get("doc", "")
    return held if isinstance(held, str) else ""
