"""Reading and asking: versions, conditions, SQL, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from tests.asking import commit, log, query, read, tag

if TYPE_CHECKING:
    from headgate.spine.context import Context


@pytest.fixture
def orders(context: Context) -> Context:
    """Orders with an older and a newer snapshot."""
    commit(context, "orders", {"id": [1, 2, 3], "name": ["ann", "bob", None]}, key=("id",))
    commit(context, "orders", {"id": [2], "name": ["bea"]}, mode="upsert")
    return context


def test_columns_conditions_and_ids_go_together(orders: Context) -> None:
    table = read(orders, "orders", where="id >= 2", columns=("name",), row_ids=True)

    assert table.column_names == ["_rid", "name"]
    assert dict(zip(*table.to_pydict().values(), strict=True)) == {3: None, 2: "bea"}


def test_a_condition_may_use_columns_that_are_not_read(orders: Context) -> None:
    assert read(orders, "orders", where="name = 'bea'", columns=("id",)).to_pydict() == {"id": [2]}


def test_a_condition_reads_the_version_asked_for(orders: Context) -> None:
    assert read(orders, "orders", 1, where="id = 2")["name"].to_pylist() == ["bob"]


def test_a_condition_on_the_row_id_is_one(orders: Context) -> None:
    assert read(orders, "orders", where="_rid = 3").to_pydict() == {"id": [3], "name": [None]}


def test_a_condition_gives_back_the_types_that_are_kept(context: Context) -> None:
    rows = pa.table(
        {
            "at": pa.array([0], pa.timestamp("us", "UTC")),
            "small": pa.array([1], pa.int8()),
            "took": pa.array([5], pa.duration("ms")),
            "digest": pa.array([b"ab"], pa.binary(2)),
        }
    )
    commit(context, "orders", rows)

    assert read(context, "orders", where="small = 1").schema == read(context, "orders").schema


@pytest.mark.parametrize("where", ["", "nope = 1", "id = 'x'"])
def test_a_condition_that_cannot_be_read_is_refused(orders: Context, where: str) -> None:
    with pytest.raises(Invalid):
        read(orders, "orders", where=where or "and")


@pytest.mark.parametrize("where", [None, "id > 0"])
def test_a_column_that_is_not_there_is_answered_by_the_nearest(
    orders: Context, where: str | None
) -> None:
    with pytest.raises(NotFound) as caught:
        read(orders, "orders", columns=("nane",), where=where)

    assert caught.value.mend == "did you mean name?"


def test_sql_names_versions_by_number_tag_and_id(orders: Context) -> None:
    tag(orders, "orders", "golden", 1)
    first = log(orders, "orders")[-1]

    for at in ("1", "golden", first.version_id[:10]):
        found = query(orders, f"select name from orders@{at} where id = 2")

        assert found["name"].to_pylist() == ["bob"]


def test_sql_names_versions_by_time(orders: Context) -> None:
    moment = log(orders, "orders")[-1].created_at.isoformat().replace("+00:00", "Z")

    assert query(orders, f"select count(*) as n from orders@{moment}")["n"].to_pylist() == [3]


def test_sql_sees_no_row_ids(orders: Context) -> None:
    assert query(orders, "select * from orders limit 0").column_names == ["id", "name"]


def test_sql_compares_versions(orders: Context) -> None:
    found = query(
        orders,
        "select n.id, o.name as was, n.name as is from orders n join orders@1 o using (id) "
        "where n.name is distinct from o.name".replace(" as is ", " as now "),
    )

    assert found.to_pylist() == [{"id": 2, "was": "bob", "now": "bea"}]


@pytest.mark.parametrize(
    ("sql", "mend"),
    [
        ("select * from orderz", "did you mean orders?"),
        ("select * from orders@7", "there is orders@1 to orders@2"),
        ("select * from orders@goldem", "there is main"),
    ],
)
def test_sql_over_what_is_not_there_is_answered_by_what_is(
    orders: Context, sql: str, mend: str
) -> None:
    with pytest.raises(NotFound) as caught:
        query(orders, sql)

    assert caught.value.mend == mend
