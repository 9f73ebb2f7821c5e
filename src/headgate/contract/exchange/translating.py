"""What every translation shares: what it gives, and the pieces contracts are made of."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, NamedTuple

import msgspec

from headgate.contract.odcs.nouns import (
    VERSION,
    Contract,
    CustomProperty,
    Element,
    LogicalType,
    Property,
    Rule,
    SchemaObject,
    TypeOptions,
)
from headgate.core.errors import Invalid
from headgate.core.left_out import LeftOut, Notes

DEFAULT = "default"
"""The custom property that says what stands for a value that is missing."""
WORDS: dict[LogicalType, tuple[str, ...]] = {
    "integer": ("int", "bigint", "smallint", "tinyint", "long", "uint", "serial"),
    "number": ("float", "double", "decimal", "numeric", "real", "number"),
    "boolean": ("bool", "boolean", "bit"),
    "timestamp": ("timestamp", "datetime"),
    "date": ("date",),
    "time": ("time",),
    "string": ("str", "string", "text", "varchar", "char", "object", "utf8", "uuid", "category"),
    "array": ("array", "list"),
    "object": ("struct", "record", "dict", "json", "map"),
}


class Imported(NamedTuple):
    """A contract made of another format.

    Args:
        contract: what translated.
        left_out: what did not.
    """

    contract: Contract
    left_out: tuple[LeftOut, ...]


class Exported(NamedTuple):
    """A contract in another format.

    Args:
        document: plain data of that format.
        left_out: what did not translate.
    """

    document: Any
    left_out: tuple[LeftOut, ...]


def contract_of(name: str, objects: list[SchemaObject], **more: Any) -> Contract:
    """Make a draft of a contract; it is nobody's yet."""
    return Contract(
        api_version=VERSION,
        kind="DataContract",
        id=name,
        version="1.0.0",
        status="draft",
        schema=tuple(objects),
        **more,
    )


def custom(element: Element | Contract, name: str) -> Any:
    """Return the value of a custom property; nothing if there is none."""
    return next((one.value for one in element.custom_properties if one.property == name), None)


def has_custom(element: Element, name: str) -> bool:
    """Say whether there is a custom property of a name."""
    return any(one.property == name for one in element.custom_properties)


def properties_of(held: dict[str, Any]) -> tuple[CustomProperty, ...]:
    """Make custom properties of names and values."""
    return tuple(CustomProperty(property=name, value=value) for name, value in held.items())


def options(**held: Any) -> TypeOptions | None:
    """Make the options of a type; nothing where none is given."""
    given = {name: value for name, value in held.items() if value is not None}
    return TypeOptions(**given) if given else None


def allowed(values: list[Any], **more: Any) -> Rule:
    """Make the rule that a column holds these values alone."""
    return Rule(metric="invalidValues", arguments={"validValues": values}, must_be=0, **more)


def allowed_values(rule: Rule) -> list[Any] | None:
    """Return the values a rule allows, if that is all it says."""
    held = rule.arguments.get("validValues")
    is_plain = rule.metric == "invalidValues" and rule.operator == ("mustBe", 0)
    return held if is_plain and isinstance(held, list) and len(rule.arguments) == 1 else None


def foreign(engine: str, implementation: dict[str, Any], **more: Any) -> Rule:
    """Make a rule that only the tool it came from checks."""
    return Rule(type="custom", engine=engine, implementation=implementation, **more)


def logical_of(word: str) -> LogicalType | None:
    """Tell the logical type from a type's name in a database or a library.

    >>> logical_of("VARCHAR(20)"), logical_of("datetime64[ns]"), logical_of("Int64")
    ('string', 'timestamp', 'integer')
    """
    plain = word.strip().lower().replace("_type", "").removeprefix("numpy.")
    bare = "".join(sign for sign in plain.partition("(")[0].partition("[")[0] if sign.isalpha())
    for logical, words in WORDS.items():
        if bare in words:
            return logical
    return next(
        (logical for logical, words in WORDS.items() if bare.startswith(words) and bare), None
    )


def sole_object(contract: Contract, what: str) -> SchemaObject:
    """Return the object that a contract is about.

    Args:
        contract: the contract.
        what: what can be about one object only, such as a suite.

    Raises:
        Invalid: it has no object, or several.
    """
    if len(contract.schema) != 1:
        raise Invalid(
            f"{contract.id} is about {len(contract.schema)} objects and a {what} about one",
            mend="split the contract",
        )
    return contract.schema[0]


def note_custom(found: Property, known: Container[str], path: str, notes: Notes, why: str) -> None:
    """Note the custom properties of a column that were not used."""
    for one in found.custom_properties:
        if one.property not in known:
            notes.add(f"{path}.customProperties", one.property, why)


def sole_key(found: SchemaObject) -> str:
    """Return the column that alone is the primary key, and so unique; empty if none is."""
    keys = [one.name for one in found.properties if one.primary_key]
    return keys[0] if len(keys) == 1 else ""


def changed(element: Property, **more: Any) -> Property:
    """Return a column with some of its fields set."""
    return msgspec.structs.replace(element, **more)
