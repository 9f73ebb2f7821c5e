"""JSON Schemas put together, and single values tried against them."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.compat.json_forms import JsonSchema, both, type_of, types_of
from headgate.contract.compat.json_parts import matches
from headgate.contract.compat.json_values import takes
from headgate.core.errors import Invalid


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (True, {"minimum": 1}, {"minimum": 1}),
        ({"minimum": 1}, True, {"minimum": 1}),
        (False, {"minimum": 1}, False),
        ({"minimum": 1}, False, False),
        ({"minimum": 1}, {"minimum": 2}, {"minimum": 2}),
        ({"maxLength": 1}, {"maxLength": 2}, {"maxLength": 1}),
        ({"type": "number"}, {"type": "integer"}, {"type": ["integer"]}),
        ({"type": "string"}, {"type": ["string", "null"]}, {"type": ["string"]}),
        ({"type": "string"}, {"type": "null"}, {"type": []}),
        ({"enum": [1, 2]}, {"enum": [2, 3]}, {"enum": [2]}),
        ({"required": ["a"]}, {"required": ["a", "b"]}, {"required": ["a", "b"]}),
        ({"title": "a"}, {"title": "b"}, {"title": "a"}),
        (
            {"properties": {"a": {"minimum": 1}}},
            {"properties": {"a": {"maximum": 2}, "b": True}},
            {"properties": {"a": {"minimum": 1, "maximum": 2}, "b": True}},
        ),
        ({"pattern": "a"}, {"pattern": "b"}, {"pattern": "a", "allOf": [{"pattern": "b"}]}),
        (
            {"minimum": 1, "exclusiveMinimum": True},
            {"exclusiveMinimum": 2},
            {"minimum": 1, "exclusiveMinimum": True, "allOf": [{"exclusiveMinimum": 2}]},
        ),
    ],
)
def test_two_schemas_become_one_that_takes_what_both_take(
    one: Any, other: Any, together: Any
) -> None:
    assert both(one, other) == together


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"const": 1}, [1, 1.0], [True, 2]),
        ({"type": "integer"}, [1, 2.0], [1.5, "1", True]),
        ({"multipleOf": 0.5}, [1, 1.5], [1.2]),
        ({"minimum": 1, "exclusiveMaximum": 2}, [1, 1.9], [0, 2]),
        ({"minLength": 2, "pattern": "^a"}, ["ab"], ["a", "ba"]),
        ({"uniqueItems": True, "maxItems": 2}, [[1, 2]], [[1, 1], [1, 2, 3]]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [["a"], []], [[1], ["a", 2]]),
        ({"required": ["a"], "additionalProperties": False}, [], [{}, {"a": 1}]),
        ({"properties": {"a": {"type": "string"}}}, [{"a": "x"}, {"b": 1}], [{"a": 1}]),
        ({"oneOf": [{"minimum": 1}, {"maximum": 3}]}, [0, 4], [2]),
        ({"anyOf": [{"type": "null"}, {"enum": ["a"]}]}, [None, "a"], ["b", 0]),
        ({"not": {"type": "string"}}, [1], ["a"]),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "null"}}}, [None], [0]),
    ],
)
def test_a_value_is_taken_or_not(schema: Any, good: list[Any], bad: list[Any]) -> None:
    document = JsonSchema(schema, "s")

    assert [one for one in good if not takes(document, schema, one)] == []
    assert [one for one in bad if takes(document, schema, one)] == []


def test_what_only_keywords_tell_of_a_type_counts_as_told() -> None:
    assert types_of({"properties": {}}) == {"object"}
    assert types_of({"multipleOf": 2, "minLength": 1}) == {"number", "integer", "string"}
    assert types_of({"enum": [1, "a"]}) == {"integer", "string"}
    assert len(types_of({})) == 7
    assert [type_of(one) for one in (None, False, 1.5, {})] == [
        *("null", "boolean", "number", "object")
    ]


def test_a_pattern_that_is_none_is_found_nowhere() -> None:
    assert not matches("([", "([")
    assert matches("^a", "ab")


def test_a_schema_nested_too_deep_is_told() -> None:
    schema: dict[str, Any] = {}
    for _ in range(70):
        schema = {"items": schema}

    with pytest.raises(Invalid, match="nested too deep"):
        JsonSchema(schema, "s")
