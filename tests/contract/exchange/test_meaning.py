"""What is exported means what the contract means, and what is imported means what was read."""

from __future__ import annotations

from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from headgate.contract.compat.schemas import Document
from headgate.contract.exchange.avro_in import from_avro
from headgate.contract.exchange.avro_out import to_avro
from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.exchange.gx_out import to_gx
from headgate.contract.exchange.json_schema_in import from_json_schema
from headgate.contract.exchange.json_schema_out import to_json_schema
from headgate.contract.exchange.pandera_in import from_pandera
from headgate.contract.odcs.writing import plain
from headgate.contract.validating import validator
from headgate.core.errors import Invalid
from tests.contract.compat.test_laws import CONTRACTS, ROWS
from tests.contract.sample import contract

IN_SET = "expect_column_values_to_be_in_set"
NOT_NULL = "expect_column_values_to_not_be_null"


def columns(found: Any) -> dict[str, Any]:
    held = plain(found.contract)["schema"][0]["properties"]
    return {one.pop("name"): one for one in held}


@settings(max_examples=35)
@given(made=CONTRACTS)
def test_jsonschema_takes_the_rows_that_keep_the_contract_and_no_others(made: Document) -> None:
    looks = validator(made.parsed)
    takes = Draft202012Validator(to_json_schema(made.parsed).document)

    for row in ROWS:
        assert takes.is_valid(row) == (not looks.check(row)), row


@settings(max_examples=35)
@given(made=CONTRACTS)
def test_a_contract_from_json_schema_and_back_takes_the_same_rows(made: Document) -> None:
    back = from_json_schema(to_json_schema(made.parsed).document, "t").contract

    before, after = validator(made.parsed), validator(back)

    assert [bool(before.check(row)) for row in ROWS] == [bool(after.check(row)) for row in ROWS]


@settings(max_examples=25)
@given(made=CONTRACTS)
def test_a_contract_from_a_suite_and_back_takes_the_same_rows_but_for_types(
    made: Document,
) -> None:
    back = validator(from_gx(to_gx(made.parsed).document, "t").contract)
    looks = validator(made.parsed)

    kept = [row for row in ROWS if not looks.check(row)]

    assert [row for row in kept if back.check(row)] == []


def test_what_an_object_requires_by_its_columns_and_its_options_is_all_required() -> None:
    inner = [{"name": "b", "required": True, "logicalType": "integer"}, {"name": "c"}]
    column = {
        "name": "a",
        "required": True,
        "logicalType": "object",
        "logicalTypeOptions": {"required": ["c", "b"]},
        "properties": inner,
    }

    schema = to_json_schema(contract(column)).document["properties"]["a"]

    assert schema["required"] == ["b", "c"]
    takes = Draft202012Validator(schema)
    assert takes.is_valid({"b": 1, "c": 2})
    assert not takes.is_valid({"c": 2})


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ([{"name": "a b"}, {"name": "a-b"}], r"\$\.fields\[1\]: field a_b"),
        (
            [
                {
                    "name": "a",
                    "logicalType": "object",
                    "properties": [{"name": "b", "logicalType": "object"}],
                },
                {"name": "a_b", "logicalType": "object"},
            ],
            "defined twice",
        ),
    ],
)
def test_names_that_become_one_in_avro_are_told_and_not_written(
    properties: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        to_avro(contract(*properties))

    assert refused.value.mend == "rename a column, or nest less"


@pytest.mark.parametrize(
    ("name", "written"), [("1st", "_1st"), ("größe", "gr__e"), ("a b", "a_b"), ("😀", "_")]
)
def test_a_name_of_other_signs_is_one_that_fastavro_takes(name: str, written: str) -> None:
    found = to_avro(contract({"name": name, "logicalType": "integer"}))

    fastavro.parse_schema(found.document)
    assert found.document["fields"][0]["name"] == written
    assert [(one.path, one.what) for one in found.left_out] == [(name, written)]


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"customProperties": [{"property": "default", "value": 3}]}, (["long", "null"], 3)),
        ({}, (["null", "long"], None)),
        ({"customProperties": [{"property": "default", "value": None}]}, (["null", "long"], None)),
    ],
)
def test_the_branch_of_a_default_stands_first(more: dict[str, Any], wanted: Any) -> None:
    (field,) = to_avro(contract({"name": "a", "logicalType": "integer", **more})).document["fields"]

    assert (field["type"], field["default"]) == wanted


def test_a_required_column_keeps_its_default_and_has_none_of_its_own() -> None:
    default = [{"property": "default", "value": 3}]
    column: dict[str, object] = {"name": "a", "logicalType": "integer", "required": True}

    plain_one, given_one = (
        to_avro(contract(column | more)).document["fields"][0]
        for more in ({}, {"customProperties": default})
    )

    assert plain_one == {"name": "a", "type": "long"}
    assert given_one == {"name": "a", "type": "long", "default": 3}


@pytest.mark.parametrize("mostly", [{"$PARAMETER": "m"}, "0.9", True, -0.1, 1.1, [0.9]])
@pytest.mark.parametrize(
    ("kind", "more"),
    [(NOT_NULL, {}), (IN_SET, {"value_set": ["x"]})],
)
def test_a_share_that_is_none_is_kept_and_not_taken_for_all_rows(
    kind: str, more: dict[str, Any], mostly: Any
) -> None:
    kwargs = {"column": "a", "mostly": mostly, **more}

    found = from_gx({"expectations": [{"type": kind, "kwargs": kwargs}]}, "t")

    (rule,) = columns(found)["a"]["quality"]
    assert rule["engine"] == "great-expectations"
    assert rule["implementation"] == {"type": kind, "kwargs": kwargs}
    assert "required" not in columns(found)["a"]
    assert [one.path for one in found.left_out] == ["expectations[0]"]


