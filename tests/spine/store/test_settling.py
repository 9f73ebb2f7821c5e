from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (pa.int8(), pa.int64(), pa.int64()),
        (pa.uint64(), pa.int32(), pa.int64()),
        (pa.decimal128(9, 2), pa.decimal128(12, 3), pa.float64()),
        (pa.decimal128(9, 2), pa.int64(), pa.float64()),
        (pa.float32(), pa.float64(), pa.float64()),
        (pa.duration("us"), pa.int64(), pa.string()),
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
        (pa.array([b"\xff", None]), pa.string(), ["/w==", None]),
        (pa.array([b"ab"], pa.binary(2)), pa.string(), ["YWI="]),
        (pa.array([2**64 - 1, 7, None], pa.uint64()), pa.int64(), [None, 7, None]),
        (pa.array([2**64 - 1], pa.uint64()), pa.float64(), [2.0**64]),
        (pa.array([2**60 + 1], pa.int64()), pa.float64(), [2.0**60]),
        (pa.array([0.1], pa.float32()), pa.float64(), [0.10000000149011612]),
        (pa.array(["x", None]).dictionary_encode(), pa.string(), ["x", None]),
        (pa.array([timedelta(seconds=1)]), pa.string(), ["1000000"]),
        (pa.array([[float("nan")]]), pa.string(), ["[null]"]),
    ],
)
def test_values_are_read_as_a_type(values: Any, kind: pa.DataType, expected: list[Any]) -> None:
    found = as_kind(values, kind)

    assert found.type == kind
    assert found.to_pylist() == expected


def test_a_column_of_the_type_stays_as_it_is() -> None:
    lists = pa.array([[1], None])

    assert as_kind(lists, lists.type) is lists


KINDS = [pa.bool_(), pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(9, 2), pa.string()]
KINDS += [pa.date32(), pa.binary(), pa.list_(pa.int8()), pa.null(), pa.time64("us")]


@given(one=st.sampled_from(KINDS), other=st.sampled_from(KINDS), third=st.sampled_from(KINDS))
def test_the_type_in_common_depends_on_no_order_and_stays(
    one: pa.DataType, other: pa.DataType, third: pa.DataType
) -> None:
    a, b, c = settled(one), settled(other), settled(third)

    both = common(a, b)

    assert both == common(b, a) == common(both, a) == common(both, b)
    assert common(both, c) == common(a, common(b, c))


@given(
    values=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
    kind=st.sampled_from([pa.float64(), pa.string()]),
)
def test_a_whole_number_is_read_as_python_does(values: list[int | None], kind: Any) -> None:
    read = float if kind == pa.float64() else str

    found = as_kind(pa.array(values, pa.int64()), kind).to_pylist()

    assert found == [None if value is None else read(value) for value in values]
