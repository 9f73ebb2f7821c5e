from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.serve.nouns import LogPredictions
from headgate.serve.schema import FIELDS, MAX_BYTES, SCHEMA, fit


def fitted(column: str, values: Any, kind: pa.DataType | None = None) -> list[Any]:
    table = pa.table({column: pa.array(values, kind)})
    return fit(table, LogPredictions()).table[column].to_pylist()


def test_every_column_of_the_schema_is_documented() -> None:
    assert [field.name for field in FIELDS] == SCHEMA.names
    assert all(field.doc for field in FIELDS)


def test_a_table_of_nothing_gets_every_column_and_the_time() -> None:
    before = now()

    table = fit(pa.table({"output": [1, 2]}), LogPredictions(deployment="prod")).table

    assert table.schema == SCHEMA
    assert table["deployment"].to_pylist() == ["prod", "prod"]
    assert all(at is not None and before <= at <= now() for at in table["at"].to_pylist())
    assert table["prediction_id"].null_count == 2


def test_a_date_is_its_midnight() -> None:
    assert fitted("at", ["2026-11-03"]) == [datetime(2026, 11, 3, tzinfo=UTC)]
    assert fitted("at", [date(2026, 11, 3)]) == [datetime(2026, 11, 3, tzinfo=UTC)]


def test_a_row_goes_before_the_default() -> None:
    rows = pa.table({"deployment": ["canary", None]})

    table = fit(rows, LogPredictions(deployment="prod")).table

    assert table["deployment"].to_pylist() == ["canary", "prod"]


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (["yes", "1", "null", 'a "b"'], ['"yes"', '"1"', '"null"', '"a \\"b\\""']),
        (['{"a": 1}', "[1]", "{draft", "[", None], ['{"a": 1}', "[1]", '"{draft"', '"["', None]),
        ([1, 2], ["1", "2"]),
        ([0.5, 1e20, float("nan"), float("inf")], ["0.5", "1e+20", None, None]),
        ([True, None], ["true", None]),
        ([{"a": 1, "b": None}], ['{"a":1,"b":null}']),
        ([["x"], []], ['["x"]', "[]"]),
        ([date(2026, 11, 3)], ['"2026-11-03"']),
    ],
)
def test_outputs_are_kept_as_json(values: list[Any], kept: list[str | None]) -> None:
    assert fitted("output", values) == kept


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2026-11-03T10:00:00Z", "2026-11-03T12:00:00+02:00", "2026-11-03 10:00:00.0"], None),
        ([datetime(2026, 11, 3, 10, tzinfo=UTC)], None),
        ([datetime(2026, 11, 3, 10)], pa.timestamp("ns")),  # noqa: DTZ001 - without a zone
        ([datetime(2026, 11, 3, 10, tzinfo=UTC)], pa.timestamp("s", "Asia/Tokyo")),
    ],
)
def test_times_of_any_writing_are_one(values: list[Any], kind: pa.DataType | None) -> None:
    assert set(fitted("at", values, kind)) == {datetime(2026, 11, 3, 10, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([[1, 2], [], None], None, [[1, 2], [], None]),
        ([7, None, 8], None, [[7], None, [8]]),
        ([[1]], pa.large_list(pa.int32()), [[1]]),
        ([[1, 2]], pa.list_(pa.int64(), 2), [[1, 2]]),
        ([[], None], pa.list_(pa.null()), [[], None]),
        ([None, None], None, [None, None]),
    ],
)
def test_row_ids_come_as_lists_or_alone(
    values: list[Any], kind: pa.DataType | None, kept: list[Any]
) -> None:
    assert fitted("input_row_ids", values, kind) == kept


def test_numbers_are_read_from_what_holds_them() -> None:
    assert fitted("user_key", [17, 18]) == ["17", "18"]
    assert fitted("confidence", ["0.5", None]) == [0.5, None]
    assert fitted("n_tokens_in", [3.0, None]) == [3, None]
    assert fitted("cost", [float("nan"), 0.25]) == [None, 0.25]


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("confidence", ["0.5", "high"], "confidence of row 1 is 'high'"),
        ("confidence", [True], "column 'confidence' is bool, not numbers (row 0"),
        ("latency_ms", [[1.0]], "not numbers"),
        ("n_tokens_in", [1.0, 2.0, 2.5], "n_tokens_in of row 2 is 2.5"),
        ("at", ["2026-11-03", "soon"], "at of row 1 is 'soon"),
        ("at", [5], "column 'at' is int64, not a time (row 0: '5')"),
        ("user_key", [None, 0.5], "column 'user_key' is double, not text (row 1: '0.5')"),
        ("input_row_ids", ["a"], "not lists of row ids"),
        ("input_row_ids", [[1], [2, None]], "input_row_ids of row 1 holds a null"),
        ("extra", ["{}"], "'extra'"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(
    refuses: Callable[..., str], column: str, values: list[Any], told: str
) -> None:
    message = refuses(Invalid, lambda: fitted(column, values))

    assert told in message


def test_a_binary_column_that_must_count_is_refused(refuses: Callable[..., str]) -> None:
    message = refuses(Invalid, lambda: fitted("n_tokens_in", [date(2026, 11, 3)]))

    assert "column 'n_tokens_in' is date32[day]" in message


def test_columns_the_schema_has_not_are_kept_as_one_object() -> None:
    rows = pa.table({"plan": ["free", None], "age": [7, None], "output": [1, 2]})

    kept = fit(rows, LogPredictions())

    assert kept.extra == ("plan", "age")
    assert kept.table["extra"].to_pylist() == ['{"plan":"free","age":7}', None]


def test_two_columns_of_one_name_are_refused(refuses: Callable[..., str]) -> None:
    rows = pa.table([pa.array([1]), pa.array([2])], names=["output", "output"])

    assert "one name" in refuses(Invalid, lambda: fit(rows, LogPredictions()))


def test_a_call_of_too_many_bytes_is_refused_before_it_is_read(
    refuses: Callable[..., str],
) -> None:
    shared = pa.array(["x" * 1_000_000])
    inputs = pa.chunked_array([shared] * (MAX_BYTES // 1_000_000 + 1))
    rows = pa.table([inputs], names=["input"])

    assert "log them in parts" in refuses(Invalid, lambda: fit(rows, LogPredictions()))
