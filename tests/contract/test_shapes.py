"""What is said of columns that are not there, stand elsewhere or hold something else."""

from __future__ import annotations

import pyarrow as pa
import pytest

from headgate.contract.shapes import KINDS, look_at_shape
from headgate.core.checks import Shape

TYPES: dict[str, list[pa.DataType]] = {
    "text": [pa.string(), pa.large_string()],
    "integer": [pa.int8(), pa.uint64()],
    "number": [pa.int32(), pa.float32(), pa.decimal128(9, 2)],
    "boolean": [pa.bool_()],
    "date": [pa.date32(), pa.date64()],
    "timestamp": [pa.timestamp("us"), pa.timestamp("ns", "UTC")],
    "time": [pa.time32("s"), pa.time64("us")],
    "bytes": [pa.binary(), pa.large_binary()],
    "array": [pa.list_(pa.int8()), pa.large_list(pa.string())],
    "object": [pa.struct([("a", pa.int8())]), pa.map_(pa.string(), pa.int8())],
}
ROWS = pa.schema([("_rid", pa.int64()), ("a", pa.int64()), ("b", pa.string()), ("c", pa.float64())])


@pytest.mark.parametrize("kind", list(TYPES))
def test_each_kind_is_held_by_its_own_types(kind: str) -> None:
    promise = Shape(types={"x": kind})

    said = [look_at_shape(promise, pa.schema([("x", one)])) for one in TYPES[kind]]

    assert set(TYPES) == set(KINDS)
    assert set(said) == {""}


@pytest.mark.parametrize("kind", ["text", "boolean", "date", "timestamp", "time", "bytes"])
def test_no_kind_is_held_by_the_types_of_another(kind: str) -> None:
    promise = Shape(types={"x": kind})

    for other in set(TYPES) - {kind}:
        for one in TYPES[other]:
            assert look_at_shape(promise, pa.schema([("x", one)])) == f"x holds {one}, not {kind}"


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        (Shape(), ""),
        (Shape(columns=("b", "a")), ""),
        (Shape(columns=("a", "b"), is_ordered=True), ""),
        (Shape(columns=("b", "a"), is_ordered=True), "columns stand as a, b"),
        (Shape(columns=("a", "c"), is_ordered=True), "columns stand as a, b"),
        (Shape(columns=("a", "z", "y")), "there is no column z, y"),
        (Shape(columns=("z", "z"), types={"z": "text"}), "there is no column z"),
        (Shape(columns=("z", "a"), is_ordered=True), "there is no column z"),
        (Shape(columns=("a", "b", "c"), is_closed=True), ""),
        (Shape(columns=("a",), is_closed=True), "column b, c was not promised"),
        (Shape(types={"a": "integer", "b": "text", "c": "number"}, is_closed=True), ""),
        (Shape(types={"a": "text", "z": "text"}), "there is no column z; a holds int64, not text"),
        (
            Shape(columns=("a", "z"), types={"a": "date"}, is_closed=True),
            "there is no column z; column b, c was not promised; a holds int64, not date",
        ),
    ],
)
def test_what_is_wrong_with_columns_is_said_in_a_line(promise: Shape, said: str) -> None:
    assert look_at_shape(promise, ROWS) == said


def test_columns_of_our_own_are_nobody_s_promise_and_no_breach() -> None:
    promise = Shape(columns=("_rid",))

    assert look_at_shape(promise, ROWS) == "there is no column _rid"
