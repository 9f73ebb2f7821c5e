"""A contract as a schema of pandera: what frames of pandas can be asked, and what is listed.

What is written was read by pandera 0.35.0 and asked of frames of pandas 2.3: it took the good one
and named the column and check of each bad one.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from headgate.contract.compat.schemas import Document
from headgate.contract.exchange.formats import source_of, write
from headgate.contract.exchange.pandera_in import from_pandera
from headgate.contract.exchange.pandera_out import to_pandera
from headgate.contract.odcs.writing import plain
from headgate.contract.validating import validator
from headgate.core.errors import Invalid
from headgate.spine.documents import parse
from tests.contract.compat.test_laws import CONTRACTS, ROWS
from tests.contract.sample import contract


def column(**held: Any) -> dict[str, Any]:
    made = to_pandera(contract({"name": "a", "required": True, **held})).document
    return made["columns"]["a"]


def typed(logical: str, **options: Any) -> dict[str, Any]:
    return {"logicalType": logical, "logicalTypeOptions": options}


@pytest.mark.row("S2-17")
@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ({}, {}),
        ({"required": False}, {"nullable": True}),
        ({"logicalType": "integer"}, {"dtype": "int64"}),
        ({"logicalType": "integer", "required": False}, {"dtype": "Int64", "nullable": True}),
        ({"logicalType": "integer", "physicalType": "int8"}, {"dtype": "int8"}),
        ({"logicalType": "number", "physicalType": "double"}, {"dtype": "float64"}),
        ({"logicalType": "date"}, {"dtype": "date"}),
        ({"logicalType": "timestamp"}, {"dtype": "datetime64[ns]"}),
        (typed("timestamp", timezone=True), {"dtype": "datetime64[ns, UTC]"}),
        (
            typed("number", minimum=0, exclusiveMaximum=9),
            {"dtype": "float64", "greater_than_or_equal_to": 0, "less_than": 9},
        ),
        (
            typed("timestamp", minimum="2026-01-02T03:00:00+01:00"),
            {"dtype": "datetime64[ns]", "greater_than_or_equal_to": "2026-01-02T02:00:00"},
        ),
        (
            typed("string", minLength=2, pattern="^[A-Z]"),
            {
                "dtype": "str",
                "str_length": {"min_value": 2, "max_value": None},
                "str_contains": "^[A-Z]",
            },
        ),
        ({"unique": True}, {"unique": True}),
        ({"primaryKey": True, "primaryKeyPosition": 1}, {"unique": True}),
        ({"required": False, "quality": [{"metric": "nullValues", "mustBe": 0}]}, {}),
        ({"businessName": "A", "description": "b"}, {"title": "A", "description": "b"}),
        ({"customProperties": [{"property": "default", "value": 3}]}, {"default": 3}),
    ],
)
def test_a_column_in_pandera(held: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert column(**held) == wanted


def test_a_set_that_only_warns_warns_there_too() -> None:
    rule = {"metric": "invalidValues", "arguments": {"validValues": [1, 2]}, "mustBe": 0}

    hard, soft = column(quality=[rule]), column(quality=[rule | {"severity": "warning"}])

    assert hard["isin"] == [1, 2]
    assert soft["isin"] == {"allowed_values": [1, 2], "raise_warning": True}


def test_a_key_of_two_columns_is_unique_as_a_whole() -> None:
    keys = [
        {"name": name, "primaryKey": True, "primaryKeyPosition": place}
        for name, place in (("b", 2), ("a", 1))
    ]

    made = to_pandera(contract(*keys)).document

    assert made["unique"] == ["a", "b"]
    assert made["columns"] == {"b": {}, "a": {}}


def test_what_pandera_has_no_check_for_is_listed() -> None:
    found = to_pandera(
        contract(
            {"name": "a", "quality": [{"metric": "nullValues", "mustBeLessThan": 5}]},
            {"name": "b", **typed("date", minimum="2026-01-01")},
            {"name": "c", "logicalType": "array"},
            {"name": "d", "customProperties": [{"property": "own", "value": 1}], "tags": ["x"]},
            {"name": "e", "unique": True, "relationships": [{"to": "cities.name"}]},
            slaProperties=[{"property": "latency", "value": 1, "unit": "d"}],
        )
    )

    assert {one.path: one.what for one in found.left_out} == {
        "a.quality": '{"metric":"nullValues","mustBeLessThan":5}',
        "b.minimum": "2026-01-01",
        "c.logicalType": "array",
        "d.customProperties": "own",
        "d.tags": '["x"]',
        "e.relationships": '[{"to":"cities.name"}]',
        "slaProperties": "latency",
    }


def test_a_schema_is_about_one_object() -> None:
    with pytest.raises(Invalid, match="about 2 objects and a schema about one"):
        to_pandera(contract(schema=[{"name": "t"}, {"name": "u"}]))


def test_a_schema_of_pandera_comes_back_as_it_was_read() -> None:
    schema = {
        "schema_type": "dataframe",
        "api": "pandas",
        "columns": {
            "id": {"dtype": "int64", "unique": True, "greater_than_or_equal_to": 1},
            "city": {"dtype": "str", "nullable": True, "isin": ["a"], "own": {"of": 1}},
        },
        "name": "t",
        "checks": {"wide": {"most": 3, "raise_warning": True}},
        "unique": ["id", "city"],
    }
    read = from_pandera(schema, "t")

    back = to_pandera(read.contract)

    assert back.document["columns"] == schema["columns"]
    assert back.document["unique"] == ["id", "city"]
    assert back.left_out == ()


@settings(max_examples=40)
@given(made=CONTRACTS)
def test_a_contract_to_pandera_and_back_refuses_no_row_that_kept_it(made: Document) -> None:
    back = validator(from_pandera(to_pandera(made.parsed).document, "t").contract)
    looks = validator(made.parsed)

    kept = [row for row in ROWS if not looks.check(row)]

    assert [row for row in kept if back.check(row)] == []


def test_it_is_written_as_yaml_that_is_told_for_what_it_is() -> None:
    text, _ = write(contract({"name": "a", "logicalType": "integer"}), "pandera")

    held = parse(text.encode(), "t.yaml").plain

    assert source_of(held, "t.yaml") == "pandera"
    assert plain(from_pandera(held, "t").contract)["schema"][0]["properties"] == [
        {"name": "a", "logicalType": "integer", "physicalType": "Int64"}
    ]
