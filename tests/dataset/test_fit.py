"""Columns are fitted to kept types cell by cell, and text is read as the narrowest type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.dataset.fit import fit, infer, widened


def naive(*parts: int) -> datetime:
    """Return a moment without a zone."""
    year, month, day, *rest = parts
    return datetime(year, month, day, *rest, tzinfo=UTC).replace(tzinfo=None)


I64, F64, TEXT, BOOL, DAY = pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32()
NAIVE, UTC_TIME = pa.timestamp("us"), pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("cells", "kind", "read"),
    [
        (["1", "-2", None], I64, [1, -2, None]),
        ([" 1 ", "+5", "-0"], I64, [1, 5, 0]),
        (["0", "10"], I64, [0, 10]),
        (["9223372036854775807"], I64, [2**63 - 1]),
        (["1", "2.5"], F64, [1.0, 2.5]),
        (["0.50", ".5", "5.", "1e-3", "-1E3"], F64, [0.5, 0.5, 5.0, 0.001, -1000.0]),
        (["inf", "-Inf", "1"], F64, [float("inf"), float("-inf"), 1.0]),
        (["true", "FALSE", None], BOOL, [True, False, None]),
        (["2026-11-03", "1969-12-31"], DAY, [date(2026, 11, 3), date(1969, 12, 31)]),
        (["2028-02-29"], DAY, [date(2028, 2, 29)]),
        (
            ["2026-11-03 10:00", "2026-11-03T10:00:01"],
            NAIVE,
            [
                naive(2026, 11, 3, 10),
                naive(2026, 11, 3, 10, 0, 1),
            ],
        ),
        (["2026-11-03T10:00:00.123456"], NAIVE, [naive(2026, 11, 3, 10, 0, 0, 123456)]),
        (
            ["2026-11-03T10:00:00Z", "2026-11-03T10:00:00+02:00", "2026-11-03T10:00:00-0100"],
            UTC_TIME,
            [
                datetime(2026, 11, 3, 10, tzinfo=UTC),
                datetime(2026, 11, 3, 8, tzinfo=UTC),
                datetime(2026, 11, 3, 11, tzinfo=UTC),
            ],
        ),
    ],
)
def test_text_is_read_as_the_narrowest_type_every_cell_has(
    cells: list[str | None], kind: pa.DataType, read: list[Any]
) -> None:
    column = infer(pa.array(cells, TEXT))

    assert column.type == kind
    assert column.to_pylist() == read


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "1"],
        ["00"],
        ["-01", "2"],
        ["01.10", "1.5"],
        ["12345678901234567890"],
        ["12345678901234567890", "1.5"],
        ["1", "x"],
        ["", None],
        ["1", ""],
        ["1,5"],
        ["1 000"],
        ["0x1f"],
        ["1_000"],
        ["yes", "no"],
        ["true", "1"],
        ["2026-02-30"],
        ["2026-11-03", "2026-02-30"],
        ["2026-13-01"],
        ["03.11.2026"],
        ["2026-1-3"],
        ["2026-11-03 25:00"],
        ["2026-11-03T10:00:00Z", "2026-11-03T10:00:00"],
        ["2026-11-03", "2026-11-03T10:00:00"],
        ["2026-11-03T10:00:00.1234567"],
        ["10:00"],
        ["-"],
        ["e5"],
        ["NULL"],
    ],
)
def test_what_is_of_no_one_type_stays_the_text_it_was(cells: list[str | None]) -> None:
    column = infer(pa.array(cells, TEXT))

    assert column.type == TEXT
    assert column.to_pylist() == cells


def test_a_column_without_text_has_no_type_yet() -> None:
    assert infer(pa.array([None, None], TEXT)).type == pa.null()
    assert infer(pa.array([], TEXT)).type == pa.null()


@pytest.mark.parametrize(
    ("came", "kept", "values"),
    [
        (pa.array(["1", " 2", None]), I64, [1, 2, None]),
        (pa.array(["1", "2"], pa.large_string()), I64, [1, 2]),
        (pa.array(["1", "2"], pa.string_view()), I64, [1, 2]),
        (pa.array([1, 2], pa.int8()), I64, [1, 2]),
        (pa.array([1.0, None]), I64, [1, None]),
        (pa.array([1, 2]), F64, [1.0, 2.0]),
        (pa.array([1, 2]), TEXT, ["1", "2"]),
        (pa.array([0.5, None]), TEXT, ["0.5", None]),
        (pa.array([True]), TEXT, ["true"]),
        (pa.array([None, None]), I64, [None, None]),
        (pa.array([None]), pa.list_(I64), [None]),
        (pa.array([date(2026, 11, 3)]), NAIVE, [naive(2026, 11, 3)]),
        (pa.array([naive(2026, 11, 3)]), DAY, [date(2026, 11, 3)]),
        (pa.array(["1.50"]), pa.decimal128(5, 2), [Decimal("1.50")]),
        (pa.array([1.5]), pa.float32(), [1.5]),
        (pa.array([[1]], pa.list_(pa.int32())), pa.list_(I64), [[1]]),
    ],
)
def test_what_keeps_its_meaning_fits(came: Any, kept: pa.DataType, values: list[Any]) -> None:
    fitted = fit(came, kept)

    assert fitted.values.type == kept
    assert fitted.values.to_pylist() == [
        value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in values
    ]
    assert not fitted.misfits.any()


@pytest.mark.parametrize(
    ("came", "kept", "values"),
    [
        (pa.array(["1", "x", None, ""]), I64, [1, None, None, None]),
        (pa.array(["1.5", "2"]), I64, [None, 2]),
        (pa.array(["12345678901234567890", "2"]), I64, [None, 2]),
        (pa.array(["0.5", "12345678901234567"]), F64, [0.5, None]),
        (pa.array(["1e5", "0x1"]), F64, [100000.0, None]),
        (pa.array(["true", "1", "yes"]), BOOL, [True, None, None]),
        (pa.array([" 2026-11-03", "2026-02-30"]), DAY, [date(2026, 11, 3), None]),
        (pa.array(["2026-11-03T10:00:00"]), DAY, [None]),
        (
            pa.array(["2026-11-03T10:00:00", "2026-11-03T10:00:00Z"]),
            NAIVE,
            [
                naive(2026, 11, 3, 10),
                None,
            ],
        ),
        (pa.array(["2026-11-03T10:00:00"]), UTC_TIME, [None]),
        (pa.array(["2026-11-03T10:00 or so"]), NAIVE, [None]),
        (pa.array([1, 2**40]), pa.int32(), [1, None]),
        (pa.array([1, -1]), pa.uint64(), [1, None]),
        (pa.array([1, 2**53 + 1]), F64, [1.0, None]),
        (pa.array([1.0, 1.5, float("inf")]), I64, [1, None, None]),
        (pa.array([0, 1]), BOOL, [None, None]),
        (pa.array([True]), I64, [None]),
        (pa.array([1700000000]), NAIVE, [None]),
        (pa.array([naive(2026, 11, 3)]), I64, [None]),
        (
            pa.array([naive(2026, 11, 3), naive(2026, 11, 3, 10)]),
            DAY,
            [date(2026, 11, 3), None],
        ),
        (pa.array([b"\xff", b"a"]), TEXT, [None, "a"]),
        (pa.array([b"1"]), I64, [None]),
        (pa.array([{"a": 1}, None]), TEXT, [None, None]),
        (pa.array([[1], None]), I64, [None, None]),
        (pa.array([1]), pa.list_(I64), [None]),
    ],
)
def test_what_would_change_its_meaning_is_a_misfit(
    came: Any, kept: pa.DataType, values: list[Any]
) -> None:
    fitted = fit(came, kept)

    assert fitted.values.type == kept
    assert fitted.values.to_pylist() == values
    lost = [
        cell is not None and value is None
        for cell, value in zip(came.to_pylist(), values, strict=True)
    ]
    assert fitted.misfits.tolist() == lost


@pytest.mark.parametrize(
    ("kept", "came", "becomes"),
    [
        (I64, pa.array([0.5]), F64),
        (I64, pa.array([1.0, None]), I64),
        (I64, pa.array([float("nan")]), F64),
        (I64, pa.array(["0.5", "x"]), F64),
        (I64, pa.array(["5", "x"]), I64),
        (I64, pa.array(["12345678901234567890"]), I64),
        (pa.int8(), pa.array([0.5]), F64),
        (TEXT, pa.array([0.5]), TEXT),
        (DAY, pa.array([naive(2026, 11, 3)]), DAY),
        (F64, pa.array([1]), F64),
        (I64, pa.array([True]), I64),
    ],
)
def test_only_whole_numbers_that_get_fractions_widen(
    kept: pa.DataType, came: Any, becomes: pa.DataType
) -> None:
    assert widened(kept, came) == becomes


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_written_as_text_are_read_as_they_were(numbers: list[int | None]) -> None:
    column = infer(pa.array([None if one is None else str(one) for one in numbers], TEXT))

    assert column.to_pylist() == numbers


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_written_as_text_are_read_as_they_were(numbers: list[float]) -> None:
    column = infer(pa.array([repr(one) for one in numbers], TEXT))

    assert column.type == F64
    assert column.to_pylist() == numbers


@given(st.lists(st.none() | st.text(max_size=4)))
def test_text_is_read_or_left_but_never_lost(cells: list[str | None]) -> None:
    column = infer(pa.array(cells, TEXT))

    assert [cell is None for cell in column.to_pylist()] == [cell is None for cell in cells]
    if column.type == TEXT:
        assert column.to_pylist() == cells
