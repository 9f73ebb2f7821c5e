"""A row that stays a row keeps its id, whatever becomes of its columns."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given

from headgate import rows
from headgate.core.errors import NotFound
from tests.pipeline.rows.tables import content, made_of, tables, told

ORDERS = pa.table({"id": [1, 2, 3], "price": [5, 7, 9], "_rid": [10, 11, 12]})


def test_selected_columns_come_with_the_ids() -> None:
    found = rows.select(ORDERS, ["price"])

    assert found.to_pydict() == {"price": [5, 7, 9], "_rid": [10, 11, 12]}


def test_a_column_that_is_not_there_is_named_with_its_neighbour() -> None:
    with pytest.raises(NotFound, match="no column named 'prices'") as caught:
        rows.select(ORDERS, ["prices"])

    assert caught.value.mend == "did you mean price?"


def test_a_column_takes_the_place_of_the_one_of_its_name() -> None:
    found = rows.with_column(ORDERS, "price", [1, 2, 3])
    more = rows.with_column(found, "tax", pa.array([0, 0, 1]))

    assert more.column_names == ["id", "price", "_rid", "tax"]
    assert more["price"].to_pylist() == [1, 2, 3]


@given(tables())
def test_applying_a_function_keeps_each_row_s_origins(table: pa.Table) -> None:
    def doubled(row: dict[str, int]) -> dict[str, int] | None:
        return {"price": row["price"] * 2} if row["price"] > 3 else None

    found = rows.apply(table, doubled)

    kept = [row for row in table.to_pylist() if row["price"] > 3]
    assert found["price"].to_pylist() == [row["price"] * 2 for row in kept] or not kept
    assert [made_of(row) for row in found.to_pylist()] == [made_of(row) for row in kept]


def test_a_function_is_handed_columns_only_and_may_return_different_ones() -> None:
    seen: list[set[str]] = []

    def either(row: dict[str, int]) -> dict[str, int]:
        seen.append(set(row))
        return {"even": row["id"]} if row["id"] % 2 == 0 else {"odd": row["id"]}

    found = rows.apply(ORDERS, either)

    assert seen == [{"id", "price"}] * 3
    assert content(found) == [
        {"odd": 1, "even": None},
        {"odd": None, "even": 2},
        {"odd": 3, "even": None},
    ]
    assert told(found) == [{10}, {11}, {12}]


def test_nothing_made_has_the_columns_that_were_read_or_those_named() -> None:
    schema = pa.schema([("total", pa.float64())])

    assert rows.apply(ORDERS, lambda _: None).column_names == ["id", "price", "_rid"]
    assert rows.apply(ORDERS, lambda _: None, schema=schema).column_names == ["total", "_rid"]
    named = rows.apply(ORDERS, lambda row: {"total": row["price"]}, schema=schema)
    assert named["total"].type == pa.float64()
