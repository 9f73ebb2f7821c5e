"""Rows are looked at: figures and broken rows held against pandas and numpy."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from headgate.contract.checking import (
    MUTE,
    Arrow,
    Looked,
    Rule,
    look,
    mute_in,
    reasons,
)
from headgate.contract.expectations.in_range import in_range
from headgate.contract.expectations.monotonic import monotonic
from headgate.contract.shapes import look_at_shape
from headgate.core.checks import Bounds, Check, Shape
from headgate.core.errors import Invalid
from headgate.core.texts import CELL_SIGNS
from tests.contract.test_expectations import check_of

NUMBERS = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=30)
WHOLE = st.lists(st.none() | st.integers(-4, 4), max_size=25)

FIGURES = [
    *(check_of(name, ("a",), {})
      for name in ("mean", "std", "minimum", "maximum", "total", "distinct_count")),
    check_of("quantile", ("a",), {"q": 0.3}),
    check_of("null_rate_change", ("a",), {"before": 0.25}),
]  # fmt: skip
REPEATS = check_of("duplicate_values", ("a",), {})
PAIRS = check_of("duplicate_values", ("a", "b"), {})


def rows_of(**columns: Any) -> pa.Table:
    table = pa.table(columns)
    return table.append_column("_rid", pa.array(range(table.num_rows), pa.int64()))


def looked(rows: Any, *checks: Check) -> Looked:
    return look(Arrow(rows, str), [Rule(f"r{n}", one) for n, one in enumerate(checks)])


def broken_by(rows: Any, check: Check) -> list[int]:
    """The positions of the rows that break a check."""
    found = looked(rows, check).broken
    return sorted(found[0].keys["_rid"].to_numpy().tolist()) if found else []


@settings(max_examples=25)
@given(values=NUMBERS)
def test_figures_are_those_of_numpy(values: list[float | None]) -> None:
    present = np.array([one for one in values if one is not None])
    rows = rows_of(a=pa.array(values, pa.float64()))

    found = looked(rows, *FIGURES).found

    wanted: list[Any] = [None] * 5 + [0, None]
    if len(present):
        spread = statistics.stdev(present.tolist()) if len(present) > 1 else None
        wanted = [present.mean(), spread, present.min(), present.max(), present.sum()]
        wanted += [len(set(present)), float(np.quantile(present, 0.3))]
    wanted.append(1 - len(present) / len(values) - 0.25)
    for one, figure in zip(found, wanted, strict=True):
        assert one.figure == (None if figure is None else pytest.approx(figure, rel=1e-7, abs=1e-5))


@settings(max_examples=25)
@given(values=WHOLE)
def test_repeated_values_are_those_of_pandas(values: list[int | None]) -> None:
    rows = rows_of(a=pa.array(values, pa.int64()))
    held = pd.Series(values, dtype="Int64")

    found = broken_by(rows, REPEATS)

    wanted = held.duplicated(keep=False) & held.notna()
    assert found == list(np.flatnonzero(wanted.to_numpy(bool)))


@settings(max_examples=25)
@given(one=WHOLE, other=WHOLE)
def test_repeats_of_two_columns_together_are_those_of_pandas(
    one: list[int | None], other: list[int | None]
) -> None:
    n_rows = min(len(one), len(other))
    pair = {"a": one[:n_rows], "b": other[:n_rows]}
    rows = rows_of(**{name: pa.array(held, pa.int64()) for name, held in pair.items()})
    frame = pd.DataFrame(pair, dtype="Int64")

    found = broken_by(rows, PAIRS)

    wanted = frame.duplicated(keep=False) & frame.notna().all(axis=1)
    assert found == list(np.flatnonzero(wanted.to_numpy(bool)))


@settings(max_examples=25)
@given(values=WHOLE, is_falling=st.booleans(), is_strict=st.booleans())
def test_order_is_that_of_the_greatest_so_far(
    values: list[int | None], is_falling: bool, is_strict: bool
) -> None:
    rows = rows_of(a=pa.array(values, pa.int64()))
    check = monotonic("a", is_falling=is_falling, is_strict=is_strict)

    found = broken_by(rows, check)

    held = pd.Series(values, dtype="Float64") * (-1 if is_falling else 1)
    most = held.cummax().ffill().shift()
    wrong = (held <= most) if is_strict else (held < most)
    assert found == list(np.flatnonzero(wrong.fillna(value=False).to_numpy(bool)))


@settings(max_examples=25)
@given(values=NUMBERS, low=st.floats(-1e6, 1e6), is_out=st.booleans())
def test_a_range_parts_rows_as_pandas_does(
    values: list[float | None], low: float, is_out: bool
) -> None:
    rows = rows_of(a=pa.array(values, pa.float64()))
    check = in_range("a", minimum=low, maximum=low + 1000, is_minimum_out=is_out)

    found = broken_by(rows, check)

    held = pd.Series(values, dtype="float64")
    inside = held.between(low, low + 1000, inclusive="right" if is_out else "both")
    assert found == list(np.flatnonzero(~inside & held.notna()))


def test_an_unread_dataset_is_looked_at_as_a_table_is() -> None:
    rows = rows_of(a=[1, 1, 2, None], b=["x", None, "y", "z"])
    checks = [check_of("duplicate_values", ("a",), {}), check_of("null_values", ("b",), {}),
              check_of("row_count", (), {})]  # fmt: skip

    whole, unread = looked(rows, *checks), looked(ds.dataset(rows), *checks)

    assert whole.found == unread.found
    assert (whole.n_rows, unread.n_rows) == (4, 4)
    assert [one.figure for one in whole.found] == [2, 1, 4]


def test_the_number_of_rows_is_known_without_asking() -> None:
    rows = rows_of(a=[1, 1, None])
    check = replace(check_of("row_count", (), {}), bounds=Bounds(low=4))

    def away(_sql: str) -> pa.Table:
        raise Invalid("gone", mend="come back")

    for each in (rows, ds.dataset(rows), ds.dataset(rows.select(["a"]))):
        engine = Arrow(each, str)
        engine.ask = away  # pyright: ignore[reportAttributeAccessIssue] - an engine that must not be asked

        (found,) = look(engine, [Rule("r", check)]).found

        assert (found.figure, found.is_kept, found.n_rows) == (3, False, 3)


@pytest.mark.parametrize("name", ["a", "A"])
def test_a_column_that_differs_from_another_in_capitals_alone_is_not_looked_at(name: str) -> None:
    rows = rows_of(a=[1, None], A=[None, None], b=[None, 1])

    found = looked(rows, check_of("null_values", (name,), {}), check_of("null_values", ("b",), {}))

    assert [(one.is_kept, one.told == MUTE, one.figure) for one in found.found] == [
        (False, True, None),
        (False, False, 1),
    ]
    assert [one.rule.name for one in found.broken] == ["r1"]


def test_names_that_sql_cannot_ask_for_are_listed() -> None:
    schema = pa.schema([(name, pa.int8()) for name in ("id", "É", "", "é", "straße", "STRASSE")])

    assert mute_in(schema) == ["É", "", "é"]


@pytest.mark.parametrize(
    ("n_broken", "n_rows", "bounds", "is_kept"),
    [
        (1, 100, Bounds(high=0.01), True),
        (2, 100, Bounds(high=0.01), False),
        (0, 100, Bounds(high=0), True),
        (0, 0, Bounds(high=0), True),
        (0, 0, Bounds(low=0.5), False),
        (100, 100, Bounds(low=1), True),
    ],
)
def test_a_share_is_of_all_rows_and_zero_of_none(
    n_broken: int, n_rows: int, bounds: Bounds, is_kept: bool
) -> None:
    values = [None] * n_broken + [1] * (n_rows - n_broken)
    check = replace(check_of("null_values", ("a",), {}), bounds=bounds, is_ratio=True)

    (found,) = looked(rows_of(a=pa.array(values, pa.int64())), check).found

    assert (found.is_kept, found.figure, found.n_rows) == (is_kept, n_broken, n_rows)


def test_why_a_clause_is_broken_is_said_with_its_figure() -> None:
    ratio = replace(check_of("null_values", ("a",), {}), bounds=Bounds(high=0.1), is_ratio=True)
    mean = replace(check_of("mean", ("b",), {}), bounds=Bounds(low=5))
    least = replace(check_of("minimum", ("c",), {}), bounds=Bounds(low=5))
    rows = rows_of(a=[None, 1, 2, 3], b=pa.array([None] * 4, pa.float64()), c=["x", "y", "z", "z"])

    found = looked(rows, ratio, mean, least, check_of("null_values", ("a",), {})).found

    assert [one.told for one in found] == [
        "a is null: 25.000% of rows, wanted at most 0.1",
        "the mean of b is nothing, wanted at least 5",
        "the figure is 'x', which is no number",
        "a is null: 1 row, wanted at most 0",
    ]


def test_reasons_show_values_cut_to_a_glance() -> None:
    check = replace(check_of("null_values", ("a",), {}), shows=("a", "z", "b"))
    rows = pa.table({"a": ["x" * 100, None], "b": [1, 2]})

    told = reasons(rows, check)

    assert told[1] == "a is null: None, 2"
    assert told[0].startswith("a is null: 'xxx")
    assert told[0].endswith("x..., 1")
    assert len(told[0]) == len("a is null: ") + CELL_SIGNS + len(", 1")
    assert reasons(rows, replace(check, shows=())) == ["a is null"] * 2


def test_where_nothing_can_be_asked_at_all_it_is_refused() -> None:
    def away(_sql: str) -> pa.Table:
        raise Invalid("gone", mend="come back")

    engine = Arrow(rows_of(a=[1]), str)
    engine.ask = away  # pyright: ignore[reportAttributeAccessIssue] - an engine whose server is gone

    with pytest.raises(Invalid, match="gone"):
        look(engine, [Rule("r", check_of("mean", ("a",), {}))])


@pytest.mark.parametrize(
    ("promise", "told"),
    [
        (Shape(columns=("b", "a")), ""),
        (Shape(columns=("a", "b"), is_ordered=True), ""),
        (Shape(columns=("b", "a"), is_ordered=True), "columns stand as a, b"),
        (Shape(columns=("b", "z"), is_ordered=True), "there is no column z"),
        (Shape(columns=("a",), is_closed=True), "column b, c was not promised"),
        (Shape(columns=("a", "b"), types={"c": "number"}, is_closed=True), ""),
        (Shape(types={"a": "text", "c": "number"}), "a holds int64, not text"),
        (Shape(types={"c": "text", "b": "bytes"}),
         ("c holds double, not text; b holds large_string, not bytes")),
        (Shape(types={"a": "number", "b": "text", "z": "text"}), "there is no column z"),
        (Shape(columns=("y", "z", "y")), "there is no column y, z"),
        (Shape(), ""),
    ],
)  # fmt: skip
def test_columns_are_told_apart_by_name_order_and_type(promise: Shape, told: str) -> None:
    schema = pa.schema(
        {"_rid": pa.int64(), "a": pa.int64(), "b": pa.large_string(), "c": pa.float64()}
    )

    assert look_at_shape(promise, schema) == told
