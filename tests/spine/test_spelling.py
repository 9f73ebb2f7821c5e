"""Rows as JSON: each value comes back as what it was, whatever library is installed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.spine.spelling import json_row, json_rows, spelled, values_of, without_views

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)


@settings(max_examples=30)
@given(st.lists(st.fixed_dictionaries({"id": st.integers(0, 9), "text": st.text()}), min_size=1))
def test_rows_of_plain_values_come_back_as_they_were(rows: list[dict[str, object]]) -> None:
    texts = json_rows(pa.Table.from_pylist(rows))

    assert [msgspec.json.decode(one) for one in texts] == rows


@settings(max_examples=30)
@given(st.dictionaries(st.text(), st.one_of(CELLS, st.lists(CELLS))))
def test_finite_values_are_spelled_as_themselves(row: dict[str, object]) -> None:
    back = msgspec.json.decode(json_row(row))

    assert back == row


@pytest.mark.parametrize(
    ("value", "text"), [(float("nan"), "nan"), (float("inf"), "inf"), (float("-inf"), "-inf")]
)
def test_numbers_that_json_has_not_are_text_however_deep(value: float, text: str) -> None:
    nested = {"a": [value, {"b": (value, 1.0)}]}

    assert spelled(nested) == {"a": [text, {"b": [text, 1.0]}]}


def test_times_are_in_microseconds_as_they_are_kept() -> None:
    moments = pa.chunked_array([pa.array([1_999], pa.timestamp("ns", "UTC"))])
    lengths = pa.chunked_array([pa.array([2_000_000], pa.duration("ns"))])

    assert values_of(moments) == [datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)]
    assert type(values_of(moments)[0]) is datetime
    assert values_of(lengths) == [timedelta(milliseconds=2)]


def test_a_day_beyond_python_is_text_and_the_others_are_days() -> None:
    days = pa.chunked_array([pa.array([0, 10**9, None], pa.date32())])

    first, far, missing = values_of(days)

    assert (first, missing) == (date(1970, 1, 1), None)
    assert isinstance(far, str)


def test_a_moment_too_far_for_microseconds_is_told_in_its_own_words() -> None:
    moments = pa.array([10**15], pa.timestamp("s"))

    (row,) = json_rows(pa.table({"at": moments}))

    assert isinstance(msgspec.json.decode(row)["at"], str)


def test_what_cannot_even_be_text_says_what_it_is() -> None:
    far = pa.array([{"day": 10**9}], pa.struct([("day", pa.date32())]))

    (value,) = values_of(pa.chunked_array([far]))

    assert value == "a struct<day: date32[day]> that cannot be written"


def test_decimals_bytes_and_categories_are_spelled_as_json_can() -> None:
    rows = pa.table(
        {
            "price": pa.array([Decimal("1.50")]),
            "photo": pa.array([b"\x00\xff"]),
            "kind": pa.array(["a"]).dictionary_encode(),
        }
    )

    assert json_rows(rows) == ['{"price":"1.50","photo":"AP8=","kind":"a"}']


def test_a_table_without_columns_has_rows_all_the_same() -> None:
    rows = pa.table({"a": [1, 2]}).select([])

    assert json_rows(rows) == ["{}"] * rows.num_rows


def test_views_become_plain_and_all_else_stays_as_it_is() -> None:
    viewed = pa.table({"a": pa.array(["x", None], pa.string_view()), "b": [1, 2]})
    viewed = viewed.replace_schema_metadata({"told": "once"})

    plain = without_views(viewed)

    assert plain.schema.types == [pa.string(), pa.int64()]
    assert plain.schema.metadata == {b"told": b"once"}
    assert plain["a"].to_pylist() == ["x", None]
    assert without_views(plain) is plain
