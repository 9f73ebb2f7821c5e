"""Each format as its own tools write it, made a contract; what does not translate is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headgate.contract.compat.modes import compare
from headgate.contract.compat.schemas import document_of
from headgate.contract.exchange.avro_in import from_avro
from headgate.contract.exchange.avro_out import to_avro
from headgate.contract.exchange.formats import source_of
from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.exchange.gx_out import to_gx
from headgate.contract.exchange.json_schema_in import from_json_schema
from headgate.contract.exchange.json_schema_out import to_json_schema
from headgate.contract.exchange.translating import Imported, logical_of
from headgate.contract.exchange.verbs import imported
from headgate.contract.odcs.files import load
from headgate.contract.odcs.nouns import Property
from headgate.contract.odcs.writing import plain
from headgate.core.errors import Invalid
from headgate.spine.documents import dump
from tests.contract.sample import WHOLE


def made(text: str) -> Imported:
    return imported(text.encode(), "file", None, "t")


def columns(found: Imported) -> dict[str, Any]:
    """The first object's columns as they stand in the file, by name."""
    held = plain(found.contract)["schema"][0]["properties"]
    return {one.pop("name"): one for one in held}


def left(found: Imported) -> list[str]:
    return [one.path for one in found.left_out]


JSON_SCHEMA = """
$schema: https://json-schema.org/draft/2020-12/schema
title: Orders
type: object
required: [id, note, lines]
additionalProperties: false
properties:
  id: {type: integer, minimum: 0, exclusiveMaximum: 10}
  note: {type: [string, "null"], maxLength: 9}
  city: {$ref: '#/$defs/city'}
  seen: {type: string, format: date-time}
  size: {type: [integer, string]}
  kind: {const: a}
  lines: {type: array, minItems: 1, items: {$ref: '#/$defs/line'}}
$defs:
  city: {type: string, enum: [Oslo, Rome], default: Oslo}
  line:
    type: object
    required: [price]
    properties: {price: {type: number}, of: {$ref: '#/$defs/line'}}
"""


def test_a_json_schema_becomes_columns() -> None:
    found = made(JSON_SCHEMA)

    known = columns(found)
    assert known["id"] == {
        "logicalType": "integer",
        "logicalTypeOptions": {"minimum": 0, "exclusiveMaximum": 10},
        "required": True,
    }
    assert "required" not in known["note"]
    assert known["city"]["quality"][0]["arguments"] == {"validValues": ["Oslo", "Rome"]}
    assert known["city"]["customProperties"] == [{"property": "default", "value": "Oslo"}]
    assert known["seen"]["logicalType"] == "timestamp"
    assert known["lines"]["items"]["properties"][0]["required"]
    assert known["kind"]["quality"][0]["arguments"] == {"validValues": ["a"]}


def test_what_a_contract_cannot_say_of_a_json_schema_is_listed() -> None:
    assert left(made(JSON_SCHEMA)) == [
        "#/note",
        "#/size",
        "#/lines/items/of",
        "#.additionalProperties",
        "#",
    ]


AVRO = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long", "order": "ignore"},
        {"name": "city", "type": ["null", "string"], "default": None, "doc": "where"},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "other", "type": ["null", "Kind"], "default": None},
        {"name": "seen", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
        {
            "name": "price",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        },
        {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "mixed", "type": ["int", "string"]},
        {"name": "more", "type": {"type": "map", "values": "int"}},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 4}},
        {"name": "next", "type": ["null", "Order"], "default": None},
        {"name": "size", "type": "int", "default": 3, "aliases": ["width"]},
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Line",
                    "fields": [{"name": "price", "type": "float"}],
                },
            },
        },
    ],
}


def test_an_avro_record_becomes_columns_and_comes_back_word_for_word() -> None:
    found = made(json.dumps(AVRO))

    known = columns(found)
    assert known["id"]["logicalTypeOptions"] == {"format": "i64"}
    assert "required" not in known["city"]
    assert known["kind"]["quality"][0]["arguments"] == {"validValues": ["A", "B"]}
    assert (known["price"]["logicalType"], known["price"]["physicalType"]) == (
        "number",
        "decimal(9,2)",
    )
    assert known["seen"]["logicalTypeOptions"] == {"timezone": True}
    assert left(found) == ["$.id.order", "$.mixed", "$.more", "$.next"]
    back = to_avro(found.contract).document
    wanted = json.loads(json.dumps(AVRO))
    del wanted["fields"][0]["order"]
    assert back == wanted


