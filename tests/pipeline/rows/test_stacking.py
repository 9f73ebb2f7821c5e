"""Tables under one another: rows keep their ids where that says all."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given

from headgate import rows
from headgate.core.errors import Invalid
from tests.pipeline.rows.tables import content, made_of, tables, told


@given(tables(), tables(first_rid=25))
def test_rows_put_under_one_another_keep_their_origins(one: pa.Table, other: pa.Table) -> None:
    found = rows.concat(one, other)

    both = [*one.to_pylist(), *other.to_pylist()]
    assert told(found) == [made_of(row) for row in both]
    assert content(found) == content(one) + content(other)
    ids = [row.get("_rid") for row in both]
    names = {*one.column_names, *other.column_names}
    is_still = "_parents" not in names and len(set(ids)) == len(ids)
    assert ("_rid" in found.column_names) == is_still
    assert ("_parents" in found.column_names) != is_still


def test_a_column_of_one_table_is_null_in_the_other() -> None:
    found = rows.concat(
        pa.table({"a": [1], "_rid": [1]}), pa.table({"a": [1.5], "b": ["x"], "_rid": [2]})
    )

    assert found.to_pydict() == {"a": [1.0, 1.5], "b": [None, "x"], "_rid": [1, 2]}


def test_rows_of_the_code_are_made_of_nothing() -> None:
    found = rows.literal([{"a": 1}, {"b": 2}])

    assert content(found) == [{"a": 1, "b": None}, {"a": None, "b": 2}]
    assert told(found) == [set(), set()]


def test_what_does_not_fit_says_why() -> None:
    one = pa.table({"a": [1], "_rid": [1]})

    with pytest.raises(Invalid, match="do not fit under one another"):
        rows.concat(one, pa.table({"a": [[1]], "_rid": [2]}))
    with pytest.raises(Invalid, match="there is no table"):
        rows.concat()
    with pytest.raises(Invalid, match="column _rid holds no row ids"):
        rows.concat(pa.table({"a": [1], "_rid": ["x"]}))
    with pytest.raises(Invalid, match="with the columns a does not say"):
        rows.concat(one, pa.table({"a": [1]}))
