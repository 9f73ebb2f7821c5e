"""Which columns are compared, and what each is taken for."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.left_out import Notes
from headgate.monitor.adopting.windows import Column, kinds, sides
from headgate.monitor.exchange.reading import Settings, Wish

TABLE: dict[str, Any] = {
    "amount": pa.array([1.5, 2.5]),
    "items": pa.array([1, 2]),
    "flag": pa.array([True, False]),
    "city": pa.array(["a", "b"]),
    "coded": pa.array(["a", "b"]).dictionary_encode(),
    "note": pa.array([f"a note {number}" for number in range(1200)]),
    "day": pa.array([date(2026, 11, 3)]),
}


def found(**settings: Any) -> tuple[dict[str, str], list[str]]:
    """Return kinds by column, and the columns that are named as left out."""
    notes = Notes()
    made = kinds(TABLE, TABLE, Settings(**settings), notes)
    return dict(made), [one.path for one in notes.all]


def test_where_nothing_is_said_types_tell_kinds() -> None:
    assert found() == (
        {
            "amount": "number",
            "items": "number",
            "flag": "category",
            "city": "category",
            "coded": "category",
            "note": "text",
        },
        ["day"],
    )


def test_what_the_file_says_goes_before_what_types_tell() -> None:
    made, _ = found(columns=("items", "city"), categorical=("items",), text=("city",))

    assert made == {"items": "category", "city": "text"}


def test_a_wish_adds_a_column_and_what_is_ignored_is_not_looked_at() -> None:
    made, left_out = found(
        columns=("amount", "items"), wishes=(Wish("flag"),), ignored=("items",), time="amount"
    )

    assert (made, left_out) == ({"flag": "category"}, [])


def test_a_column_that_is_not_there_is_named() -> None:
    made, left_out = found(columns=("amount", "price"))

    assert (made, left_out) == ({"amount": "number"}, ["price"])


@pytest.mark.parametrize("kind", ["number", "category"])
def test_numbers_are_counted_alike_as_either_kind(kind: Any) -> None:
    held = sides(Column("x", kind, [2, 1, 2, None], [3, 2]))

    assert held.pair.counts.tolist() == [[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]]
    assert (held.n, held.m, held.n_missing, held.n_values) == (3, 2, (1, 0), 3)
    assert held.pair.n_distinct == 2
    assert held.pair.is_category is (kind == "category")


def test_values_are_sorted_once() -> None:
    values = np.random.default_rng(0).normal(size=100)

    held = sides(Column("x", "number", values, values))

    assert np.array_equal(held.before, np.sort(values))
