"""Nested cells are written as JSON, the same for a whole column at once as cell by cell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.spine.store.nested import nested_texts

KIND = pa.struct(
    [
        ("b", pa.list_(pa.float64())),
        ("a", pa.struct([("word", pa.string()), ("n", pa.int64())])),
        ("when", pa.timestamp("us", "UTC")),
        ("ok", pa.list_(pa.list_(pa.bool_()))),
    ]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
CELLS = st.none() | st.fixed_dictionaries(
    {
        "b": st.none() | st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        "a": st.none()
        | st.fixed_dictionaries({"word": st.none() | st.text(), "n": st.none() | NUMBERS}),
        "when": st.none() | st.datetimes(timezones=st.just(UTC)),
        "ok": st.none() | st.lists(st.none() | st.lists(st.none() | st.booleans(), max_size=2)),
    }
)


def texts(values: Any, kind: Any) -> list[str]:
    """Write a column."""
    written = [text for part in nested_texts("c", pa.array(values, kind)) for text in part]
    return [text.decode() for text in written]


@given(st.lists(CELLS, max_size=5))
def test_a_column_is_written_as_each_of_its_cells_would_be(cells: list[Any]) -> None:
    # independent source: msgspec writes the Python value of one cell
    encoder = msgspec.json.Encoder(order="deterministic")

    written = texts(cells, KIND)

    column: Any = pa.array(cells, KIND)
    assert written == [encoder.encode(cell).decode() for cell in column.to_pylist()]


def test_the_fields_of_a_record_stand_in_the_order_of_their_names() -> None:
    kind = pa.struct([("b", pa.int8()), ("a", pa.string())])

    assert texts([{"b": 1, "a": 'x"y'}, None], kind) == ['{"a":"x\\"y","b":1}', "null"]


def test_numbers_that_json_has_not_are_told_from_null() -> None:
    inf = float("inf")

    written = texts([[float("nan"), None, inf, -inf, 0.5]], pa.list_(pa.float64()))

    assert written == ["[NaN,null,Infinity,-Infinity,0.5]"]


def test_lists_of_numbers_keep_their_lengths_and_their_nulls() -> None:
    kind = pa.list_(pa.float32())

    assert texts([[1.5, 2.0], [], [0.1]], kind) == ["[1.5,2.0]", "[]", "[0.10000000149011612]"]
    assert texts([[1.5, None], None], kind) == ["[1.5,null]", "null"]


def test_a_wide_column_is_written_part_by_part() -> None:
    wide = pa.array([[float(n)] * 50_000 for n in range(12)], pa.list_(pa.float64()))

    parts = list(nested_texts("c", wide))

    assert len(parts) > 1
    assert [json.loads(text)[0] for part in parts for text in part] == list(range(12))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1], pa.time64("ns")),
        ([{"at": 1}], pa.struct([("at", pa.timestamp("ns"))])),
        ([[1]], pa.list_(pa.duration("ns"))),
        ([[2**62]], pa.list_(pa.timestamp("s"))),
        ([{"at": 400_000_000_000_000_000}], pa.struct([("at", pa.timestamp("us"))])),
        ([[400_000_000]], pa.list_(pa.date32())),
    ],
)
def test_what_is_too_fine_or_too_far_is_refused_with_its_column(values: Any, kind: Any) -> None:
    with pytest.raises(Invalid, match="column 'c' holds a value") as caught:
        texts(values, kind)

    assert "microseconds" in caught.value.mend


def test_nanoseconds_that_are_whole_microseconds_are_written() -> None:
    kind = pa.struct([("at", pa.timestamp("ns", "UTC")), ("for", pa.duration("ns"))])

    written = texts([{"at": 1_000, "for": 2_000}], kind)

    moment = datetime(1970, 1, 1, 0, 0, 0, 1, UTC)
    expected = {"at": moment, "for": timedelta(microseconds=2)}
    assert written == [msgspec.json.encode(expected).decode()]
    assert texts([5_000], pa.time64("ns")) == [f'"{time(0, 0, 0, 5).isoformat()}"']