SUITE = {
    "name": "orders",
    "id": None,
    "meta": {"great_expectations_version": "1.24.1"},
    "expectations": [
        {"type": kind, "kwargs": kwargs, "meta": {}, "severity": "critical"}
        for kind, kwargs in [
            ("expect_column_values_to_not_be_null", {"column": "id"}),
            ("expect_column_values_to_be_unique", {"column": "id"}),
            ("expect_column_values_to_be_between", {"column": "id", "min_value": 1}),
            ("expect_column_values_to_be_of_type", {"column": "id", "type_": "INTEGER"}),
            ("expect_column_values_to_not_be_null", {"column": "city", "mostly": 0.95}),
            ("expect_column_values_to_be_in_set", {"column": "city", "value_set": ["Oslo"]}),
            ("expect_column_values_to_match_regex", {"column": "city", "regex": "^O"}),
            ("expect_column_value_lengths_to_equal", {"column": "city", "value": 4}),
            ("expect_column_mean_to_be_between", {"column": "id", "min_value": 1}),
            ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 9}),
            ("expect_table_row_count_to_equal", {"value": 5}),
            ("expect_table_row_count_to_be_between", {"max_value": 9}),
            ("expect_compound_columns_to_be_unique", {"column_list": ["id", "city"]}),
            ("expect_table_columns_to_match_set", {"column_set": ["id"]}),
            ("expect_column_kl_divergence_to_be_less_than", {"column": "id", "threshold": 0.1}),
        ]
    ],
}


def test_a_suite_becomes_clauses_and_rules() -> None:
    found = made(json.dumps(SUITE))

    known = columns(found)
    assert known["id"]["required"]
    assert known["id"]["unique"]
    assert known["id"]["physicalType"] == "INTEGER"
    assert known["city"]["logicalTypeOptions"] == {"pattern": "^O", "minLength": 4, "maxLength": 4}
    share, allowed = known["city"]["quality"]
    assert (share["mustBeLessOrEqualTo"], share["unit"]) == (5.0, "percent")
    assert allowed["arguments"] == {"validValues": ["Oslo"]}
    rules = plain(found.contract)["schema"][0]["quality"]
    assert [one.get("metric", one.get("engine")) for one in rules] == [
        *["rowCount"] * 3,
        "duplicateValues",
        "headgate",
    ]
    assert [one["engine"] for one in known["id"]["quality"]] == ["headgate", "great-expectations"]
    assert left(found) == ["expectations[14]"]


def test_a_suite_comes_back_with_the_same_expectations() -> None:
    wanted = [
        {"type": one["type"], "kwargs": one["kwargs"]}
        for one in SUITE["expectations"]
        if one["type"] != "expect_column_value_lengths_to_equal"
    ]

    back = to_gx(made(json.dumps(SUITE)).contract).document["expectations"]

    assert [one for one in wanted if one not in back] == []


def test_the_older_form_of_a_suite_is_read_as_the_newer_one() -> None:
    older = {
        "expectation_suite_name": "orders",
        "expectations": [
            {"expectation_type": one["type"], "kwargs": one["kwargs"], "meta": {}}
            for one in SUITE["expectations"]
        ],
    }

    assert made(json.dumps(older)).contract == made(json.dumps(SUITE)).contract


DBT = """
version: 2
models:
  - name: orders
    description: every order
    config: {materialized: table}
    columns:
      - name: id
        data_type: bigint
        tests: [not_null, unique]
      - name: status
        data_tests:
          - accepted_values: {arguments: {values: [open, done]}}
          - not_null: {config: {severity: warn}}
      - name: customer
        tests:
          - relationships: {to: ref('customers'), field: id}
          - dbt_utils.expression_is_true: {expression: "> 0"}
      - name: key
        constraints: [{type: primary_key}, {type: check, expression: "key > 0"}]
    tests:
      - dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, status]}
sources:
  - name: shop
    loaded_at_field: seen
    freshness: {error_after: {count: 2, period: day}, warn_after: {count: 1, period: day}}
    tables: [{name: raw_orders, columns: [{name: a}]}]
"""


def test_tests_of_dbt_become_clauses_and_rules() -> None:
    found = made(DBT)

    known = columns(found)
    assert known["id"] == {
        "logicalType": "integer",
        "physicalType": "bigint",
        "required": True,
        "unique": True,
    }
    values, warned = known["status"]["quality"]
    assert values["arguments"] == {"validValues": ["open", "done"]}
    assert (warned["metric"], warned["severity"]) == ("nullValues", "warning")
    assert known["customer"]["relationships"] == [{"to": "customers.id"}]
    assert known["key"]["primaryKey"]
    (level,) = found.contract.sla_properties
    assert (level.property, level.value, level.unit) == ("latency", 2, "day")
    assert level.element == "raw_orders.seen"
    assert [one.name for one in found.contract.schema] == ["orders", "raw_orders"]


