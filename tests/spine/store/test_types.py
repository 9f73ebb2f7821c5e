"""A moment is the same on every database: UTC in, UTC out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import Column, MetaData, Table, create_engine, insert, select

from headgate.spine.store.types import Moment


def test_a_moment_is_kept_in_utc() -> None:
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), Column("at", Moment))
    moment = datetime(2026, 11, 3, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))

    with engine.connect() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"at": moment}, {"at": None}])
        found = list(connection.execute(select(table.c.at)).scalars())
    engine.dispose()

    assert found == [moment, None]
    assert found[0].tzinfo is UTC
