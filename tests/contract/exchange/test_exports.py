"""Contracts in other formats: what each can say is said, what it cannot is listed."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.exchange.avro_out import to_avro
from headgate.contract.exchange.gx_out import to_gx
from headgate.contract.exchange.json_schema_out import to_json_schema
from headgate.contract.exchange.translating import Exported
from tests.contract.sample import contract


def left(found: Exported) -> dict[str, str]:
    return {one.path: one.what for one in found.left_out}


def kinds(*properties: dict[str, object], **more: object) -> list[tuple[str, Any]]:
    """The expectations of a contract, but those that say a column is there."""
    made = to_gx(contract(*properties, **more)).document["expectations"]
    return [
        (one["type"].removeprefix("expect_"), one["kwargs"])
        for one in made
        if one["type"] != "expect_column_to_exist"
    ]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ({"logicalType": "integer"}, "long"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}, "int"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "u8"}}, "int"),
        ({"logicalType": "integer", "logicalTypeOptions": {"format": "u64"}}, "long"),
        ({"logicalType": "number"}, "double"),
        ({"logicalType": "number", "logicalTypeOptions": {"format": "f32"}}, "float"),
        ({"logicalType": "boolean"}, "boolean"),
        ({"logicalType": "date"}, {"type": "int", "logicalType": "date"}),
        ({"logicalType": "time"}, {"type": "long", "logicalType": "time-micros"}),
        ({}, "string"),
        (
            {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}},
            {"type": "long", "logicalType": "timestamp-micros"},
        ),
        (
            {"logicalType": "number", "physicalType": "DECIMAL(9, 2)"},
            {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        ),
        (
            {"logicalType": "string", "logicalTypeOptions": {"format": "uuid"}},
            {"type": "string", "logicalType": "uuid"},
        ),
        ({"logicalType": "array"}, {"type": "array", "items": "string"}),
        (
            {"logicalType": "array", "items": {"logicalType": "integer", "required": True}},
            {"type": "array", "items": "long"},
        ),
        (
            {"logicalType": "object", "properties": [{"name": "b", "primaryKey": True}]},
            {"type": "record", "name": "t_a", "fields": [{"name": "b", "type": "string"}]},
        ),
    ],
)
def test_a_column_in_avro(column: dict[str, object], wanted: Any) -> None:
    made = to_avro(contract({"name": "a", "required": True, **column})).document

    assert made["fields"] == [{"name": "a", "type": wanted}]


def test_what_avro_has_no_place_for_is_listed() -> None:
    options = {"maxLength": 3, "format": "email"}
    found = to_avro(
        contract(
            {"name": "a", "logicalType": "string", "logicalTypeOptions": options},
            {"name": "b", "logicalType": "integer", "logicalTypeOptions": {"format": "u64"}},
            {"name": "c-d", "logicalType": "string", "physicalType": "text", "unique": True},
            {"name": "e", "customProperties": [{"property": "own", "value": 1}]},
            {"name": "f", "logicalType": "array"},
            {"name": "g", "quality": [{"metric": "nullValues", "mustBe": 0}]},
            slaProperties=[{"property": "latency", "value": 1, "unit": "d"}],
        )
    )

    assert left(found) == {
        "t.a.maxLength": "3",
        "t.a.format": "email",
        "t.b.format": "u64",
        "c-d": "c_d",
        "t.c-d.physicalType": "text",
        "t.c-d.unique": "true",
        "t.e": "nothing",
        "t.e.customProperties": "own",
        "t.f[]": "nothing",
        "t.g": "nothing",
        "t.g.quality": '{"metric":"nullValues","mustBe":0}',
        "slaProperties": "latency",
    }


def test_a_default_that_avro_cannot_take_is_listed_and_left_out() -> None:
    default = [{"property": "default", "value": "soon"}]
    column = {"name": "a", "logicalType": "integer", "customProperties": default}

    found = to_avro(contract(column))

    assert found.document["fields"][0] == {"name": "a", "type": ["null", "long"], "default": None}
    assert left(found) == {"t.a.default": "soon"}


def test_several_objects_are_a_union_in_avro_and_definitions_in_json_schema() -> None:
    made = contract(schema=[{"name": "t"}, {"name": "u", "description": "more"}])

    assert [one["name"] for one in to_avro(made).document] == ["t", "u"]
    assert list(to_json_schema(made).document["$defs"]) == ["t", "u"]


def test_a_column_of_any_type_is_any_type_in_json_schema() -> None:
    column = {"name": "a", "required": True, "businessName": "A", "examples": [1]}
    found = to_json_schema(contract(column, {"name": "b", "logicalType": "array"}))

    assert found.document["properties"]["a"] == {"title": "A", "examples": [1]}
    assert found.document["properties"]["b"] == {"type": ["array", "null"]}
    assert not found.left_out


def test_values_that_several_rules_allow_are_those_that_all_allow() -> None:
    rules = [
        {"metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0}
        for values in (["a", "b"], ["b", "c"])
    ]
    column = {"name": "a", "logicalType": "string", "required": True, "quality": rules}

    assert to_json_schema(contract(column)).document["properties"]["a"]["enum"] == ["b"]


ROWS = "table_row_count_to_be_between"


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({"mustBe": 5}, ("table_row_count_to_equal", {"value": 5})),
        ({"mustBeBetween": [1, 5]}, (ROWS, {"min_value": 1, "max_value": 5})),
        ({"mustBeGreaterOrEqualTo": 1}, (ROWS, {"min_value": 1})),
        ({"mustBeLessOrEqualTo": 1}, (ROWS, {"max_value": 1})),
        ({"mustBeLessThan": 1}, None),
        ({"mustNotBe": 1}, None),
    ],
)
def test_a_count_of_rows_in_a_suite(rule: dict[str, object], wanted: Any) -> None:
    schema = [{"name": "t", "quality": [{"metric": "rowCount", **rule}]}]

    assert kinds(schema=schema) == ([wanted] if wanted else [])


def test_a_key_of_several_columns_is_unique_as_a_whole() -> None:
    keys = [
        {"name": name, "primaryKey": True, "primaryKeyPosition": position}
        for name, position in (("b", 2), ("a", 1))
    ]

    found = kinds(*keys)

    assert ("compound_columns_to_be_unique", {"column_list": ["a", "b"]}) in found
    assert [one for one, _ in found].count("column_values_to_be_unique") == 0


def test_bounds_lengths_and_patterns_in_a_suite() -> None:
    found = kinds(
        {
            "name": "a",
            "logicalType": "integer",
            "logicalTypeOptions": {"exclusiveMinimum": 0, "maximum": 9},
        },
        {
            "name": "b",
            "logicalType": "string",
            "logicalTypeOptions": {"minLength": 1, "pattern": "x"},
            "unique": True,
        },
    )

    assert found == [
        (
            "column_values_to_be_between",
            {"column": "a", "min_value": 0, "strict_min": True, "max_value": 9},
        ),
        ("column_values_to_be_unique", {"column": "b"}),
        ("column_value_lengths_to_be_between", {"column": "b", "min_value": 1}),
        ("column_values_to_match_regex", {"column": "b", "regex": "x"}),
    ]


def test_what_a_suite_cannot_say_is_listed() -> None:
    rules = [
        {"type": "sql", "query": "select 1", "mustBe": 0},
        {"metric": "nullValues", "mustBeLessThan": 3},
    ]
    schema = [{"name": "t", "quality": [rules[0]], "properties": [{"name": "a", "quality": rules}]}]
    found = to_gx(contract(schema=schema, slaProperties=[{"property": "x", "value": 1}]))

    assert set(left(found)) == {"t.quality", "a.quality", "slaProperties"}
    assert len(found.left_out) == 4


def test_a_key_of_one_column_is_unique_in_a_suite_wherever_it_says_that_it_stands() -> None:
    alone = {"name": "a", "primaryKey": True, "primaryKeyPosition": 1}
    both = [{"name": name, "primaryKey": True} for name in ("a", "b")]

    assert [kind for kind, _ in kinds(alone)] == [
        "column_values_to_not_be_null",
        "column_values_to_be_unique",
    ]
    assert [kind for kind, _ in kinds(*both)] == [
        "compound_columns_to_be_unique",
        "column_values_to_not_be_null",
        "column_values_to_not_be_null",
    ]
