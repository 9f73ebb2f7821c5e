"""Every type into every kind of column, and what is said of a value that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.serve.cast import json_text
from headgate.serve.nouns import LogPredictions
from headgate.serve.schema import FIELDS, SCHEMA, fit

TEN = datetime(2026, 11, 3, 10, tzinfo=UTC)
NAN, INF = float("nan"), float("inf")
HUGE = 2**64 - 1


def fitted(column: str, array: Any) -> list[Any]:
    table = fit(pa.table({column: array}), LogPredictions()).table
    assert table.schema == SCHEMA
    return table[column].to_pylist()


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (pa.array(["a", "", None, "ä\x00"]), ["a", "", None, "ä\x00"]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array(["a", None], pa.string_view()), ["a", None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array([7, None, -7]), ["7", None, "-7"]),
        (pa.array([HUGE], pa.uint64()), ["18446744073709551615"]),
        (pa.array([7, 7], pa.int8()).dictionary_encode(), ["7", "7"]),
        (pa.array(["x", "a", "b"]).slice(1), ["a", "b"]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_texts_and_whole_numbers_are_text(array: Any, kept: list[str | None]) -> None:
    assert fitted("user_key", array) == kept


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (pa.array([1, None], pa.int8()), [1.0, None]),
        (pa.array([0.5, NAN, INF, -INF, None]), [0.5, None, INF, -INF, None]),
        (pa.array([0.5, None], pa.float32()), [0.5, None]),
        (pa.array([0.5, NAN], pa.float16()), [0.5, None]),
        (pa.array([Decimal("1.25"), None]), [1.25, None]),
        (pa.array(["1.5", "-2e3", None]), [1.5, -2000.0, None]),
        (pa.array(["0.5"], pa.string_view()), [0.5]),
        (pa.array(["0.5", "0.5"]).dictionary_encode(), [0.5, 0.5]),
        (pa.array(["nan", "NaN", "1"]), [None, None, 1.0]),
        (pa.nulls(1), [None]),
    ],
)
def test_what_is_a_number_is_read_as_one(array: Any, kept: list[float | None]) -> None:
    assert fitted("confidence", array) == kept


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (pa.array([7, None], pa.uint8()), [7, None]),
        (pa.array([2**63 - 1], pa.uint64()), [2**63 - 1]),
        (pa.array([7.0, NAN, None]), [7, None, None]),
        (pa.array([Decimal("7.00")]), [7]),
        (pa.array(["7", None], pa.large_string()), [7, None]),
    ],
)
def test_whole_numbers_of_any_type_are_counted(array: Any, kept: list[int | None]) -> None:
    assert fitted("n_tokens_in", array) == kept


@pytest.mark.parametrize(
    "array",
    [
        pa.array([TEN.replace(tzinfo=None)]),
        pa.array([TEN.replace(tzinfo=None)], pa.timestamp("ns")),
        pa.array([TEN], pa.timestamp("ms", "America/New_York")),
        pa.array([TEN.astimezone(timezone(timedelta(hours=5)))]),
        pa.array([TEN, TEN]).dictionary_encode(),
        pa.array(["2026-11-03T10:00:00"]),
        pa.array(["2026-11-03 10:00"]),
        pa.array(["2026-11-03T10:00:00.000000999Z"]),
        pa.array(["2026-11-03T15:30:00.000000+05:30"], pa.large_string()),
        pa.array(["2026-11-03T05:00:00-0500"], pa.string_view()),
    ],
)
def test_one_moment_in_many_writings_is_one(array: Any) -> None:
    assert set(fitted("at", array)) == {TEN}


def test_dates_are_midnights_and_missing_times_are_now() -> None:
    before = now()

    old, new = fitted("at", pa.array([date(2026, 11, 3), None], pa.date64()))

    assert old == datetime(2026, 11, 3, tzinfo=UTC)
    assert before <= new <= now()


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (pa.array([[1, 2], None, []]), [[1, 2], None, []]),
        (pa.array([[1], [2, 3]], pa.large_list(pa.uint64())), [[1], [2, 3]]),
        (pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), [[1, 2], None]),
        (pa.array([None, 5, None, 6], pa.uint64()), [None, [5], None, [6]]),
        (pa.array([5, 5]).dictionary_encode(), [[5], [5]]),
        (pa.array([[9], [1], None, [2]]).slice(1), [[1], None, [2]]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_row_ids_are_lists(array: Any, kept: list[list[int] | None]) -> None:
    assert fitted("input_row_ids", array) == kept


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (pa.array([HUGE], pa.uint64()), [HUGE]),
        (pa.array([0.5, NAN, INF]), [0.5, None, None]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array(['{"a": [1]}', "7", ""], pa.large_string()), [{"a": [1]}, "7", ""]),
        (pa.array(["a", "a", None]).dictionary_encode(), ["a", "a", None]),
        (pa.array([{"a": NAN, "b": [None]}]), [{"a": None, "b": [None]}]),
        (pa.array([[True], None]), [[True], None]),
        (pa.array([TEN]), ["2026-11-03T10:00:00Z"]),
        (pa.array([time(1, 2)]), ["01:02:00"]),
        (pa.array([timedelta(days=1)]), ["P1D"]),
        (pa.array([b"7"]), ["Nw=="]),
    ],
)
def test_any_output_can_be_read_back_from_its_json(array: Any, kept: list[Any]) -> None:
    texts = fitted("output", array)

    read = [None if text is None else msgspec.json.decode(text) for text in texts]
    assert read == kept


MISFITS: list[tuple[str, Any, int, str]] = [
    ("user_key", pa.array([None, 1.5]), 1, "not text"),
    ("user_key", pa.array([None, None, True]), 2, "not text"),
    ("user_key", pa.array([b"a"]), 0, "not text"),
    ("user_key", pa.array([{"a": 1}]), 0, "not text"),
    ("confidence", pa.array(["1", "high"]), 1, "'high'"),
    ("confidence", pa.array(["1", "", "x"]), 1, "''"),
    ("confidence", pa.array([1, HUGE], pa.uint64()), 1, str(HUGE)),
    ("confidence", pa.array([None, False]), 1, "not numbers"),
    ("confidence", pa.array([[0.5]]), 0, "not numbers"),
    ("n_tokens_in", pa.array([1.0, None, 2.5]), 2, "2.5"),
    ("n_tokens_in", pa.array([1.0, INF]), 1, "inf"),
    ("n_tokens_in", pa.array([Decimal("1.00"), Decimal("1.50")]), 1, "1.50"),
    ("n_tokens_in", pa.array([None, TEN]), 1, "not whole numbers"),
    ("n_tokens_in", pa.array([timedelta(seconds=1)]), 0, "not whole numbers"),
    ("n_tokens_in", pa.array([date(2026, 1, 1)], pa.date64()), 0, "not whole numbers"),
    ("at", pa.array(["2026-11-03", None, "2026-02-30"]), 2, "'2026-02-30'"),
    ("at", pa.array([None, 1_793_700_000]), 1, "not a time"),
    ("at", pa.array([None, time(1)]), 1, "not a time"),
    ("at", pa.array([0, 1_793_707_200_000], pa.timestamp("s")), 1, "the years 1 to 9999"),
    ("at", pa.array(["2026-11-03", "9999-12-31T23:59:59-05:00"]), 1, "the years 1 to 9999"),
    ("at", pa.array([0, 2**31 - 1], pa.int32()).cast(pa.date32()), 1, "the years 1 to 9999"),
    ("due_at", pa.array([0, 2**55], pa.timestamp("ms")), 1, "the years 1 to 9999"),
    ("input_row_ids", pa.array([None, "7"]), 1, "not lists of row ids"),
    ("input_row_ids", pa.array([None, [1.5]]), 1, "not lists of row ids"),
    ("input_row_ids", pa.array([[1], None, [2, None]]), 2, "holds a null"),
    ("input_row_ids", pa.array([[1], [HUGE]], pa.list_(pa.uint64())), 1, str(HUGE)),
    ("input_row_ids", pa.array([None, None, HUGE], pa.uint64()), 2, str(HUGE)),
]


@pytest.mark.parametrize(("column", "array", "row", "told"), MISFITS)
def test_a_value_that_does_not_fit_is_named_with_column_and_row(
    refuses: Callable[..., str], column: str, array: Any, row: int, told: str
) -> None:
    message = refuses(Invalid, lambda: fitted(column, array))

    assert column in message
    assert f"row {row}" in message
    assert told in message


@pytest.mark.parametrize("place", [0, 1, 511, 777, 998, 999])
def test_the_first_of_many_misfits_is_found(refuses: Callable[..., str], place: int) -> None:
    values = [str(number) for number in range(1000)]
    values[place] = values[-1] = "many"

    message = refuses(Invalid, lambda: fitted("n_tokens_in", pa.array(values)))

    assert f"n_tokens_in of row {place} is 'many'" in message


@given(st.text() | st.text('[]{}",:0123456789.eE-+ \\u').map(lambda text: f"[{text}"))
def test_whatever_text_is_given_its_json_can_be_read_back(text: str) -> None:
    read = msgspec.json.decode(json_text(text))

    assert read == text or isinstance(read, list | dict)


@pytest.mark.parametrize("text", ["[1e999]", "[" * 100_000, "[" * 9000 + "]" * 9000, '["\\ud800"]'])
def test_json_that_nobody_could_read_back_is_kept_as_text(text: str) -> None:
    assert msgspec.json.decode(json_text(text)) == text


def test_missing_and_extra_columns_in_any_order_are_fitted() -> None:
    rows = pa.table({"zone": ["eu", None], "output": [1, 2], "tags": [["a"], None]})

    kept = fit(rows, LogPredictions(release="api@1", snapshot="orders@1"))

    assert kept.table.schema == SCHEMA
    assert kept.extra == ("zone", "tags")
    assert kept.table["extra"].to_pylist() == ['{"zone":"eu","tags":["a"]}', None]
    assert kept.table["snapshot"].to_pylist() == ["orders@1"] * 2
    there = {"release", "snapshot", "at", "output", "extra"}
    assert all(kept.table[name].null_count == 2 for name in SCHEMA.names if name not in there)


def test_a_table_of_many_chunks_is_fitted_as_one() -> None:
    parts = [pa.table({"input_row_ids": [[n]], "user_key": [f"u{n}"]}) for n in range(5)]

    table = fit(pa.concat_tables(parts), LogPredictions()).table

    assert table["input_row_ids"].to_pylist() == [[n] for n in range(5)]
    assert table["user_key"].to_pylist() == [f"u{n}" for n in range(5)]


def test_each_field_says_what_stands_in_it_and_counts_name_their_unit() -> None:
    docs = {field.name: field.doc for field in FIELDS}

    assert len(docs) == len(FIELDS) == len(set(docs.values()))
    assert all("[count]" in doc for name, doc in docs.items() if name.startswith("n_"))
    assert ("[ms]" in docs["latency_ms"], "[USD]" in docs["cost"]) == (True, True)
