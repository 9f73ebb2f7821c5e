"""Values of a contract are taken for what Arrow compares with, or refused where DuckDB differs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.limits import (
    UnlikeError,
    given_of,
    limit_of,
    number_of,
    some_of,
    whole_of,
)
from headgate.core.checks import Column, Given

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sign", "value", "held", "wanted"),
    [
        ("<", 7, pa.int8(), 7),
        ("<", 1000, pa.int8(), 1000),
        (">=", 0.5, pa.int64(), 1),
        (">", -0.5, pa.int64(), -1),
        ("=", 2**53 + 1, pa.int64(), 2**53 + 1),
        (">", 7, pa.float32(), 7.0),
        ("=", 0.1, pa.float32(), 0.1),
        ("<", "é", pa.string(), "é"),
        ("<", date(2026, 1, 1), pa.date32(), date(2026, 1, 1)),
        ("<", NOON, pa.timestamp("us"), NOON.replace(tzinfo=None)),
        ("<", NOON.replace(tzinfo=None), pa.timestamp("us", "UTC"), NOON),
    ],
)
def test_a_value_is_taken_for_what_the_column_holds(
    sign: str, value: Any, held: pa.DataType, wanted: Any
) -> None:
    limit = limit_of(sign, value, held)

    assert limit.as_py() == wanted


@pytest.mark.parametrize(
    ("sign", "value", "held"),
    [
        ("<", None, pa.int64()),
        ("<", True, pa.int64()),
        ("=", 0.5, pa.int64()),
        ("<", float("inf"), pa.int64()),
        ("<", 2.0**53, pa.int64()),
        ("<", 2**24, pa.float32()),
        ("<", 2**53, pa.float64()),
        ("<", float("nan"), pa.float64()),
        ("<", Decimal("1.5"), pa.float64()),
        ("<", "2026-01-01", pa.date32()),
        ("<", NOON, pa.date32()),
        ("<", NOON, pa.timestamp("ns")),
        ("<", 7, pa.string()),
    ],
)
def test_a_value_that_duckdb_may_compare_otherwise_is_refused(
    sign: str, value: Any, held: pa.DataType
) -> None:
    with pytest.raises(UnlikeError):
        limit_of(sign, value, held)


@pytest.mark.parametrize("held", [pa.int64(), pa.uint64()])
def test_a_number_that_no_column_holds_is_refused(held: pa.DataType) -> None:
    value = 10**30 if held == pa.int64() else -1

    with pytest.raises((OverflowError, pa.ArrowException)):
        limit_of("<", value, held)


def test_whole_numbers_of_a_list_are_those_that_the_column_may_hold() -> None:
    numbers = [1, -1, 2.5, 255, 256, float("nan"), 3.0]

    assert whole_of(numbers, pa.uint8()).to_pylist() == [1, 255, 3]
    assert whole_of(numbers, pa.int8()).to_pylist() == [1, -1, 3]
    assert whole_of([2**62], pa.int64()).to_pylist() == [2**62]


@pytest.mark.parametrize("numbers", [[2**63], [2**53, 0.5], [-(2**60), 1.0]])
def test_numbers_that_would_be_rounded_are_refused(numbers: list[float]) -> None:
    with pytest.raises(UnlikeError):
        whole_of(numbers, pa.int64())


def test_forms_that_give_no_value_of_the_kind_are_refused() -> None:
    assert (given_of(Given("x"), str), number_of(Given(2.5)), some_of([1])) == ("x", 2.5, [1])
    for ask in (
        lambda: given_of(Given(True), int),
        lambda: given_of(Column("a"), str),
        lambda: number_of(Given("7")),
        lambda: number_of(Given(True)),
        lambda: number_of(Column("a")),
        lambda: some_of([]),
    ):
        with pytest.raises(UnlikeError):
            ask()
