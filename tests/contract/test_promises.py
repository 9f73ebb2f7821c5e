"""What a contract says is what is looked at, clause by clause."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.checking import Arrow, look
from headgate.contract.odcs.files import load
from headgate.contract.promises import object_of, promises_of
from headgate.core.errors import NotFound
from headgate.spine.registry import Registry

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
"""
ORDERS = pa.table(
    {
        "_rid": [1, 2, 3, 4],
        "id": [1, 2, 2, None],
        "age": [17, 200, -1, None],
        "mail": ["a@b", "x", None, "c@d"],
        "day": ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"],
    }
)


def broken_by(clauses: str, rows: pa.Table = ORDERS) -> dict[str, Any]:
    """Look at what a contract promises of orders: the rows that break each broken rule."""
    contract = load((HEAD + clauses).encode(), "orders.yaml")
    promises = promises_of(contract, "orders", Registry())
    assert promises.untold == []
    looked = look(Arrow(rows, lambda _: pa.table({"id": [1]})), promises.rules)
    rids = {one.rule.name: one.keys.sort_by("_rid")["_rid"].to_pylist() for one in looked.broken}
    return {one.rule: rids.get(one.rule, one.told) for one in looked.found if not one.is_kept}


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("{name: age, required: true}", {"age.required": [4]}),
        ("{name: id, unique: true}", {"id.unique": [2, 3]}),
        ("{name: id, primaryKey: true}", {"primaryKey": [2, 3], "id.primaryKey": [4]}),
        ("{name: age, logicalType: integer}", {}),
        (
            "{name: mail, logicalType: number}",
            {"mail.logicalType": "mail holds string, not number"},
        ),
        (
            "{name: age, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 200}}",
            {"age.range": [3]},
        ),
        (
            "{name: age, logicalType: integer, logicalTypeOptions: {exclusiveMaximum: 200}}",
            {"age.exclusive_range": [2]},
        ),
        (
            "{name: mail, logicalType: string, logicalTypeOptions: {minLength: 2, pattern: '@'}}",
            {"mail.length": [2], "mail.pattern": [2]},
        ),
        (
            "{name: id, relationships: [{to: customers.id}]}",
            {"id.relationship.customers.id": [2, 3]},
        ),
        (
            "{name: mail, quality: [{metric: nullValues, mustBeLessThan: 1}]}",
            {"mail.nullValues": [3]},
        ),
        ("{name: mail, quality: [{metric: nullValues, mustBe: 25, unit: percent}]}", {}),
        (
            (
                "{name: age, quality: [{metric: invalidValues, mustBe: 0, "
                "arguments: {validValues: [17, 200]}}]}"
            ),
            {"age.invalidValues": [3]},
        ),
        (
            (
                "{name: mail, quality: [{id: at, type: custom, engine: headgate, "
                "implementation: {expectation: matches_pattern, pattern: '@'}}]}"
            ),
            {"mail.at": [2]},
        ),
        (
            (
                "{name: age, quality: [{type: sql, query: 'select max({property}) from {object}', "
                "mustBeBetween: [0, 120]}]}"
            ),
            {"age.sql": "the query is 200, wanted at least 0 and at most 120"},
        ),
        ("{name: age, quality: [{type: text, description: 'people are people'}]}", {}),
        ("{name: gone, required: true}", {"gone.required": "there is no column gone"}),
    ],
)
def test_a_clause_of_a_column_is_looked_at(column: str, broken: dict[str, Any]) -> None:
    assert broken_by(f"    properties: [{column}]") == broken


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("{metric: rowCount, mustBeGreaterOrEqualTo: 4}", {}),
        ("{metric: rowCount, mustNotBe: 4}", {"rowCount": "the number of rows is 4, wanted not 4"}),
        (
            "{metric: rowCount, mustNotBeBetween: [1, 9]}",
            {"rowCount": "the number of rows is 4, wanted not between 1 and 9"},
        ),
        (
            "{metric: duplicateValues, mustBe: 0, arguments: {properties: [id, age]}}",
            {},
        ),
    ],
)
def test_a_clause_of_the_whole_is_looked_at(rule: str, broken: dict[str, Any]) -> None:
    assert broken_by(f"    quality: [{rule}]") == broken


def test_two_rules_of_one_name_are_told_apart() -> None:
    rules = "[{metric: rowCount, mustBe: 4}, {metric: rowCount, mustBe: 5}]"

    assert list(broken_by(f"    quality: {rules}")) == ["rowCount.2"]


def test_what_cannot_be_looked_at_is_listed_with_its_reason() -> None:
    clauses = """
    properties:
      - {name: tags, logicalType: array, logicalTypeOptions: {minItems: 1}}
      - name: age
        quality:
          - {id: soda, type: custom, engine: soda, implementation: 'missing_count = 0'}
          - {id: ours, type: custom, engine: headgate, implementation: {expectation: in_rang}}
          - {id: less, type: custom, engine: headgate, implementation: {expectation: in_range}}
"""
    contract = load((HEAD + clauses).encode(), "orders.yaml")

    found = promises_of(contract, "orders", Registry())

    assert [one.name for one in found.rules] == ["tags.logicalType"]
    assert found.untold == [
        "tags.min_items: it is not looked at",
        "age.soda: engine soda is not ours",
        "age.ours: no expectation named 'in_rang'",
        "age.less: the range of age has no end",
    ]


def test_a_contract_of_several_objects_is_about_the_one_of_that_name() -> None:
    contract = load((HEAD + "  - {name: lines, physicalName: shop.lines}\n").encode(), "o.yaml")

    assert object_of(contract, "shop.lines").name == "lines"
    with pytest.raises(NotFound, match="no object of contract orders named 'order'"):
        object_of(contract, "order")
