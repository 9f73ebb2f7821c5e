"""What changed: each change once, with its kind, at the highest place where it happened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headgate.contract.compat.changes import Change, changes
from headgate.contract.compat.schemas import document_of
from headgate.spine.documents import parse
from tests.contract.sample import WHOLE, document


def told(old: str, new: str, name: str = "c.yaml") -> list[tuple[str, str]]:
    before, after = (document_of(text.encode(), name) for text in (old, new))
    return [(one.path, one.kind) for one in changes(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "path", "kind"),
    [
        ("status: active", "status: deprecated", "status", "description"),
        ("tags: [sales]", "tags: [sales, eu]", "tags", "description"),
        ("usage: reports", "usage: models", "description.usage", "description"),
        ("role: owner", "role: steward", "team.members.ann.role", "description"),
        ("port: 5432", "port: 5433", "servers.main.port", "description"),
        (
            "classification: public",
            "classification: secret",
            "orders.city.classification",
            "compatible",
        ),
        ("required: true\n        primaryKey", "primaryKey", "orders.id.required", "compatible"),
        ("minimum: 0,", "minimum: 1,", "orders.id.minimum", "breaking"),
        ("mustBeGreaterThan: 0", "mustBeGreaterThan: 1", "orders.quality.rowCount", "breaking"),
        ("value: 3, unit: y", "value: 2, unit: y", "slaProperties.retention", "breaking"),
        ("value: 3, unit: y", "value: 4, unit: y", "slaProperties.retention.value", "compatible"),
        ("name: price", "name: cost", "orders.lines.items.price", "compatible"),
    ],
)
def test_a_change_of_a_contract_has_a_place_and_a_kind(
    before: str, after: str, path: str, kind: str
) -> None:
    assert before in WHOLE

    found = told(WHOLE, WHOLE.replace(before, after, 1))

    assert found[0] == (path, kind)
    assert len(found) == (2 if path.endswith("price") else 1)


def test_the_order_of_columns_is_no_change() -> None:
    plain = parse(WHOLE.encode(), "c.yaml").plain
    plain["schema"][0]["properties"].reverse()

    assert told(WHOLE, json.dumps(plain)) == []


def test_rules_of_one_name_are_told_apart_by_their_place() -> None:
    rules = [{"metric": "rowCount", "mustBeGreaterThan": number} for number in (1, 2)]
    other = [rules[0], {**rules[1], "description": "why"}]
    old, new = (document(schema=[{"name": "t", "quality": each}]) for each in (rules, other))

    assert [(one.path, one.kind) for one in changes(old, new)] == [
        ("t.quality.rowCount#2.description", "description")
    ]


def record(*fields: dict[str, Any], **more: Any) -> str:
    return json.dumps({"type": "record", "name": "R", "fields": list(fields), **more})


def test_changes_of_an_avro_schema() -> None:
    old = record({"name": "a", "type": "int"}, {"name": "b", "type": "int", "doc": "x"})
    new = record({"name": "a", "type": "long"}, {"name": "b", "type": "int", "doc": "y"}, doc="z")

    assert told(old, new, "s.avsc") == [
        ("$.a", "breaking"),
        ("$.b.doc", "description"),
        ("$.doc", "description"),
    ]


def test_changes_of_a_json_schema() -> None:
    column = {"type": "string", "maxLength": 5, "title": "x"}
    old, new = (
        json.dumps({"type": "object", "properties": {"a": column | more}})
        for more in ({}, {"maxLength": 6, "title": "y", "default": "z"})
    )

    assert told(old, new, "s.json") == [
        ("$.a.maxLength", "breaking"),
        ("$.a.default", "compatible"),
        ("$.a.title", "description"),
    ]


def test_a_change_of_kind_of_value_is_a_change() -> None:
    old = document(customProperties=[{"property": "p", "value": 1}])
    new = document(customProperties=[{"property": "p", "value": True}])

    (found,) = changes(old, new)

    assert found == Change("customProperties.p.value", "1", "true", "description")
