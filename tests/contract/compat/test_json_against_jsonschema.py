"""Our verdict on JSON Schemas against jsonschema: what the old one takes, the new one takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from headgate.contract.compat.json_forms import JsonSchema
from headgate.contract.compat.json_schema import json_breaches
from headgate.contract.compat.json_values import takes

NAMES = st.sampled_from("ab")


def some(**keywords: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keywords)


NUMBERS = some(
    minimum=st.integers(0, 4),
    maximum=st.integers(2, 6),
    exclusiveMinimum=st.integers(0, 3),
    exclusiveMaximum=st.integers(3, 7),
    multipleOf=st.sampled_from([1, 2, 0.5]),
)
TEXTS = some(
    minLength=st.integers(0, 2),
    maxLength=st.integers(1, 4),
    pattern=st.sampled_from(["^a", "b$"]),
)
LEAVES = st.one_of(
    st.tuples(st.sampled_from(["integer", "number"]), NUMBERS).map(
        lambda one: {"type": one[0], **one[1]}
    ),
    TEXTS.map(lambda one: {"type": "string", **one}),
    st.lists(st.sampled_from([1, 2, "a", "ab", None]), min_size=1, max_size=3, unique=True).map(
        lambda values: {"enum": values}
    ),
    st.just({"type": ["string", "null"]}),
    st.just({}),
)


def things(inner: Any) -> st.SearchStrategy[dict[str, Any]]:
    return some(
        properties=st.dictionaries(NAMES, inner, max_size=2),
        required=st.lists(NAMES, max_size=2, unique=True),
        additionalProperties=st.booleans() | inner,
        patternProperties=st.dictionaries(st.sampled_from(["^a", "^c"]), inner, max_size=1),
        minProperties=st.integers(0, 2),
        maxProperties=st.integers(1, 3),
    ).map(lambda one: {"type": "object", **one})


def lists(inner: Any) -> st.SearchStrategy[dict[str, Any]]:
    return some(
        items=inner,
        prefixItems=st.lists(inner, min_size=1, max_size=2),
        minItems=st.integers(0, 2),
        maxItems=st.integers(1, 3),
        uniqueItems=st.booleans(),
    ).map(lambda one: {"type": "array", **one})


def unions(inner: Any) -> st.SearchStrategy[dict[str, Any]]:
    many = st.lists(inner, min_size=1, max_size=2)
    return st.one_of(
        many.map(lambda each: {"anyOf": each}),
        many.map(lambda each: {"allOf": each}),
        inner.map(lambda each: {"not": each}),
    )


SCHEMAS = st.recursive(
    LEAVES, lambda inner: things(inner) | lists(inner) | unions(inner), max_leaves=4
)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1, 2, 3, 4, 2.5, "", "a", "b", "ab", "abb"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def is_valid(schema: Any, value: Any) -> bool:
    return Draft202012Validator(schema).is_valid(value)


def is_compatible(reader: Any, writer: Any) -> bool:
    return not json_breaches(JsonSchema(reader, "reader"), JsonSchema(writer, "writer"))


@st.composite
def edited(draw: Any) -> tuple[Any, Any]:
    """A schema and the same with one keyword changed, dropped or added at some place."""
    old = draw(SCHEMAS)
    new = json.loads(json.dumps(old))
    other = draw(SCHEMAS)
    places = [new, *(held for held in new.get("properties", {}).values())]
    place = draw(st.sampled_from(places))
    for key in (
        draw(st.lists(st.sampled_from(sorted({*place, *other})), max_size=2))
        if (place or other)
        else []
    ):
        if key in other:
            place[key] = other[key]
        else:
            place.pop(key, None)
    return old, new


@settings(max_examples=200)
@given(pair=edited() | st.tuples(SCHEMAS, SCHEMAS), values=st.lists(VALUES, max_size=30))
@pytest.mark.row("S3-18", part="json-schema")
def test_what_the_old_schema_takes_a_compatible_new_one_takes_too(
    pair: tuple[Any, Any], values: list[Any]
) -> None:
    old, new = pair

    if is_compatible(new, old):
        sent = [one for one in values if is_valid(old, one)]

        assert [one for one in sent if not is_valid(new, one)] == []


@settings(max_examples=100)
@given(schema=SCHEMAS)
@pytest.mark.row("S3-18", part="json-schema")
def test_a_schema_may_follow_itself(schema: Any) -> None:
    assert is_compatible(schema, schema)


@settings(max_examples=200)
@given(schema=LEAVES | things(LEAVES) | lists(LEAVES) | unions(LEAVES), value=VALUES)
def test_a_value_is_taken_as_jsonschema_takes_it(schema: Any, value: Any) -> None:
    root = JsonSchema(schema, "schema")

    assert takes(root, schema, value) == is_valid(schema, value)
