"""After any chain of shapes the origins are those that a slow reckoning finds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from headgate import rows
from tests.pipeline.rows.tables import told

Slow = list[tuple[int, frozenset[int]]]
"""Rows with one column, each with what it was made of."""


def start(values: list[int], first_rid: int) -> pa.Table:
    """Make a table of one column with neighbouring ids."""
    ids = pa.array(range(first_rid, first_rid + len(values)), pa.int64())
    return pa.table({"v": pa.array(values, pa.int64()), "_rid": ids})


def fast(table: pa.Table, other: pa.Table, shape: str) -> pa.Table:
    """Put a table through a shape."""
    values: list[Any] = table["v"].to_pylist()
    if shape == "filter":
        return table.filter(pa.array([value % 2 == 0 for value in values], pa.bool_()))
    if shape == "apply":
        return rows.apply(
            table, lambda row: {"v": row["v"] + 1}, schema=pa.schema([("v", pa.int64())])
        )
    if shape == "explode":
        lists = pa.array([[value] * (value % 3) for value in values], pa.list_(pa.int64()))
        return rows.explode(rows.with_column(table, "v", lists), "v")
    if shape == "group":
        return rows.group(table, "v", n=("v", "count")).select(["v", "_parents"])
    if shape == "deduplicate":
        return rows.deduplicate(table, "v")
    return rows.concat(table, other) if shape == "concat" else rows.join(table, other, "v")


def slow(table: Slow, other: Slow, shape: str) -> Slow:
    """Do the same row by row."""
    if shape == "filter":
        return [(value, made) for value, made in table if value % 2 == 0]
    if shape == "apply":
        return [(value + 1, made) for value, made in table]
    if shape == "explode":
        return [(value, made) for value, made in table for _ in range(value % 3)]
    if shape in ("group", "deduplicate"):
        groups: dict[int, frozenset[int]] = {}
        for value, made in table:
            groups[value] = groups.get(value, frozenset()) | made
        return list(groups.items())
    if shape == "concat":
        return [*table, *other]
    return [
        (value, made | also) for value, made in table for theirs, also in other if value == theirs
    ]


SHAPES = ["filter", "apply", "explode", "group", "deduplicate", "concat", "join"]
VALUES = st.lists(st.integers(0, 6), max_size=6)


@given(VALUES, VALUES, st.lists(st.sampled_from(SHAPES), max_size=5))
def test_a_chain_of_shapes_knows_what_its_rows_were_made_of(
    left: list[int], right: list[int], shapes: list[str]
) -> None:
    table, other = start(left, 0), start(right, 100)
    expected: Slow = [(value, frozenset({rid})) for rid, value in enumerate(left)]
    beside: Slow = [(value, frozenset({100 + rid})) for rid, value in enumerate(right)]

    for shape in shapes:
        table = fast(table, other, shape)
        expected = slow(expected, beside, shape)

    values: list[Any] = table["v"].to_pylist()
    found = zip(values, map(frozenset[int], told(table)), strict=True)
    assert Counter(found) == Counter(expected)
