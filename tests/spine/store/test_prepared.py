"""Statements compiled once do what they do by SQLAlchemy's usual way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update

from headgate.core.errors import Conflict
from headgate.spine.store.prepared import Prepared
from headgate.spine.store.tables import counters, datasets
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context

AT = datetime(2026, 11, 21, 12, 30, 0, 5, tzinfo=timezone(timedelta(hours=2)))


def row(name: str, **more: Any) -> dict[str, Any]:
    """Write a dataset down as a row."""
    return {"tenant": "default", "name": name, "key": "[]", "created_at": AT} | more


def found(context: Context) -> list[tuple[str, str, datetime]]:
    """List names, keys and times of datasets."""
    query = select(datasets.c.name, datasets.c.key, datasets.c.created_at).order_by("name")
    with context.catalog.read() as connection:
        return [(one.name, one.key, one.created_at) for one in connection.execute(query)]


def test_rows_that_are_added_come_back_with_the_types_they_had(context: Context) -> None:
    adding = Prepared(insert(datasets))

    with context.catalog.write() as connection:
        adding.run(connection, row("a"))
        adding.run_all(connection, [row("b"), row("c", key='["id"]')])

    at = AT.astimezone(UTC)
    assert found(context) == [("a", "[]", at), ("b", "[]", at), ("c", '["id"]', at)]


def test_an_update_and_a_deletion_take_their_own_parameters_out_of_many(context: Context) -> None:
    of = datasets.c.name == bindparam("of")
    changing = Prepared(update(datasets).where(of).values(key=bindparam("to")))
    dropping = Prepared(delete(datasets).where(datasets.c.name == bindparam("name")))
    with context.catalog.write() as connection:
        Prepared(insert(datasets)).run_all(connection, [row("a"), row("b"), row("c")])

    with context.catalog.write() as connection:
        changed = changing.run(connection, {"of": "a", "to": '["x"]', "name": "b"})
        dropping.run_all(connection, [row("b"), row("c")])

    assert changed.rowcount == 1
    assert [(name, key) for name, key, _ in found(context)] == [("a", '["x"]')]


def test_a_query_gives_texts_and_whole_numbers_by_name(context: Context) -> None:
    above = counters.c.value > bindparam("least")
    asking = Prepared(select(counters.c.name.label("called"), counters.c.value).where(above))
    rows = [{"tenant": "default", "name": name, "value": n} for name, n in (("low", 1), ("up", 7))]

    with context.catalog.write() as connection:
        Prepared(insert(counters)).run_all(connection, rows)
        one = asking.run(connection, {"least": 1}).one()

    assert (one.called, one.value) == ("up", 7)


def test_a_row_that_is_there_already_is_a_conflict_as_ever(context: Context) -> None:
    adding = Prepared(insert(datasets))

    with pytest.raises(Conflict, match="refused a row"), context.catalog.write() as connection:
        adding.run_all(connection, [row("a"), row("a")])

    assert found(context) == []


def test_a_unit_of_work_may_not_change_rows_this_way_without_an_event(context: Context) -> None:
    with pytest.raises(Conflict, match="rows of datasets changed"), Work(context) as work:
        Prepared(insert(datasets)).run(work.connection, row("a"))

    assert found(context) == []
    with Work(context) as work:
        _ = work.connection


def test_plain_rows_are_added_whatever_the_order_of_their_names(context: Context) -> None:
    rows = iter([(7, "apples", "default"), (9, "pears", "default")])

    with context.catalog.write() as connection:
        Prepared(insert(counters)).run_plain(connection, ("value", "name", "tenant"), rows)

    query = select(counters.c.name, counters.c.value).where(counters.c.value.in_([7, 9]))
    with context.catalog.read() as connection:
        held = {(one.name, one.value) for one in connection.execute(query)}
    assert {("apples", 7), ("pears", 9)} <= held
