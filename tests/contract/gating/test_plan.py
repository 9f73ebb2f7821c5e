"""What a gate reads out of a contract, and the types and shapes it asks for."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.checking import Rule
from headgate.contract.gating.plan import plan_of, stops, type_for
from headgate.contract.shapes import look_at_shape
from headgate.core.checks import Check, Shape
from headgate.spine.registry import Registry
from tests.contract.guarded import AMOUNT, ID, UNIQUE, with_default
from tests.contract.sample import contract


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The expectations there are."""
    return Registry()


def test_promises_are_sorted_by_when_they_can_be_seen(registry: Registry) -> None:
    total = {"metric": "rowCount", "mustBeGreaterThan": 3}
    about = {"name": "t", "properties": [UNIQUE, AMOUNT], "quality": [total]}

    plan = plan_of(contract(schema=[about]), "t", registry)

    assert {one.name for one in plan.shapes} == {"id.logicalType", "amount.logicalType"}
    assert {one.name for one in plan.rows} == {"id.required", "id.unique", "amount.range"}
    assert ([one.name for one in plan.counts], plan.figures) == (["rowCount"], [])


def test_a_column_with_a_default_or_without_a_need_may_stay_away(registry: Registry) -> None:
    city: dict[str, object] = {"name": "city", "logicalType": "string", "required": True}
    key: dict[str, object] = {"name": "key", "primaryKey": True}
    properties = [ID, AMOUNT, with_default(city, "nowhere"), key]

    plan = plan_of(contract(*properties), "t", registry)

    assert plan.required == {"id", "key"}
    assert plan.named == {"id": "integer", "amount": "number", "city": "text", "key": None}
    assert {name: one.as_py() for name, one in plan.defaults.items()} == {"city": "nowhere"}


@pytest.mark.parametrize(
    ("severity", "is_stopping"),
    [("error", True), ("", True), ("critical", True), ("warning", False), ("INFO", False)],
)
def test_all_but_a_warning_stops(severity: str, *, is_stopping: bool) -> None:
    rule = Rule("r", Check(Shape(("id",))), severity=severity)

    assert stops(rule) is is_stopping


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        (None, pa.array(["a"]), pa.string()),
        ("number", pa.array([1]), pa.int64()),
        ("integer", pa.array(["1"]), pa.int64()),
        ("number", pa.array(["1"]), pa.float64()),
        ("boolean", pa.array(["true"]), pa.bool_()),
        ("date", pa.array(["2026-01-01"]), pa.date32()),
        ("text", pa.array([1]), pa.string()),
        ("timestamp", pa.array(["2026-01-01T00:00:00"]), pa.timestamp("us")),
        ("timestamp", pa.array([None, "2026-01-01T00:00:00Z"]), pa.timestamp("us", "UTC")),
        ("timestamp", pa.array(["2026-01-01 10:00:00 +0130"]), pa.timestamp("us", "UTC")),
        ("timestamp", pa.array([None], pa.string()), pa.timestamp("us")),
        ("timestamp", pa.array([1], pa.timestamp("s", "UTC")), pa.timestamp("s", "UTC")),
        ("array", pa.array(["a"]), None),
    ],
)
def test_a_column_is_read_as_what_is_promised_unless_it_fits_already(
    kind: str | None, values: Any, wanted: pa.DataType | None
) -> None:
    assert type_for(kind, pa.chunked_array([values])) == wanted


SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.string()), ("_rid", pa.int64())])


@pytest.mark.parametrize(
    ("promise", "told"),
    [
        (Shape(("a", "b")), ""),
        (Shape(("b", "a")), ""),
        (Shape(("b", "a"), is_ordered=True), "columns stand as a, b"),
        (Shape(("a",), is_ordered=True), ""),
        (Shape(("a", "c", "d")), "there is no column c, d"),
        (Shape(("c", "a"), is_ordered=True), "there is no column c"),
        (Shape(("a",), is_closed=True), "column b was not promised"),
        (Shape(("a", "b"), is_closed=True), ""),
        (Shape(types={"a": "integer", "b": "text"}, is_closed=True), ""),
        (Shape(types={"a": "text"}), "a holds int64, not text"),
        (Shape(types={"a": "number", "z": "text"}), "there is no column z"),
        (
            Shape(("c",), {"b": "date"}, is_closed=True),
            "there is no column c; column a was not promised; b holds string, not date",
        ),
        (Shape(), ""),
    ],
)
def test_what_is_wrong_with_columns_is_said_in_one_order(promise: Shape, told: str) -> None:
    assert look_at_shape(promise, SCHEMA) == told
