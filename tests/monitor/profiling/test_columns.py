"""Tests of the sketch of a column."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.profiling.columns import ColumnSketch, merged, sketch
from headgate.monitor.profiling.reports import cells_of


def test_numbers_are_told_from_what_is_missing() -> None:
    held = sketch(pa.array([1.0, None, 3.0, float("nan"), float("inf"), 5.0]))

    assert (held.kind, held.n, held.n_null, held.n_nan, held.n_infinite) == ("number", 6, 1, 1, 1)
    assert (held.low, held.high, held.mean) == (1.0, 5.0, 3.0)
    assert held.std == pytest.approx(float(np.std([1, 3, 5])))
    assert held.distinct.n == 5


@pytest.mark.parametrize(
    ("values", "kind", "low", "high"),
    [
        (["a", "bbb", "ääää"], "text", 1.0, 4.0),
        ([True, False], "bool", 0.0, 1.0),
        ([Decimal("1.5"), Decimal("2.5")], "number", 1.5, 2.5),
        ([date(1970, 1, 2), date(1970, 1, 3)], "time", 86_400.0, 172_800.0),
        ([datetime(1970, 1, 1, 0, 1, tzinfo=UTC)], "time", 60.0, 60.0),
        ([time(0, 0, 2), time(1, 0)], "time", 2.0, 3600.0),
        ([2**60, 5], "number", 5.0, float(2**60)),
    ],
)
def test_every_kind_of_column_has_its_ends(
    values: list[Any], kind: str, low: float, high: float
) -> None:
    held = sketch(pa.array(values))

    assert (held.kind, held.low, held.high) == (kind, low, high)


@pytest.mark.parametrize("values", [[["a"], None], [{"x": 1}, None], [b"a", None]])
def test_of_what_is_nested_only_what_is_missing_is_known(values: list[Any]) -> None:
    held = sketch(pa.array(values))

    assert (held.kind, held.n, held.n_null) == ("other", 2, 1)
    assert held.frequent.names == ()


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.bool_(), pa.null(), pa.date32()])
def test_an_empty_column_is_sketched_too(kind: pa.DataType) -> None:
    held = sketch(pa.array([], kind))

    assert (held.n, held.low, held.distinct.n) == (0, None, 0)
    assert held.std == 0.0


def test_names_are_kept_of_text_and_of_few_whole_numbers_only() -> None:
    text = sketch(pa.array(["x", "y", "x"]))
    few = sketch(pa.array([3, 3, 4]))
    many = sketch(pa.array(range(500)))

    assert text.frequent.names == ("x", "y")
    assert (few.frequent.names, few.frequent.counts) == (("3", "4"), (2, 1))
    assert many.frequent.names == ()


def test_a_sketch_is_plain_data() -> None:
    held = sketch(pa.array(["x", None]))

    read = msgspec.msgpack.decode(msgspec.msgpack.encode(held), type=ColumnSketch)

    assert read == held


COLUMNS = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=60),
    st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=60),
    st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=60),
    st.lists(st.one_of(st.none(), st.booleans()), max_size=60),
)


@settings(max_examples=150, deadline=None)
@given(COLUMNS, st.integers(0, 60))
def test_merging_two_batches_is_sketching_them_at_once(values: list[Any], cut: int) -> None:
    whole = pa.array(values)
    parts = [pa.array(values[:cut], whole.type), pa.array(values[cut:], whole.type)]

    together = merged([sketch(one) for one in parts])
    at_once = sketch(whole)

    for name in ("n", "n_null", "n_nan", "n_infinite", "low", "high", "distinct"):
        assert getattr(together, name) == getattr(at_once, name), name
    assert together.quantiles.grid.tolist() == at_once.quantiles.grid.tolist()
    assert together.mean == pytest.approx(at_once.mean, abs=1e-6)
    assert together.std == pytest.approx(at_once.std, rel=1e-6, abs=1e-6)
    assert dict(zip(together.frequent.names, together.frequent.counts, strict=True)) == dict(
        zip(at_once.frequent.names, at_once.frequent.counts, strict=True)
    )


def test_huge_numbers_neither_warn_nor_lose_their_ends() -> None:
    values = [1e308, -1e308, 1e308, float("inf"), float("nan"), None]

    found = merged([sketch(pa.array(values[:2])), sketch(pa.array(values[2:]))])

    assert (found.low, found.high) == (-1e308, 1e308)
    assert (found.n_nan, found.n_infinite, found.n_null) == (1, 1, 1)
    assert found.mean == pytest.approx(1e308 / 3)
    assert cells_of(found) == ((), ())
