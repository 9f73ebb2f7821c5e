from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from headgate.spine.store.settling import as_kind, common, settled


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pa.int8(), pa.int64()),
        (pa.uint32(), pa.int64()),
        (pa.float32(), pa.float64()),
        (pa.decimal128(9, 2), pa.float64()),
        (pa.bool_(), pa.bool_()),
        (pa.date32(), pa.date32()),
        (pa.large_string(), pa.string()),
        (pa.struct([("a", pa.int8())]), pa.string()),
    ],
)
def test_every_type_has_one_it_is_read_as(kind: pa.DataType, expected: pa.DataType) -> None:
    assert settled(kind) == expected
    assert settled(settled(kind)) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (pa.int64(), pa.int64(), pa.int64()),
        (pa.int64(), pa.float64(), pa.float64()),
        (pa.bool_(), pa.int64(), pa.string()),
        (pa.date32(), pa.string(), pa.string()),
    ],
)
def test_two_types_have_one_in_common_whichever_comes_first(
    one: pa.DataType, other: pa.DataType, expected: pa.DataType
) -> None:
    assert common(one, other) == common(other, one) == expected


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pa.array([1, None]), pa.float64(), [1.0, None]),
        (pa.array([1, None]), pa.string(), ["1", None]),
        (pa.array([True, None]), pa.string(), ["true", None]),
        (pa.array([Decimal("1.50")]), pa.float64(), [1.5]),
        (pa.array([date(2026, 11, 3)]), pa.string(), ["2026-11-03"]),
        (pa.array([[1, 2], None]), pa.string(), ["[1,2]", None]),
        (pa.array([{"at": date(2026, 11, 3)}]), pa.string(), ['{"at":"2026-11-03"}']),
        (pa.nulls(2), pa.bool_(), [None, None]),
    ],
)
def test_values_are_read_as_a_type(values: Any, kind: pa.DataType, expected: list[Any]) -> None:
    found = as_kind(values, kind)

    assert found.type == kind
    assert found.to_pylist() == expected


def test_a_column_of_the_type_stays_as_it_is() -> None:
    lists = pa.array([[1], None])

    assert as_kind(lists, lists.type) is lists
