"""What several rows become names them all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import rows
from headgate.core.errors import Invalid, NotFound
from tests.pipeline.rows.tables import content, made_of, tables, told


def by_key(table: pa.Table) -> dict[Any, list[dict[str, Any]]]:
    """Group rows by their key with a loop."""
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["key"], []).append(row)
    return found


@given(tables())
def test_grouping_gives_what_a_loop_gives(table: pa.Table) -> None:
    found = rows.group(table, "key", total=("price", "sum"), n=("price", "count"))

    groups = by_key(table)
    assert content(found) == [
        {"key": key, "total": sum(row["price"] for row in group), "n": len(group)}
        for key, group in groups.items()
    ]
    assert told(found) == [set().union(*map(made_of, group)) for group in groups.values()]


@given(tables(), st.sampled_from(["first", "last"]))
def test_the_survivor_of_duplicates_has_the_origins_of_all(table: pa.Table, keep: Any) -> None:
    found = rows.deduplicate(table, "key", keep=keep)

    every = table.to_pylist()
    survivors = [group[0 if keep == "first" else -1] for group in by_key(table).values()]
    survivors.sort(key=every.index)
    assert [row["price"] for row in content(found)] == [row["price"] for row in survivors]
    assert told(found) == [
        set().union(*map(made_of, by_key(table)[row["key"]])) for row in survivors
    ]
    assert "_rid" not in found.column_names


def test_whole_rows_are_compared_if_no_key_is_named() -> None:
    table = pa.table({"id": [1, 1, 1], "price": [5, 6, 5], "_rid": [7, 8, 9]})

    found = rows.deduplicate(table)

    assert content(found) == [{"id": 1, "price": 5}, {"id": 1, "price": 6}]
    assert told(found) == [{7, 9}, {8}]


def test_without_a_key_all_rows_make_one() -> None:
    table = pa.table({"price": [5.0, 7.0], "_rid": [7, 8]})

    found = rows.group(table, [], mean=("price", "mean"), prices=("price", "list"))

    assert content(found) == [{"mean": 6.0, "prices": [5.0, 7.0]}]
    assert told(found) == [{7, 8}]
    assert rows.group(table.slice(0, 0), [], n=("price", "count")).num_rows == 0


def test_shapes_stand_on_one_another() -> None:
    orders = pa.table({"id": [1, 2], "tags": [["x", "y"], ["y"]], "_rid": [10, 11]})

    tags = rows.group(rows.explode(orders, "tags"), "tags", n=("id", "count"))
    found = rows.concat(tags, rows.group(tags, [], n=("n", "sum")))

    assert content(found)[-1] == {"tags": None, "n": 3}
    assert told(found) == [{10}, {10, 11}, {10, 11}]


def test_what_cannot_be_grouped_says_why() -> None:
    table = pa.table({"id": [1], "tags": [["x"]], "_rid": [10]})

    with pytest.raises(Invalid, match="rows cannot be grouped by id"):
        rows.group(table, "id", n=("id", "summ"))
    with pytest.raises(Invalid, match="rows cannot be grouped by tags"):
        rows.deduplicate(table, "tags")
    with pytest.raises(NotFound, match="no column named 'prise'"):
        rows.group(table, "id", n=("prise", "sum"))


def table_of(columns: Any) -> pa.Table:
    """Make a table of numpy arrays, which Arrow's stubs do not know that it takes."""
    return pa.table(columns)


N_ROWS = 1_000_000
KEYS = np.random.default_rng(7).integers(0, N_ROWS // 4, N_ROWS)
MANY = table_of({"key": KEYS, "price": KEYS, "_rid": np.arange(N_ROWS)})
LOOKUP = table_of({"key": np.arange(N_ROWS // 4), "_rid": np.arange(N_ROWS, N_ROWS * 5 // 4)})
SHAPES: dict[str, tuple[Callable[[], pa.Table], int]] = {
    "group": (lambda: rows.group(MANY, "key", n=("price", "count")), N_ROWS),
    "deduplicate": (lambda: rows.deduplicate(MANY, "key"), N_ROWS),
    "join": (lambda: rows.join(MANY, LOOKUP, "key"), 2 * N_ROWS),
    "concat": (lambda: rows.concat(MANY, MANY), 2 * N_ROWS),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_million_rows_take_seconds(shape: str) -> None:
    make, n_parents = SHAPES[shape]
    began = time.process_time()

    found = make()

    assert time.process_time() - began < 5
    assert len(pc.list_flatten(found["_parents"])) == n_parents


def test_groups_of_two_columns_are_in_the_order_of_their_first_rows() -> None:
    sides: Any = pa.array(["x", "x", "y", "y", "y"]).dictionary_encode()
    keys = [1.0, None, 1.0, -0.0, 0.0]
    table = pa.table({"key": keys, "side": sides, "_rid": [1, 2, 3, 4, 5]})

    found = rows.group(table, ["key", "side"], n=("key", "count"))

    assert found["side"].to_pylist() == sides.to_pylist()
    assert found["_parents"].to_pylist() == [[1], [2], [3], [4], [5]]
