"""What a step can be declared with, and what is refused before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from headgate import daily, keys, shell, sql, step
from headgate.core.errors import Invalid
from headgate.pipeline.steps import step_of

NAN = float("nan")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retries", "3"),
        ("retries", -1),
        ("retries", 2.5),
        ("retries", True),
        ("retries", None),
        ("wait_s", "1"),
        ("wait_s", -0.5),
        ("wait_s", NAN),
        ("wait_s", True),
        ("timeout_s", "60"),
        ("timeout_s", 0),
        ("timeout_s", -1),
        ("timeout_s", float("inf")),
        ("timeout_s", False),
        ("mode", "insert"),
        ("mode", None),
        ("mode", ["append"]),
        ("key", "id"),
        ("key", [1]),
        ("key", [""]),
        ("cache", "no"),
        ("cache", 0),
        ("process", "yes"),
        ("seed", "7"),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", 1.0),
        ("partitions", "day"),
        ("partitions", ["a", "b"]),
        ("whole", "orders"),
        ("after", "orders"),
        ("after", [step]),
        ("pool", 4),
        ("pool", None),
        ("name", 4),
        ("columns", ["id"]),
        ("columns", {"orders": "id"}),
        ("columns", {"orders": []}),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_the_step_and_the_argument(
    name: str, value: Any
) -> None:
    with pytest.raises(Invalid) as caught:

        @step(**{name: value})
        def totals(orders: Any) -> Any:
            return orders

    told = "4" if name == "name" else "totals"
    assert caught.value.message == f"step {told} has {name}={value!r}"
    assert caught.value.mend.startswith(f"in @step of {told} write {name}=")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"retries": 0, "wait_s": 0}, {"retries": 0, "wait_s": 0}),
        ({"wait_s": 2.5, "timeout_s": 1}, {"wait_s": 2.5, "timeout_s": 1, "process": True}),
        ({"mode": "upsert", "key": ["id"]}, {"mode": "upsert", "key": ("id",)}),
        ({"key": ("id", "day")}, {"key": ("id", "day")}),
        ({"seed": 0, "cache": False, "process": True}, {"seed": 0, "cache": False}),
        ({"seed": None, "timeout_s": None, "partitions": None}, {"seed": None, "process": False}),
        ({"partitions": keys("city", "x"), "whole": ["orders"]}, {"whole": ("orders",)}),
        ({"after": ("loaded",), "pool": "", "name": "other"}, {"after": ("loaded",)}),
        ({"pool": "gpu", "columns": {"orders": ("b", "a")}}, {"columns": {"orders": ("a", "b")}}),
    ],
)
def test_a_value_that_can_be_meant_stands_in_the_step(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    @step(**given)
    def totals(orders: Any) -> Any:
        return orders

    declared = step_of(totals)

    assert {name: getattr(declared, name) for name in expected} == expected


def test_an_argument_that_there_is_not_is_told_with_the_nearest() -> None:
    with pytest.raises(Invalid, match="unexpected keyword argument 'retrys'") as caught:

        @step(retrys=3)
        def totals() -> None:
            """Nothing."""

    assert caught.value.mend == "in @step of totals: did you mean retries?"


@pytest.mark.parametrize("kind", ["file", "reads", "takes_key", "function"])
def test_what_a_step_is_told_by_its_function_is_no_argument(kind: str) -> None:
    with pytest.raises(Invalid, match=f"unexpected keyword argument '{kind}'"):

        @step(columns=None, **{kind: "x"})
        def totals() -> None:
            """Nothing."""


def test_a_dataset_handed_whole_has_to_be_read() -> None:
    with pytest.raises(Invalid, match="names whole= 'rates', which it does not read") as caught:

        @step(partitions=daily("day", "2026-11-01"), whole=["rates"])
        def totals(orders: Any) -> Any:
            return orders

    assert caught.value.mend == "it reads orders"


def test_queries_and_commands_are_held_to_the_same() -> None:
    with pytest.raises(Invalid, match="step priced has retries='3'"):
        sql("priced", "select 1 as a", retries="3")
    with pytest.raises(Invalid, match="step clean has timeout_s=-1"):
        shell("clean", "true", timeout_s=-1)
