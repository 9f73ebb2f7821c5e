"""Where clauses stand: by the names of rules that checks report, and by paths of comparisons."""

from __future__ import annotations

import pytest

from headgate.contract.odcs.files import load
from headgate.contract.odcs.places import level_places, place_of
from headgate.contract.promises import promises_of
from headgate.spine.documents import parse
from headgate.spine.registry import Registry

TEXT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    quality:
      - {metric: rowCount, mustBeGreaterThan: 10}
    properties:
      - name: id
        logicalType: integer
        primaryKey: true
      - name: age
        required: true
        unique: true
        logicalType: integer
        logicalTypeOptions:
          minimum: 0
          maximum: 120
      - name: age.of
        logicalType: string
        logicalTypeOptions: {maxLength: 4, pattern: a+}
        relationships: [{to: people.age}]
        quality:
          - {metric: nullValues, mustBe: 0}
          - {metric: nullValues, mustBeLessThan: 3}
          - {id: own, type: sql, query: select 1, mustBe: 1}
"""
ROOT = parse(TEXT.encode(), "orders.yaml")
LINES = {
    "rowCount": 9,
    "primaryKey": 13,
    "id.primaryKey": 13,
    "id.logicalType": 12,
    "age.required": 15,
    "age.unique": 16,
    "age.logicalType": 17,
    "age.range": 19,
    "age.of.logicalType": 22,
    "age.of.length": 23,
    "age.of.pattern": 23,
    "age.of.relationship.people.age": 24,
    "age.of.nullValues": 26,
    "age.of.nullValues.2": 27,
    "age.of.own": 28,
}


def test_every_rule_of_a_contract_is_found_at_its_own_line() -> None:
    rules = promises_of(load(TEXT.encode(), "orders.yaml"), "orders", Registry()).rules

    found = {rule.name: place_of(ROOT, "orders", rule.name).line for rule in rules}

    assert found == LINES


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("age.maximum", 20),
        ("age", 14),
        ("age.of.maxLength", 23),
        ("age.of.quality.nullValues", 26),
        ("age.more", 14),
        ("nothing", 7),
    ],
)
def test_a_path_is_found_as_near_as_it_stands(path: str, line: int) -> None:
    assert place_of(ROOT, "orders", path).line == line


def test_an_object_that_is_not_there_is_the_whole_document() -> None:
    assert place_of(ROOT, "people", "age.range").line == 1


def test_service_levels_stand_at_their_lines_by_their_clauses() -> None:
    levels = "slaProperties:\n  - {property: latency}\n  - property: volume\n    value: 5\n"
    root = parse((TEXT + levels).encode(), "orders.yaml")

    found = {clause: mark.line for clause, mark in level_places(root).items()}

    assert found == {"slaProperties[0]": 30, "slaProperties[1]": 31}
    assert level_places(ROOT) == {}
