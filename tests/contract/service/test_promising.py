"""What a level is about, and how much it weighs."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.odcs.files import load
from headgate.contract.service.promising import Promised, promised_of
from headgate.core.errors import NotFound
from tests.contract.sample import contract_text

OBJECTS: list[dict[str, object]] = [
    {"name": "orders", "physicalName": "shop.orders", "properties": [{"name": "placed"}]},
    {"name": "lines", "properties": [{"name": "at"}]},
]


def found(level: dict[str, Any], dataset: str = "orders", **more: object) -> list[Promised]:
    known = {"property": "latency", "value": 1, "unit": "h"} | level
    text = contract_text(schema=OBJECTS, slaProperties=[known], **more)
    return list(promised_of(load(text.encode(), "c.yaml"), dataset))


@pytest.mark.parametrize(
    ("element", "columns"),
    [
        ("", [None]),
        ("orders", [None]),
        ("shop.orders", [None]),
        ("orders.placed", ["placed"]),
        ("shop.orders.placed", ["placed"]),
        ("placed", ["placed"]),
        ("orders.a.b", ["a.b"]),
        ("lines.at", []),
        ("lines", []),
        ("orders.placed, lines.at , paid", ["placed", "paid"]),
    ],
)
def test_a_level_is_about_the_elements_that_are_the_datasets(
    element: str, columns: list[str | None]
) -> None:
    assert [one.column for one in found({"element": element})] == columns


def test_the_default_element_stands_in_where_none_is_named() -> None:
    more: dict[str, Any] = {"slaDefaultElement": "orders.placed"}

    assert [one.column for one in found({}, **more)] == ["placed"]
    assert [one.column for one in found({"element": "orders"}, **more)] == [None]
    assert found({}, "lines", **more) == []


def test_how_often_and_how_long_are_asked_of_the_dataset_whatever_is_named() -> None:
    often = {"property": "frequency", "element": "orders.placed"}

    assert [one.column for one in found(often)] == [None]


def test_a_contract_about_others_promises_nothing_here() -> None:
    with pytest.raises(NotFound, match="did you mean orders"):
        found({}, "ordres")


@pytest.mark.parametrize(
    ("level", "custom", "severity", "is_stopping"),
    [
        ({}, None, "error", True),
        ({}, "warning", "warning", False),
        ({"severity": "info"}, "critical", "info", False),
        ({"id": "late"}, {"late": "Warning"}, "Warning", False),
        ({}, {"latency": "critical"}, "critical", True),
        ({}, {"frequency": "info"}, "error", True),
    ],
)
def test_how_bad_it_is_stands_at_the_level_or_in_a_custom_property(
    level: dict[str, Any], custom: Any, severity: str, *, is_stopping: bool
) -> None:
    more: dict[str, Any] = {}
    if custom is not None:
        more = {"customProperties": [{"property": "serviceLevelSeverity", "value": custom}]}

    (one,) = found(level, **more)

    assert (one.severity, one.is_stopping) == (severity, is_stopping)
