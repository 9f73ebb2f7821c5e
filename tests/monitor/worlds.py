"""Something to watch that tests make up: rows in memory, offered through the port `Watched`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import NotFound
from headgate.spine.context import Context
from headgate.spine.ports import Reference

START = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Stream:
    """Rows that came, by target; each part of a test world."""

    def __init__(self, name: str, tables: dict[str, pa.Table]) -> None:
        self.name = name
        self.tables = tables
        self.learned: dict[str, tuple[Reference, ...]] = {}
        self.late_at: dict[str, tuple[datetime, ...]] = {}

    def rows(
        self,
        context: Context,
        target: str,
        since: datetime,
        until: datetime,
        /,
        *,
        columns: tuple[str, ...] = (),
    ) -> Iterator[pa.Table]:
        table = self._of(target)
        low, high = (pa.scalar(one, table.schema.field("at").type) for one in (since, until))
        is_in = pc.and_(pc.greater_equal(table["at"], low), pc.less(table["at"], high))
        found = table.filter(is_in)
        if columns:
            for name in set(columns) - set(found.column_names):
                found = found.append_column(name, pa.nulls(found.num_rows))
            found = found.select(list(columns))
        half = found.num_rows // 2
        yield from (part for part in (found.slice(0, half), found.slice(half)) if part.num_rows)

    def span(self, context: Context, target: str, /) -> tuple[datetime, datetime] | None:
        moments = self._of(target)["at"]
        if not len(moments):
            return None
        ends: Any = pc.min_max(moments)
        found = ends.as_py()
        return found["min"], found["max"]

    def references(self, context: Context, target: str, /) -> tuple[Reference, ...]:
        self._of(target)
        return self.learned.get(target, ())

    def late(self, context: Context, target: str, after: datetime, /) -> tuple[datetime, ...]:
        return self.late_at.get(target, ())

    def _of(self, target: str) -> pa.Table:
        if target not in self.tables:
            raise NotFound.among(self.name, target, self.tables)
        return self.tables[target]


class Daily(Stream):
    """Days that are made when they are read, and not kept.

    Args:
        name: of the port.
        make: gives the columns of a day, and of so many rows.
        n_days: how many there are [count].
        n: rows of a day [count].
    """

    def __init__(self, name: str, make: Any, n_days: int, n: int) -> None:
        super().__init__(name, {})
        self._day = lambda day: pa.table({"at": moments(day, n), **make(day, n)})
        self._n_days = n_days

    def rows(
        self,
        context: Context,
        target: str,
        since: datetime,
        until: datetime,
        /,
        *,
        columns: tuple[str, ...] = (),
    ) -> Iterator[pa.Table]:
        for day in range(max(0, (since - START).days), min(self._n_days, -((START - until).days))):
            yield self._day(day)

    def span(self, context: Context, target: str, /) -> tuple[datetime, datetime]:
        return START, START + self._n_days * DAY - timedelta(seconds=1)

    def references(self, context: Context, target: str, /) -> tuple[Reference, ...]:
        return ()


def moments(day: int, n: int) -> pa.Array:
    """Spread rows evenly over a day."""
    begins = int((START + day * DAY).timestamp() * 1e6)
    steps = (np.arange(n) + 0.5) / n * 86_400e6
    return pa.array(begins + steps.astype(np.int64), pa.timestamp("us", "UTC"))


def days_of(make: Any, n_days: int, n: int) -> pa.Table:
    """Put days together; `make(day, n)` gives the columns of one."""
    parts = [pa.table({"at": moments(day, n), **make(day, n)}) for day in range(n_days)]
    return pa.concat_tables(parts, promote_options="default")


def watch(context: Context, stream: Stream) -> Stream:
    """Offer a stream in the place of what there is of its kind."""
    context.registry.watched[stream.name] = stream
    return stream
