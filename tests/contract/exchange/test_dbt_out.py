"""A contract as a file of dbt: its own tests say what they can, and what they cannot is listed.

What is written was built with dbt-core 1.12.0 on DuckDB: each test found the rows it is to find.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from headgate.contract.compat.schemas import Document
from headgate.contract.exchange.dbt_in import from_dbt
from headgate.contract.exchange.dbt_out import to_dbt
from headgate.contract.exchange.formats import write
from headgate.contract.odcs.writing import plain
from headgate.contract.validating import validator
from tests.contract.compat.test_laws import CONTRACTS, ROWS
from tests.contract.sample import contract


def asked(column: dict[str, Any]) -> list[Any]:
    (model,) = to_dbt(contract({"name": "a", **column})).document["models"]
    return model["columns"][0].get("data_tests", [])


@pytest.mark.row("S2-17")
@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ({}, []),
        ({"required": True}, ["not_null"]),
        ({"unique": True}, ["unique"]),
        ({"primaryKey": True, "primaryKeyPosition": 1}, ["not_null", "unique"]),
        ({"required": True, "quality": [{"metric": "nullValues", "mustBe": 0}]}, ["not_null"]),
        (
            {"quality": [{"metric": "duplicateValues", "mustBe": 0, "severity": "warning"}]},
            [{"unique": {"config": {"severity": "warn"}}}],
        ),
        (
            {
                "quality": [
                    {"metric": "invalidValues", "arguments": {"validValues": ["x"]}, "mustBe": 0}
                ]
            },
            [{"accepted_values": {"arguments": {"values": ["x"]}}}],
        ),
        (
            {
                "quality": [
                    {"metric": "invalidValues", "arguments": {"validValues": [1]}, "mustBe": 0}
                ]
            },
            [{"accepted_values": {"arguments": {"values": [1], "quote": False}}}],
        ),
        (
            {"relationships": [{"to": "cities.name"}]},
            [{"relationships": {"arguments": {"to": "ref('cities')", "field": "name"}}}],
        ),
    ],
)
def test_what_a_column_promises_is_a_test_of_dbt(column: dict[str, Any], wanted: Any) -> None:
    assert asked(column) == wanted


def test_what_dbt_has_no_test_for_is_listed() -> None:
    found = to_dbt(
        contract(
            {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"minimum": 0}},
            {"name": "b", "quality": [{"metric": "nullValues", "mustBeLessThan": 5}]},
            {"name": "c", "relationships": [{"to": "file.yaml#/schema/x"}]},
            {"name": "d", "classification": "secret"},
            slaProperties=[{"property": "latency", "value": 1, "unit": "d"}],
        )
    )

    assert {one.path: one.what for one in found.left_out} == {
        "t.a.logicalType": "integer",
        "t.a.minimum": "0",
        "t.b.quality": '{"metric":"nullValues","mustBeLessThan":5}',
        "t.c.relationships": '{"to":"file.yaml#/schema/x"}',
        "t.d.classification": "secret",
        "slaProperties": "latency",
    }


def test_a_key_of_two_columns_is_listed_and_neither_is_unique_alone() -> None:
    keys = [{"name": name, "primaryKey": True} for name in ("a", "b")]

    found = to_dbt(contract(*keys))

    assert [one["data_tests"] for one in found.document["models"][0]["columns"]] == [
        ["not_null"],
        ["not_null"],
    ]
    assert [(one.path, one.what) for one in found.left_out] == [("t", "primary key a, b")]


def test_a_file_of_dbt_comes_back_as_it_was_read() -> None:
    model = {
        "name": "orders",
        "description": "what was ordered",
        "config": {"tags": ["sales"]},
        "data_tests": [{"own_test": {"of": 1}}],
        "columns": [
            {"name": "id", "data_type": "bigint", "data_tests": ["not_null", "unique"]},
            {"name": "city", "config": {"tags": ["place"]}, "data_tests": ["not_blank"]},
        ],
    }
    read = from_dbt({"version": 2, "models": [model]}, "t")

    back = to_dbt(read.contract)

    assert back.document == {"version": 2, "models": [model]}
    assert [one.what for one in read.left_out] == ["not_blank", "own_test"]
    assert back.left_out == ()


@settings(max_examples=40)
@given(made=CONTRACTS)
def test_a_contract_to_dbt_and_back_refuses_no_row_that_kept_it(made: Document) -> None:
    back = validator(from_dbt(to_dbt(made.parsed).document, "t").contract)
    looks = validator(made.parsed)

    kept = [row for row in ROWS if not looks.check(row)]

    assert [row for row in kept if back.check(row)] == []


def test_it_is_written_as_yaml() -> None:
    text, _ = write(contract({"name": "a", "required": True}), "dbt")

    assert text.startswith("version: 2\nmodels:\n- name: t\n")
    assert plain(from_dbt({"models": [{"name": "t"}]}, "t").contract)["schema"] == [{"name": "t"}]
