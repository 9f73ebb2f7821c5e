"""Where a query's columns come from: all of it told, or nothing."""

from __future__ import annotations

import pytest

from headgate.core.errors import Invalid
from headgate.spine.store.sql_columns import columns_of

TABLES = {
    "orders": ("id", "price", "note", "cid"),
    "customers": ("id", "name", "city"),
    "more": ("x",),
}
Told = dict[str, set[tuple[str, str]]]


def told(query: str) -> tuple[Told, set[tuple[str, str]]]:
    """Return for each column, and for all rows, what they come from and how."""
    found = columns_of(query, TABLES)
    assert found is not None
    names = {
        name: {(f"{one.table}.{one.column}", one.how) for one in origins}
        for name, origins in found.by_name.items()
    }
    return names, {(f"{one.table}.{one.column}", one.how) for one in found.of_all}


ID, PRICE = ("orders.id", "IDENTITY"), ("orders.price", "IDENTITY")


@pytest.mark.parametrize(
    ("query", "column", "origins"),
    [
        ("select id from orders", "id", {ID}),
        ("select ID as Number from Orders o".replace("Orders", "orders"), "Number", {ID}),
        ("select price * 2 + 1 as p from orders", "p", {("orders.price", "TRANSFORMATION")}),
        ("select sum(price) as s from orders", "s", {("orders.price", "AGGREGATION")}),
        ("select sum(price * 2) as s from orders", "s", {("orders.price", "AGGREGATION")}),
        ("select count(*) as n from orders", "n", set()),
        ("select price + id as p, p * 2 as q from orders", "q", {
            ("orders.id", "TRANSFORMATION"), ("orders.price", "TRANSFORMATION")}),
        ("select case when price > 1 then note end as c from orders", "c", {
            ("orders.price", "CONDITIONAL"), ("orders.note", "TRANSFORMATION")}),
        ("select sum(price) over (partition by cid) as w from orders", "w", {
            ("orders.price", "AGGREGATION")}),
        ("select * exclude (note) from orders", "price", {PRICE}),
        ("with a as (select id as k from orders) select k from a", "k", {ID}),
        ("select k from (select id as k from orders)", "k", {ID}),
        ("select (select max(x) from more) as m from orders", "m", {("more.x", "AGGREGATION")}),
        ("select id from orders union all select x from more", "id", {ID, ("more.x", "IDENTITY")}),
        ("select o.id from orders o join customers c using (id)", "id", {ID}),
        ("select id from orders join customers using (id)", "id", {
            ID, ("customers.id", "IDENTITY")}),
        ("select c.name from orders o join customers c on o.cid = c.id", "name", {
            ("customers.name", "IDENTITY")}),
    ],
)  # fmt: skip
def test_a_column_comes_from_what_goes_into_it(
    query: str, column: str, origins: set[tuple[str, str]]
) -> None:
    names, _ = told(query)

    assert names[column] == origins


@pytest.mark.parametrize(
    ("query", "of_all"),
    [
        ("select id from orders", set()),
        ("select id from orders where price > 1", {("orders.price", "FILTER")}),
        ("select cid from orders group by cid having max(price) > 1", {
            ("orders.cid", "GROUP_BY"), ("orders.price", "FILTER")}),
        ("select id from orders order by price limit 3", {("orders.price", "SORT")}),
        ("select c.name from orders o join customers c on o.cid = c.id", {
            ("orders.cid", "JOIN"), ("customers.id", "JOIN")}),
        ("select id from orders where cid in (select id from customers where city = 'a')", {
            ("orders.cid", "FILTER"), ("customers.id", "FILTER"), ("customers.city", "FILTER")}),
        ("select id from orders o where exists (select 1 from more where x = o.cid)", {
            ("more.x", "FILTER"), ("orders.cid", "FILTER")}),
        ("select o.id from orders o semi join more on o.id = more.x", {
            ("orders.id", "JOIN"), ("more.x", "JOIN")}),
        ("select sum(id) over (partition by cid order by price) as w from orders", {
            ("orders.cid", "WINDOW"), ("orders.price", "WINDOW")}),
    ],
)  # fmt: skip
def test_rows_are_chosen_by_what_filters_joins_groups_and_sorts_them(
    query: str, of_all: set[tuple[str, str]]
) -> None:
    _, found = told(query)

    assert found == of_all


@pytest.mark.parametrize(
    "query",
    [
        "select * from range(3)",
        "select columns('i.*') from orders",
        "select * replace (price * 2 as price) from orders",
        "select list_transform([1], x -> x + id) as l from orders",
        "with recursive r as (select 1 as n union all select n + 1 from r) select n from r",
        "select id from orders natural join customers",
        "select nobody from orders",
        "select id from unknown_table",
        "select id from orders join customers on cid = customers.id",
        "select * from orders join customers on orders.cid = customers.id",
        "select * from orders union all by name select x as id from more",
    ],
)
def test_of_what_cannot_be_told_for_certain_nothing_is(query: str) -> None:
    assert columns_of(query, TABLES) is None


def test_columns_without_a_name_of_their_own_are_left_out() -> None:
    names, _ = told("select id, sum(price) from orders group by id")

    assert set(names) == {"id"}


def test_the_ids_of_rows_come_from_no_column() -> None:
    names, _ = told("select list(_rid) as _parents, cid from orders group by cid")

    assert names["_parents"] == set()


def test_what_is_no_query_is_refused() -> None:
    with pytest.raises(Invalid, match="not one query"):
        columns_of("drop table orders", TABLES)
