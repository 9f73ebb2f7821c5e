"""Verdicts on contracts held against single rows, and modes held against one another.

What a row keeps is told by the validator of one contract, which knows nothing of compatibility.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from headgate.contract.compat.changes import changes
from headgate.contract.compat.json_forms import both
from headgate.contract.compat.modes import MODES, backward, compare, forward
from headgate.contract.compat.schemas import Document, document_of, kind_of
from headgate.contract.odcs.nouns import Contract
from headgate.contract.validating import validator
from headgate.spine.documents import dump
from headgate.spine.inspecting.nouns import Mode
from tests.contract.sample import document

NONE = st.none()
ROWS: list[dict[str, Any]] = [
    {"n": number, "s": text}
    for number in (None, -1, 0, 1, 2, 3, 2.5)
    for text in (None, "", "a", "ab", "abc", "b", "x")
]


def drop(held: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in held.items() if each not in (None, False, {}, [])}


@st.composite
def numbers(draw: Any) -> dict[str, Any]:
    low = draw(NONE | st.integers(-1, 2))
    high = draw(NONE | st.integers(1 if low is None else low, 3))
    least = draw(st.sampled_from(["minimum", "exclusiveMinimum"]))
    most = draw(st.sampled_from(["maximum", "exclusiveMaximum"]))
    return drop(
        {
            "name": "n",
            "logicalType": draw(st.sampled_from(["integer", "number"])),
            "required": draw(st.booleans()),
            "logicalTypeOptions": {
                key: each for key, each in {least: low, most: high}.items() if each is not None
            },
        }
    )


@st.composite
def texts(draw: Any) -> dict[str, Any]:
    values = draw(NONE | st.lists(st.sampled_from(["a", "ab", "x"]), min_size=1, unique=True))
    rule = {"metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0}
    options = {
        "minLength": draw(NONE | st.integers(1, 2)),
        "maxLength": draw(NONE | st.integers(2, 3)),
        "pattern": draw(st.sampled_from([None, "^a"])),
    }
    return drop(
        {
            "name": "s",
            "logicalType": "string",
            "required": draw(st.booleans()),
            "logicalTypeOptions": drop(options),
            "quality": [rule] if values else [],
        }
    )


CONTRACTS = st.builds(document, numbers(), texts())


def kept(made: Document) -> list[dict[str, Any]]:
    looks = validator(cast("Contract", made.parsed))
    return [row for row in ROWS if not looks.check(row)]


@settings(max_examples=40)
@given(old=CONTRACTS, new=CONTRACTS)
def test_a_row_that_keeps_the_old_contract_keeps_a_compatible_new_one(
    old: Document, new: Document
) -> None:
    promised, asked = kept(old), kept(new)

    if compare(old, new).is_compatible:
        assert [row for row in promised if row not in asked] == []
    if compare(old, new, "FORWARD").is_compatible:
        assert [row for row in asked if row not in promised] == []


@settings(max_examples=60)
@given(old=CONTRACTS, new=CONTRACTS)
def test_a_mode_is_what_its_directions_say(old: Document, new: Document) -> None:
    verdicts = {mode: compare(old, new, cast("Mode", mode)).is_compatible for mode in MODES}

    assert verdicts["NONE"]
    assert verdicts["BACKWARD"] == (not backward(old, new))
    assert verdicts["FORWARD"] == (not forward(old, new))
    assert verdicts["FULL"] == (verdicts["BACKWARD"] and verdicts["FORWARD"])
    assert verdicts["BACKWARD"] == compare(new, old, "FORWARD").is_compatible
    for mode in ("BACKWARD", "FORWARD", "FULL"):
        assert verdicts[f"{mode}_TRANSITIVE"] == verdicts[mode]


@settings(max_examples=40)
@given(one=CONTRACTS, two=CONTRACTS, three=CONTRACTS)
def test_what_follows_a_follower_follows(one: Document, two: Document, three: Document) -> None:
    if compare(one, two).is_compatible and compare(two, three).is_compatible:
        assert compare(one, three).is_compatible
    every = compare([one, two], three, "BACKWARD_TRANSITIVE").is_compatible
    assert every == (compare(one, three).is_compatible and compare(two, three).is_compatible)


@settings(max_examples=60)
@given(old=CONTRACTS, new=CONTRACTS)
def test_every_incompatibility_is_among_the_changes_and_nothing_else_breaks(
    old: Document, new: Document
) -> None:
    broken = {one.path for one in compare(old, new, "FULL").incompatibilities}

    told = list(changes(old, new))

    assert {one.path for one in told if one.kind == "breaking"} == broken
    assert all(one.was != one.now for one in told)
    assert bool(told) == (old.plain != new.plain)
    assert not list(changes(new, new))


PARTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["integer", "number", "string", ["string", "null"], "object"]),
        "enum": st.lists(st.sampled_from([1, 2, 2.5, "a", "ab", None]), unique=True, max_size=4),
        "minimum": st.integers(0, 2),
        "exclusiveMaximum": st.integers(1, 3),
        "maxLength": st.integers(0, 2),
        "minLength": st.integers(0, 2),
        "pattern": st.sampled_from(["^a", "b$"]),
        "required": st.lists(st.sampled_from("xy"), unique=True, max_size=2),
        "properties": st.fixed_dictionaries({"x": st.sampled_from([{"type": "integer"}, False])}),
        "multipleOf": st.sampled_from([1, 2]),
        "title": st.sampled_from("pq"),
    },
)
VALUES: list[Any] = [
    *(None, 0, 1, 2, 2.5, 3, "", "a", "b", "ab", "abb"),
    *({}, {"x": 1}, {"x": "a"}, {"y": 1}, {"x": 1, "y": 1}),
]


@settings(max_examples=150)
@given(one=PARTS | st.booleans(), other=PARTS | st.booleans())
def test_two_schemas_together_take_what_jsonschema_says_that_both_take(
    one: Any, other: Any
) -> None:
    together = both(one, other)

    for value in VALUES:
        wanted = all(Draft202012Validator(each).is_valid(value) for each in (one, other))
        assert Draft202012Validator(together).is_valid(value) == wanted


@pytest.mark.parametrize(
    ("plain", "kind"),
    [
        ({"type": ["object", "null"], "properties": {}}, "json-schema"),
        ({"type": ["string"]}, "json-schema"),
        ({"type": {"type": "string"}}, "json-schema"),
        ({"type": "array", "items": "int"}, "avro"),
        ({"type": "array", "items": {"type": "string"}}, "json-schema"),
        ({"type": "map", "values": "int"}, "avro"),
        ({"type": "enum"}, "avro"),
        (["null", "int"], "avro"),
        (True, "json-schema"),
    ],
)
def test_a_schema_of_many_types_is_told_apart_too(plain: Any, kind: str) -> None:
    assert kind_of(plain, "f.json") == kind
    assert kind_of(plain, "f.avsc") == ("avro" if plain is not True else "json-schema")


def test_a_json_schema_of_several_types_is_compared() -> None:
    plain = {"type": ["object", "null"], "properties": {"a": {"type": "integer"}}}
    old, new = (
        document_of(dump(one).encode(), "f.json") for one in (plain, plain | {"type": "object"})
    )

    assert compare(new, old).is_compatible
    (found,) = compare(old, new).incompatibilities
    assert (found.path, found.why) == ("$", "the writer may send null")


def test_a_bound_of_many_digits_is_told_in_full() -> None:
    old, new = (
        document(quality=[], schema=[{"name": "t", "quality": [rule]}])
        for rule in (
            {"metric": "rowCount", "mustBe": 1_234_567},
            {"metric": "rowCount", "mustBe": 1_234_568},
        )
    )

    (found,) = compare(old, new).incompatibilities

    assert (found.was, found.now) == ("rowCount is 1234567", "rowCount is 1234568")


def test_a_warning_that_becomes_an_error_is_told_as_such() -> None:
    soft, hard = (
        document({"name": "a", "quality": [{"metric": "duplicateValues", "mustBe": 0, **more}]})
        for more in ({"severity": "warning"}, {})
    )

    (found,) = compare(soft, hard).incompatibilities

    assert (found.was, found.now) == ("duplicateValues is 0 (warning)", "duplicateValues is 0")
    assert compare(hard, soft).is_compatible


def test_values_that_a_rule_names_are_told() -> None:
    old, new = (
        document(
            {
                "name": "a",
                "quality": [
                    {"metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0}
                ],
            }
        )
        for values in (["x", "y"], ["x"])
    )

    (found,) = compare(old, new).incompatibilities

    assert found.was == 'invalidValues of {"validValues":["x","y"]} is 0'
    assert found.now == 'invalidValues of {"validValues":["x"]} is 0'