def test_what_dbt_has_and_a_contract_not_is_listed() -> None:
    assert sorted(left(made(DBT))) == [
        "models.orders",
        "models.orders.config",
        "models.orders.customer",
        "models.orders.key.constraints",
        "sources.raw_orders.freshness.warn_after",
    ]


PANDERA = """
schema_type: dataframe
api: pandas
columns:
  id: {dtype: int64, unique: true, greater_than_or_equal_to: 0, isin: [1, 2]}
  city:
    dtype: string[python]
    nullable: true
    str_length: {min_value: 1, max_value: 40, exact_value: null}
    str_matches: ^[A-Z]
  share: {dtype: float64, coerce: true, in_range: {min_value: 0, max_value: 1, include_max: false}}
  seen: {dtype: 'datetime64[ns]', greater_than: '2020-01-01 00:00:00'}
  old: {dtype: int64, less_than: {max_value: 5, raise_warning: true}}
strict: true
unique: [id, city]
"""
OLDER = """
schema_type: dataframe
version: 0.20.0
columns:
  id:
    dtype: int64
    nullable: false
    checks:
      greater_than: {value: 0, options: {check_name: greater_than, raise_warning: false}}
      own_check: {}
  city:
    dtype: str
    nullable: true
    required: false
    checks:
      - {value: [Oslo], options: {check_name: isin}}
      - {value: a|b, options: {check_name: str_matches}}
checks: null
index: null
coerce: false
"""


def test_what_pandera_writes_becomes_clauses_and_rules() -> None:
    found = made(PANDERA)

    known = columns(found)
    assert known["id"]["logicalTypeOptions"] == {"minimum": 0}
    assert known["id"]["quality"][0]["arguments"] == {"validValues": [1, 2]}
    options = {"minLength": 1, "maxLength": 40, "pattern": "^[A-Z]"}
    assert known["city"]["logicalTypeOptions"] == options
    assert known["share"]["logicalTypeOptions"] == {"minimum": 0, "exclusiveMaximum": 1}
    assert known["seen"]["logicalTypeOptions"] == {"exclusiveMinimum": "2020-01-01 00:00:00"}
    assert known["old"]["quality"][0]["severity"] == "warning"
    assert left(found) == ["columns.share.coerce", "columns.old", "strict"]


