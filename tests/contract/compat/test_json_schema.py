"""JSON Schema's compatibility, keyword by keyword; verdicts are those of Confluent's registry."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.compat.json_forms import JsonSchema
from headgate.contract.compat.json_schema import json_breaches
from headgate.core.errors import Invalid

TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}
CLOSED = {"additionalProperties": False}


def paths(reader: Any, writer: Any) -> list[str]:
    found = json_breaches(JsonSchema(reader, "r"), JsonSchema(writer, "w"))
    return [one.path for one in found]


def thing(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more}


def listing(**more: Any) -> dict[str, Any]:
    return {"type": "array", **more}


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (WHOLE, NUMBER),
        (TEXT, {}),
        (TEXT, {"type": ["string", "null"]}),
        ({**TEXT, "minLength": 3}, {**TEXT, "minLength": 2}),
        ({**TEXT, "minLength": 3}, TEXT),
        ({**TEXT, "maxLength": 3}, {**TEXT, "maxLength": 4}),
        ({**TEXT, "pattern": "^a"}, TEXT),
        ({**NUMBER, "minimum": 3}, {**NUMBER, "minimum": 2.5}),
        ({**NUMBER, "exclusiveMinimum": 3}, {**NUMBER, "minimum": 3}),
        ({**NUMBER, "maximum": 3}, {**NUMBER, "exclusiveMaximum": 4}),
        ({**NUMBER, "minimum": 3, "exclusiveMinimum": True}, {**NUMBER, "minimum": 3}),
        ({**NUMBER, "multipleOf": 6}, {**NUMBER, "multipleOf": 1.5}),
        ({**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["a", "b"]}),
        ({"const": 3}, WHOLE),
        ({"enum": ["aa"]}, {**TEXT, "minLength": 2, "pattern": "^a"}),
        (listing(items=WHOLE), listing(items=NUMBER)),
        (listing(items=WHOLE), listing()),
        (listing(minItems=2), listing(minItems=1)),
        (listing(maxItems=2), listing(maxItems=3)),
        (listing(uniqueItems=True), listing()),
        (listing(prefixItems=[WHOLE], items=False), listing(prefixItems=[NUMBER], items=False)),
        (listing(items=[WHOLE], additionalItems=False), listing(items=[WHOLE, TEXT])),
        (thing({"a": WHOLE}), thing({"a": NUMBER})),
        (thing({"a": TEXT}), thing({})),
        (thing({"a": TEXT}, required=["a"]), thing({"a": TEXT})),
        (thing({}, minProperties=2), thing({}, minProperties=1)),
        (thing({}, maxProperties=2), thing({}, maxProperties=3)),
        (thing({"a": TEXT}, **CLOSED), thing({"a": TEXT, "b": NUMBER}, **CLOSED)),
        (thing({"a": TEXT}, **CLOSED), thing({"a": TEXT})),
        (thing({"a": WHOLE}, **CLOSED), thing({}, additionalProperties=NUMBER)),
        (thing({"n_1": WHOLE}, **CLOSED), thing({}, patternProperties={"^n_": NUMBER}, **CLOSED)),
        (thing({}, dependencies={"a": ["b"]}), thing({})),
        (thing({}, dependentRequired={"a": ["b", "c"]}), thing({}, dependentRequired={"a": ["b"]})),
        ({"oneOf": [TEXT]}, {"oneOf": [TEXT, NUMBER]}),
        (TEXT, {"anyOf": [TEXT, NUMBER]}),
        ({"anyOf": [TEXT, NUMBER]}, {"type": ["string", "number"]}),
        ({"allOf": [TEXT, {"maxLength": 3}]}, {**TEXT, "maxLength": 4}),
        ({**TEXT, "maxLength": 3}, {"allOf": [{"maxLength": 4}, TEXT]}),
        ({"not": NUMBER}, {"not": WHOLE}),
        (False, TEXT),
        ({"enum": [True, False]}, {"type": "boolean"}),
    ],
)
@pytest.mark.row("S3-18", part="json-schema")
def test_a_wider_schema_takes_what_a_narrower_one_does_and_not_the_other_way(
    narrow: Any, wide: Any
) -> None:
    assert paths(wide, narrow) == []
    assert paths(narrow, wide) != [] or narrow == {"enum": [True, False]}


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (thing({"a": TEXT}), thing({"a": TEXT, "b": NUMBER}), ["$.b"]),
        (thing({"a": TEXT}), thing({"a": TEXT, "b": {}}), []),
        (thing({}, **CLOSED), thing({"b": TEXT}, required=["b"], **CLOSED), ["$.b"]),
        (
            thing({}, **CLOSED),
            thing({"b": {**TEXT, "default": "x"}}, required=["b"], **CLOSED),
            [],
        ),
        (thing({}, additionalProperties=TEXT), thing({"b": NUMBER}), ["$.b"]),
        (thing({"a": TEXT, "b": TEXT}, **CLOSED), thing({"a": TEXT}, **CLOSED), ["$.b"]),
        ({"type": "object"}, {"type": "array"}, ["$"]),
        ({**TEXT, "pattern": "a"}, {**TEXT, "pattern": "b"}, ["$.pattern"]),
        ({**TEXT, "format": "date"}, {**TEXT, "format": "email", "title": "t"}, []),
        (thing({"a": thing({"b": NUMBER})}), thing({"a": thing({"b": WHOLE})}), ["$.a.b"]),
        (listing(items=NUMBER), listing(items=WHOLE), ["$[]"]),
        (TEXT, {**TEXT, "contains": {}}, ["$.contains"]),
    ],
)
@pytest.mark.row("S3-18", part="json-schema")
def test_a_property_may_be_added_where_nothing_could_stand_before(
    old: Any, new: Any, where: list[str]
) -> None:
    assert paths(new, old) == where


def tree(leaf: dict[str, Any]) -> dict[str, Any]:
    node = thing({"value": leaf, "next": {"$ref": "#/$defs/node"}}, **CLOSED)
    return {"$ref": "#/$defs/node", "$defs": {"node": node}}


def test_schemas_that_hold_themselves_are_compared_once() -> None:
    assert paths(tree(NUMBER), tree(WHOLE)) == []
    assert "$.value" in paths(tree(WHOLE), tree(NUMBER))


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"$ref": "other.json"}, "leads out of the document"),
        ({"$ref": "#/$defs/x"}, "leads nowhere"),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"$ref": "#/$defs/x"}}}, "round in a circle"),
        ({"$ref": "#/enum", "enum": [1]}, "leads to no schema"),
        ({"type": "text"}, "is no type among"),
        ({"type": 5}, "is no type among"),
        ({"minLength": "3"}, "is no number"),
        ({"multipleOf": 0}, "is no number over zero"),
        ({"required": "a"}, "is no list"),
        ({"required": [[1]]}, "is no list of texts"),
        ({"dependencies": {"a": [1]}}, "is no list of texts"),
        ({"properties": []}, "is no mapping"),
        ({"properties": {"a": 5}}, "#/properties/a: 5 is no schema"),
        ({"additionalProperties": "no"}, "is no schema"),
        ({"enum": 5}, "is no list"),
        ([], "is no schema"),
    ],
)
def test_a_schema_that_is_none_is_told(schema: Any, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        paths(schema, TEXT)

    assert told in caught.value.message


def entangled(leaf: dict[str, Any]) -> dict[str, Any]:
    defined: dict[str, Any] = {}
    for number in range(12):
        names = [{"$ref": f"#/$defs/n{(number + step) % 12}"} for step in range(1, 12)]
        defined[f"n{number}"] = thing({"a": {"anyOf": names}, "b": leaf})
    return {"$ref": "#/$defs/n0", "$defs": defined}


def test_schemas_too_entangled_to_be_compared_are_no_match() -> None:
    assert paths(entangled(WHOLE), entangled(NUMBER))
