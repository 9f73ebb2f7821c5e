"""What was erased stays out, whatever type it comes back in, and nothing else is kept out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyroaring import BitMap64

from headgate.core.errors import NotFound
from headgate.dataset.erasing.subject import Found
from headgate.dataset.erasing.suppression import (
    SuppressionGate,
    make_secret,
    secret,
    suppressions_for,
)
from headgate.spine.store.erasing import erasures

if TYPE_CHECKING:
    from headgate.spine.context import Context


def _suppress(context: Context, columns: dict[str, list[Any]]) -> int:
    make_secret(context)
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    found = Found(rids=BitMap64(), columns=tuple(columns), values=table)
    with context.catalog.write() as connection:
        values = suppressions_for(connection, "default", found)
        return erasures.put_suppressions(connection, "default", "people", "erasure_x", values)


def _passing(context: Context, rows: pa.Table, dataset: str = "people") -> list[int]:
    return SuppressionGate().check(context, dataset, rows, None).positions.tolist()


@pytest.mark.parametrize(
    "value",
    ["ann@x.org", 17, 17.5, True, date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC), b"\x00\xff"],
    ids=repr,
)
def test_a_value_of_any_type_is_kept_out(context: Context, value: Any) -> None:
    _suppress(context, {"who": [value]})

    rows = pa.table({"who": pa.array([value, None]), "n": pa.array([1, 2])})

    assert _passing(context, rows) == [1]


def test_a_whole_number_is_kept_out_as_a_float_too(context: Context) -> None:
    _suppress(context, {"who": [17]})

    assert _passing(context, pa.table({"who": pa.array([17.0, 18.0])})) == [1]


def test_a_decimal_and_a_missing_value_are_values_as_well(context: Context) -> None:
    _suppress(context, {"sum": [Decimal("1.50"), None]})

    rows = pa.table({"sum": pa.array([Decimal("1.50"), Decimal("1.51"), None])})

    assert _passing(context, rows) == [1]


def test_only_rows_with_all_of_the_values_together_are_kept_out(context: Context) -> None:
    _suppress(context, {"who": ["ann", "bo"], "day": [1, 2]})

    rows = pa.table({"day": pa.array([1, 2, 2, 1]), "who": pa.array(["ann", "ann", "bo", "bo"])})

    assert _passing(context, rows) == [1, 3]


def test_rows_without_the_columns_and_other_datasets_pass(context: Context) -> None:
    _suppress(context, {"who": ["ann"]})
    rows = pa.table({"who": pa.array(["ann"])})

    assert _passing(context, rows.rename_columns(["name"])) == [0]
    assert _passing(context, rows, "others") == [0]


def test_of_a_row_that_is_kept_out_no_text_is_kept(context: Context) -> None:
    _suppress(context, {"who": ["ann"]})

    verdict = SuppressionGate().check(context, "people", pa.table({"who": ["ann"]}), None)

    (rejected,) = verdict.rejected
    assert not rejected.keeps_raw
    assert "ann" not in rejected.reason


def test_the_same_value_is_counted_once_and_stored_as_a_keyed_digest(context: Context) -> None:
    first = _suppress(context, {"who": ["ann", "ann"]})
    second = _suppress(context, {"who": ["ann"]})

    with context.catalog.read() as connection:
        (kept,) = erasures.suppressions_of(connection, "default", "people")
    assert (first, second) == (1, 0)
    assert len(kept.digest) == 64


def test_the_secret_is_made_once(context: Context) -> None:
    with context.catalog.read() as connection, pytest.raises(NotFound):
        secret(connection, "default")

    make_secret(context)
    with context.catalog.read() as connection:
        first = secret(connection, "default")
    make_secret(context)

    with context.catalog.read() as connection:
        assert secret(connection, "default") == first
    assert len(first) == 32