@pytest.mark.parametrize(("mostly", "share"), [(0, 100.0), (0.95, 5.0), (0.999, 0.1), (0.3, 70.0)])
def test_a_share_of_rows_is_what_may_break_the_rule_and_comes_back(
    mostly: float, share: float
) -> None:
    kwargs = {"column": "a", "mostly": mostly}

    found = from_gx({"expectations": [{"type": NOT_NULL, "kwargs": kwargs}]}, "t")

    (rule,) = columns(found)["a"]["quality"]
    assert (rule["mustBeLessOrEqualTo"], rule["unit"]) == (share, "percent")
    (back,) = to_gx(found.contract).document["expectations"]
    assert back["kwargs"] == kwargs


@pytest.mark.parametrize("mostly", [None, 1, 1.0])
def test_a_share_of_all_is_a_clause(mostly: Any) -> None:
    kwargs = {"column": "a", "mostly": mostly}

    found = from_gx({"expectations": [{"type": NOT_NULL, "kwargs": kwargs}]}, "t")

    assert columns(found)["a"] == {"required": True}
    assert not found.left_out


@pytest.mark.parametrize(
    "implementation", [{"check": "own"}, {"type": 5}, {"type": "x", "kwargs": [1]}]
)
def test_a_rule_of_great_expectations_that_names_none_is_listed(
    implementation: dict[str, Any],
) -> None:
    rule = {
        "type": "custom",
        "engine": "great-expectations",
        "implementation": implementation,
    }

    found = to_gx(contract({"name": "a", "quality": [rule]}))

    assert [one["type"] for one in found.document["expectations"]] == ["expect_column_to_exist"]
    assert [one.path for one in found.left_out] == ["a.quality"]


def test_a_kept_expectation_comes_back_whatever_it_is_asked_with() -> None:
    kwargs = {"column": "a", "kind": "x", "severity": "y", "kwargs": 1}

    made = from_gx({"expectations": [{"type": "expect_own", "kwargs": kwargs}]}, "t").contract

    assert to_gx(made).document["expectations"] == [{"type": "expect_own", "kwargs": kwargs}]


@pytest.mark.parametrize(
    ("dtype", "checks", "wanted"),
    [
        ("int64", {"gt": 1}, {"exclusiveMinimum": 1}),
        ("int64", {"ge": 1, "lt": 5}, {"minimum": 1, "exclusiveMaximum": 5}),
        ("float64", {"between": {"min_value": 0, "max_value": 1, "include_min": False}},
         {"exclusiveMinimum": 0, "maximum": 1}),
        ("str", {"str_length": {"exact_value": 3}}, {"minLength": 3, "maxLength": 3}),
        ("str", {"str_length": {"max_value": 3}}, {"maxLength": 3}),
        ("str", {"str_contains": "a|b"}, {"pattern": "a|b"}),
        ("str", {"str_matches": "^a"}, {"pattern": "^a"}),
        ("str", {"str_matches": "^a|b"}, {"pattern": "^(?:^a|b)"}),
        ("date", {"in_range": {"min_value": "2020-01-01", "max_value": "2021-01-01"}},
         {"minimum": "2020-01-01", "maximum": "2021-01-01"}),
    ],
)  # fmt: skip
def test_checks_of_pandera_narrow_a_type(
    dtype: str, checks: dict[str, Any], wanted: dict[str, Any]
) -> None:
    schema = {"schema_type": "dataframe", "columns": {"a": {"dtype": dtype, "checks": checks}}}

    found = from_pandera(schema, "t")

    assert columns(found)["a"]["logicalTypeOptions"] == wanted
    assert not found.left_out


@pytest.mark.parametrize(
    ("dtype", "checks"),
    [
        ("int64", {"gt": "x"}),
        ("int64", {"equal_to": None}),
        ("int64", {"in_range": {"min_value": 1}}),
        ("str", {"gt": 1}),
        ("int64", {"str_matches": "a"}),
        ("bool", {"equal_to": True}),
        ("str", {"str_matches": 5}),
        ("date", {"gt": 5}),
        ("int64", {"notin": [1]}),
    ],
)
def test_a_check_that_does_not_suit_its_type_is_kept_word_for_word(
    dtype: str, checks: dict[str, Any]
) -> None:
    schema = {"schema_type": "dataframe", "columns": {"a": {"dtype": dtype, "checks": checks}}}

    found = from_pandera(schema, "t")

    (rule,) = columns(found)["a"]["quality"]
    assert rule["engine"] == "pandera"
    assert "logicalTypeOptions" not in columns(found)["a"]
    assert [one.path for one in found.left_out] == ["columns.a"]


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({"precision": 9, "scale": 2}, "decimal(9,2)"),
        ({"precision": 9}, "decimal(9,0)"),
        ({"precision": 2, "scale": 2}, "decimal(2,2)"),
        ({"precision": 2, "scale": 3}, None),
        ({"precision": 0}, None),
        ({"precision": -1}, None),
        ({"precision": "9"}, None),
        ({}, None),
    ],
)
def test_a_decimal_is_one_if_its_precision_holds_its_scale(
    more: dict[str, Any], size: str | None
) -> None:
    kind = {"type": "bytes", "logicalType": "decimal", **more}
    field = {"name": "a", "type": kind}

    found = from_avro({"type": "record", "name": "R", "fields": [field]}, "t")

    assert columns(found)["a"].get("physicalType") == size
    assert [one.path for one in found.left_out] == ([] if size else ["$.a"])
    assert to_avro(found.contract).document["fields"] == [field]
