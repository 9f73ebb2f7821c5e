"""Columns that the query engine does not know are read as types that lose nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from headgate.spine.store.legible import legible
from headgate.spine.store.scanning import Batches
from headgate.spine.store.sql import filter_rows, run_query

WIDE = Decimal("12345678901234567890123456789012345678901234567890.25")
HALVES = pa.array(np.array([0.5, -2.0, np.nan], np.float16))
NARROW = pa.array([Decimal("1.5"), Decimal(-3), None], pa.decimal256(60, 2))
FULL = pa.array([WIDE, Decimal(-3), None], pa.decimal256(60, 2))
TENS = pa.array([Decimal(15_000), Decimal(-1_000), None], pa.decimal256(20, -3))
FINE = pa.array([Decimal("1e-50"), None, None], pa.decimal256(60, 50))


def as_table(column: pa.Array[Any]) -> pa.Table:
    return pa.table({"n": [1, 2, 3], "a": column})


def as_dataset(column: pa.Array[Any]) -> Any:
    return ds.dataset(as_table(column))


def as_batches(column: pa.Array[Any]) -> Any:
    table = as_table(column)
    return Batches(table.schema, lambda names, _: iter(table.select(names).to_batches()))


@pytest.mark.parametrize("offer", [as_table, as_dataset, as_batches])
@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (HALVES, pa.float32()),
        (NARROW, pa.decimal128(38, 2)),
        (NARROW.cast(pa.decimal256(20, 2)), pa.decimal128(20, 2)),
        (TENS, pa.decimal128(23, 0)),
        (TENS.cast(pa.decimal128(20, -3)), pa.decimal128(23, 0)),
        (TENS.cast(pa.decimal256(76, -3)), pa.decimal128(38, 0)),
        (FULL, pa.string()),
        (FINE, pa.string()),
    ],
)
def test_the_engine_reads_every_value_as_it_was(
    offer: Any, column: pa.Array[Any], kind: pa.DataType
) -> None:
    rows = legible(offer(column))

    found = run_query("select a, n from t order by n", lambda _: rows)["a"]

    assert rows.schema.field("a").type == kind
    wanted = [str(one) for one in column.to_pylist()]
    told = found.to_pylist()
    assert [str(one) for one in told] == wanted or [
        None if one is None else Decimal(one) for one in told
    ] == column.to_pylist()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (pa.list_(pa.float16()), pa.list_(pa.float32())),
        (pa.large_list(pa.float16()), pa.large_list(pa.float32())),
        (pa.list_(pa.float16(), 2), pa.list_(pa.float32(), 2)),
        (pa.struct([("x", pa.decimal256(60, 2))]), pa.struct([("x", pa.string())])),
        (pa.list_(pa.list_(pa.decimal256(9, 2))), pa.list_(pa.list_(pa.decimal128(9, 2)))),
    ],
)
def test_what_lies_within_lists_and_objects_is_read_too(
    kind: pa.DataType, told: pa.DataType
) -> None:
    rows = legible(as_table(pa.array([None] * 3, kind)))

    found = run_query("select a from t", lambda _: rows)

    assert rows.schema.field("a").type == told
    assert found.num_rows == 3


def test_what_the_engine_reads_anyway_is_left_alone() -> None:
    table = as_table(pa.array([1.0, 2.0, 3.0]))
    dataset = as_dataset(pa.array([Decimal("1.5"), None, None]))

    assert legible(table) is table
    assert legible(dataset) is dataset


@pytest.mark.parametrize("offer", [as_table, as_dataset, as_batches])
def test_a_condition_chooses_among_half_floats_and_wide_decimals(offer: Any) -> None:
    halves = filter_rows(offer(HALVES), "a < 0", ["n"])
    wide = filter_rows(offer(NARROW), "a > 1.4", ["n"])

    assert (halves["n"].to_pylist(), wide["n"].to_pylist()) == ([2], [1])
