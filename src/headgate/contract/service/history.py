"""When the rows of a dataset came, and how long its snapshots were kept."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from headgate.contract.odcs.levels import key_of
from headgate.core.times import now
from headgate.spine.lineage import batches
from headgate.spine.store import queries
from headgate.spine.store.refs import ancestry, steps_of

if TYPE_CHECKING:
    from headgate.contract.odcs.nouns import Contract
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

MOST = 5_000
"""Arrivals that are looked at, the newest ones [count]."""
DAY = timedelta(days=1)


class Arrival(NamedTuple):
    """Rows that came together.

    Args:
        at: when.
        n_rows: how many the batch brought [count].
    """

    at: datetime
    n_rows: int


class History(NamedTuple):
    """What is known of a dataset's rows at a moment.

    Args:
        arrivals: when rows came, the earliest first; what came after the moment does not count.
        at: the moment: the present one, or when the snapshot made way for the next.
        snapshots: the snapshot and those it follows, the earliest first; nothing if nobody asked.
    """

    arrivals: Sequence[Arrival]
    at: datetime
    snapshots: Sequence[Snapshot] = ()

    @property
    def known(self) -> Sequence[Arrival]:
        """The arrivals up to the moment."""
        return self.arrivals[: bisect_right(self.arrivals, self.at, key=lambda one: one.at)]

    @property
    def newest(self) -> datetime | None:
        """When rows came last; nothing if they never did."""
        known = self.known
        return known[-1].at if known else None

    @property
    def moments(self) -> list[datetime]:
        """The moments at which rows came, each once, the earliest first."""
        return list(dict.fromkeys(one.at for one in self.known))

    @property
    def last_day(self) -> date:
        """The last day (UTC) that is over."""
        return self.at.astimezone(UTC).date() - DAY

    def between(self, since: datetime, until: datetime) -> int:
        """Count the rows that came in a window [since, until)."""
        ends = (bisect_left(self.arrivals, one, key=lambda each: each.at) for one in (since, until))
        return sum(one.n_rows for one in self.arrivals[slice(*ends)])

    def last_day_with_rows(self) -> date | None:
        """Return the last day (UTC) that is over and on which rows came; nothing without one."""
        n_over = bisect_left(self.arrivals, begin_of(self.last_day) + DAY, key=lambda one: one.at)
        return self.arrivals[n_over - 1].at.astimezone(UTC).date() if n_over else None


def begin_of(day: date) -> datetime:
    """Return when a day begins in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def history_of(context: Context, snapshot: Snapshot, *, with_snapshots: bool = False) -> History:
    """Look up when the rows of a snapshot and of those before it came.

    Args:
        context: the project.
        snapshot: the snapshot.
        with_snapshots: list the snapshots, too.
    """
    tenant, dataset = context.tenant, snapshot.dataset
    with context.catalog.read() as connection:
        steps = steps_of(connection, tenant, dataset)
        found = batches.arrivals(connection, tenant, dataset, limit=MOST)
        after = [number for number, one in steps.items() if one.parent == snapshot.number]
        next_ = [queries.version_by_number(connection, tenant, dataset, one) for one in after]
        known = queries.version_rows(connection, tenant, dataset) if with_snapshots else []
    made_way = [one.created_at for one in next_ if one and one.branch == snapshot.branch]
    standing = ancestry(steps, snapshot.number)
    came = sorted(Arrival(at, n_rows) for number, at, n_rows in found if number in standing)
    return History(
        came,
        min(made_way, default=now()),
        sorted((one for one in known if one.number in standing), key=lambda one: one.number),
    )


def history_for(context: Context, contract: Contract, snapshot: Snapshot) -> History | None:
    """Look up as much of a history as a contract's service levels ask for; nothing without one."""
    keys = {key_of(one) for one in contract.sla_properties}
    return history_of(context, snapshot, with_snapshots="retention" in keys) if keys else None


def gaps(moments: Sequence[datetime]) -> list[timedelta]:
    """List what lies between moments, the earliest first."""
    return [new - old for old, new in pairwise(moments)]


def shortest_kept(snapshots: Sequence[Snapshot]) -> timedelta | None:
    """Say how long those rows were kept which were given up soonest; nothing if none was.

    Rows are given up when the last snapshot that holds them is: what a later one removed or changed
    lies in none that is kept. An erasure is not counted, for it was asked for.

    Args:
        snapshots: a snapshot and those it follows, the earliest first.
    """
    lives: list[timedelta] = []
    gone: list[timedelta] = []
    for one in snapshots:
        if one.kind != "erase" and one.n_removed + one.n_changed:
            lives += gone
            gone = []
        gone = [] if one.expired_at is None else [*gone, one.expired_at - one.created_at]
    return min(lives, default=None)
