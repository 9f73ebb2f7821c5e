"""A joined row was made of the rows of both sides."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import rows
from headgate.core.errors import Invalid, NotFound
from tests.pipeline.rows.tables import content, made_of, tables, told

Row = dict[str, Any]


def nested_loop(left: list[Row], right: list[Row], how: str) -> list[tuple[Row | None, Row | None]]:
    """Join by comparing every row with every other; a null equals nothing."""

    def are_equal(one: Row, other: Row) -> bool:
        return one["key"] is not None and one["key"] == other["key"]

    found: list[tuple[Row | None, Row | None]] = []
    for one in left:
        partners = [other for other in right if are_equal(one, other)]
        found += [(one, other) for other in partners]
        if not partners and how in ("left", "outer"):
            found.append((one, None))
    if how in ("right", "outer"):
        lonely = [row for row in right if not any(are_equal(one, row) for one in left)]
        found += [(None, row) for row in lonely]
    return found


@settings(max_examples=50)
@given(tables(), tables(first_rid=100), st.sampled_from(["inner", "left", "right", "outer"]))
def test_a_join_gives_what_a_nested_loop_gives(left: pa.Table, right: pa.Table, how: Any) -> None:
    found = rows.join(left, right, "key", how=how)

    expected = nested_loop(left.to_pylist(), right.to_pylist(), how)
    assert [(row["key"], row["price"], row["price_right"]) for row in content(found)] == [
        (
            (one or other or {})["key"],
            one["price"] if one else None,
            other["price"] if other else None,
        )
        for one, other in expected
    ]
    assert told(found) == [
        (made_of(one) if one else set()) | (made_of(other) if other else set())
        for one, other in expected
    ]


def test_keys_may_be_several_have_other_names_and_another_width() -> None:
    orders = pa.table(
        {"who": pa.array([1, 1, 2], pa.int32()), "day": ["a", "b", "a"], "_rid": [1, 2, 3]}
    )
    days = pa.table({"id": [1, 2], "day": ["b", "a"], "rain": [True, False], "_rid": [8, 9]})

    found = rows.join(orders, days, {"who": "id", "day": "day"})

    assert content(found) == [
        {"who": 1, "day": "b", "rain": True},
        {"who": 2, "day": "a", "rain": False},
    ]
    assert told(found) == [{2, 8}, {3, 9}]


def test_rows_written_in_the_code_add_no_parents() -> None:
    orders = pa.table({"land": ["fr", "de"], "_rid": [1, 2]})
    names = rows.literal({"land": ["fr"], "name": ["France"]})

    found = rows.join(orders, names, "land", how="left")

    assert found["name"].to_pylist() == ["France", None]
    assert told(found) == [{1}, {2}]


def test_what_cannot_be_joined_says_why() -> None:
    left = pa.table({"key": [1], "x": [[1]], "_rid": [1]})
    right = pa.table({"key": ["a"], "x": [[1]], "_rid": [2]})

    with pytest.raises(Invalid, match="key is int64 and key is string: they cannot be equal"):
        rows.join(left, right, "key")
    with pytest.raises(Invalid, match="rows cannot be joined"):
        rows.join(left, right, "x")
    with pytest.raises(NotFound, match="no column named 'kex'"):
        rows.join(left, right, "kex")
    with pytest.raises(Invalid, match="there is no join 'cross'"):
        rows.join(left, left, "key", how="cross")  # pyright: ignore[reportArgumentType] - a mistake
    with pytest.raises(Invalid, match="a join without a key"):
        rows.join(left, left, [])
    with pytest.raises(Invalid, match="column 'x' stands on both sides"):
        rows.join(left, left, "key", suffix="")