def test_what_an_older_pandera_wrote_is_read_too() -> None:
    found = made(OLDER)

    known = columns(found)
    assert known["id"]["logicalTypeOptions"] == {"exclusiveMinimum": 0}
    assert known["id"]["quality"][0]["implementation"]["check"] == "own_check"
    assert known["city"]["logicalTypeOptions"] == {"pattern": "^(?:a|b)"}
    assert known["city"]["quality"][0]["arguments"] == {"validValues": ["Oslo"]}
    assert left(found) == ["columns.id", "version"] or left(found) == ["columns.id"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1", "is of no format that is known here"),
        ("5", "is of no format that is known here"),
        ("expectations: 5", "no suite of Great Expectations"),
        ("models: [5]", "names no model and no source"),
        ("{type: enum, name: E, symbols: [A]}", "no schema of a record"),
        ("{$schema: x, type: string}", "no schema of an object"),
    ],
)
def test_a_file_of_no_use_is_told(text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        made(text)


def test_a_suite_is_about_one_object() -> None:
    with pytest.raises(Invalid, match="about 2 objects"):
        to_gx(load(dump(plain(made(DBT).contract)).encode(), "t"))


def test_what_json_schema_cannot_say_of_a_contract_is_listed() -> None:
    found = to_json_schema(load(WHOLE.encode(), "orders.yaml"))

    told = {one.path for one in found.left_out}
    assert {"orders.id.format", "orders.id.primaryKey", "orders.city.classification"} <= told
    assert {"orders.placed.minimum", "slaProperties", "orders.quality"} <= told


@pytest.mark.parametrize("number", [1, 2])
def test_a_change_breaks_whom_it_breaks_in_every_format(number: int) -> None:
    contract = WHOLE.replace("maxLength: 40, ", "").replace(", maxLength: 40", "")
    after = contract.replace("minimum: 0,", f"minimum: {number},")
    old, new = (load(text.encode(), "orders.yaml") for text in (contract, after))

    schemas = [
        document_of(json.dumps(to_json_schema(one).document).encode(), "s") for one in (old, new)
    ]

    assert not compare(schemas[0], schemas[1]).is_compatible
    assert compare(schemas[0], schemas[1], "FORWARD").is_compatible
    assert from_json_schema(schemas[1].plain, "t").contract.schema[0].name == "t"


@pytest.mark.parametrize(
    ("word", "logical"),
    [
        ("VARCHAR(20)", "string"),
        ("Int64", "integer"),
        ("numeric(9,2)", "number"),
        ("timestamp with time zone", "timestamp"),
        ("datetime64[ns, UTC]", "timestamp"),
        ("BooleanType", "boolean"),
        ("date", "date"),
        ("geometry", None),
        ("", None),
    ],
)
def test_a_type_of_a_database_tells_the_logical_type(word: str, logical: str | None) -> None:
    assert logical_of(word) == logical


def test_formats_are_told_apart() -> None:
    documents = {"gx": SUITE, "avro": AVRO}

    assert {kind: source_of(one, "f") for kind, one in documents.items()} == {
        "gx": "gx",
        "avro": "avro",
    }
    assert from_gx(SUITE, "t").contract.schema[0].properties[0] != Property()
    assert from_avro(AVRO, "t").contract.schema[0].name == "Order"


EDGES: list[tuple[str, Any, list[str]]] = [
    ("required: [b]", {"a": {"type": "string"}}, ["#", "#"]),
    ("", {"a": True}, ["#/a", "#"]),
    ("", {"a": {"type": "array", "items": [{"type": "string"}]}}, ["#/a/items", "#"]),
    ("", {"a": {"type": ["string", "null"], "contentEncoding": "base64"}}, ["#/a.contentEncoding"]),
]


@pytest.mark.parametrize(("more", "properties", "where"), EDGES)
def test_edges_of_json_schema_are_listed(
    more: str, properties: dict[str, Any], where: list[str]
) -> None:
    text = f"$schema: x\n{more}\n{dump({'properties': properties})}"

    assert left(made(text)) == where


def test_bounds_of_an_older_draft_are_read() -> None:
    column = {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 2}
    text = dump({"$schema": "x", "properties": {"a": column | {"exclusiveMaximum": False}}})

    assert columns(made(text))["a"]["logicalTypeOptions"] == {"exclusiveMinimum": 1, "maximum": 2}


def test_a_format_of_a_text_is_kept() -> None:
    text = dump({"$schema": "x", "properties": {"a": {"type": "string", "format": "email"}}})

    found = made(text)

    assert columns(found)["a"]["logicalTypeOptions"] == {"format": "email"}
    assert to_json_schema(found.contract).document["properties"]["a"]["format"] == "email"


KEYS = """
models:
  - name: m
    freshness: {warn_after: {count: 1, period: day}}
    constraints: [{type: primary_key, columns: [a, b]}, {type: check}]
    columns:
      - name: a
        tests:
          - {test_name: unique, config: {where: "x > 1"}}
          - {name: own, accepted_values: {values: 5}}
      - name: b
        tests: [{relationships: {to: "source('s', 'other')", field: id}}]
"""


def test_keys_and_odd_tests_of_dbt() -> None:
    found = made(KEYS)

    known = columns(found)
    assert (known["a"]["primaryKeyPosition"], known["b"]["primaryKeyPosition"]) == (1, 2)
    assert known["b"]["relationships"] == [{"to": "other.id"}]
    assert [one["engine"] for one in known["a"]["quality"]] == ["dbt", "dbt"]
    wanted = ["models.m.a", "models.m.a", "models.m.constraints", "models.m.freshness"]
    assert sorted(left(found)) == wanted


@pytest.mark.parametrize("limit", ["{count: 2, period: fortnight}", "{count: 0, period: day}"])
def test_a_freshness_of_dbt_that_no_level_can_say_is_listed(limit: str) -> None:
    found = made(KEYS.replace("{warn_after: {count: 1, period: day}}", f"{{error_after: {limit}}}"))

    assert found.contract.sla_properties == ()
    assert "models.m.freshness" in left(found)


def test_odd_entries_of_a_suite_are_listed() -> None:
    suite = {
        "expectations": [
            5,
            {"type": "expect_column_to_exist", "kwargs": {"column": "a"}, "meta": {"why": "x"}},
            {"type": "expect_column_to_exist", "kwargs": {"column": "a", "column_index": 3}},
            {
                "type": "expect_column_values_to_be_unique",
                "kwargs": {"column": "a"},
                "severity": "warning",
            },
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "b", "min_value": "2020-01-01"},
            },
        ]
    }

    found = made(json.dumps(suite))

    assert left(found) == [
        "expectations[0]",
        "expectations[1].meta",
        "expectations[2]",
        "expectations[4]",
    ]
    assert columns(found)["a"]["quality"][-1]["severity"] == "warning"


def test_a_column_of_pandera_that_may_be_missing() -> None:
    text = """
schema_type: dataframe
columns:
  a: {dtype: int64, required: false, equal_to: 3, str_length: 4}
index: [{dtype: int64}]
unique: true
"""

    found = made(text)

    assert columns(found)["a"]["logicalTypeOptions"] == {"minimum": 3, "maximum": 3}
    assert left(found) == ["columns.a", "columns.a", "unique", "index"]
