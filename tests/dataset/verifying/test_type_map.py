"""Types of two copies: the same, wider by value, or another kind."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.dataset.verifying.type_map import judge, map_columns

LISTS = pa.list_(pa.field("element", pa.int64())), pa.list_(pa.field("item", pa.int64()))


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (pa.int32(), pa.int32(), "same"),
        (*LISTS, "same"),
        (pa.int8(), pa.uint64(), "widened"),
        (pa.int64(), pa.float32(), "widened"),
        (pa.null(), pa.string(), "widened"),
        (pa.time32("s"), pa.time64("us"), "widened"),
        (pa.date32(), pa.date64(), "widened"),
        (pa.decimal128(10, 2), pa.decimal128(12, 3), "widened"),
        (pa.large_list(pa.int64()), pa.list_(pa.int64(), 2), "widened"),
        (pa.list_(pa.int64()), pa.list_(pa.string()), "retyped"),
        (pa.int64(), pa.string(), "retyped"),
        (pa.timestamp("us"), pa.timestamp("us", tz="UTC"), "retyped"),
        (pa.bool_(), pa.int8(), "retyped"),
    ],
)
def test_two_types_are_judged_alike_both_ways(a: Any, b: Any, verdict: str) -> None:
    assert judge(a, b)[0] == judge(b, a)[0] == verdict


def test_text_of_any_offset_is_the_same() -> None:
    a, b = pa.schema([("x", pa.string())]), pa.schema([("x", pa.large_string())])

    [mapped] = map_columns(a, b, {})

    assert mapped.verdict == "same"


def test_a_renamed_column_is_mapped_and_no_other_takes_its_place() -> None:
    a = pa.schema([("id", pa.int64()), ("town", pa.string()), ("city", pa.string())])
    b = pa.schema([("id", pa.int64()), ("city", pa.string())])

    mapped = map_columns(a, b, {"town": "city"})

    assert [(one.a, one.b) for one in mapped] == [("id", "id"), ("town", "city")]
    with pytest.raises(NotFound, match="column of B"):
        map_columns(a, b, {"town": "cty"})
    with pytest.raises(NotFound, match="column of A"):
        map_columns(a, b, {"twn": "city"})
