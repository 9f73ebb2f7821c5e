"""What a dataset's earlier snapshots say: how many rows, how often, by which hour of a day."""

from __future__ import annotations

import statistics
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from headgate.contract.infer.clauses import Clause
from headgate.contract.odcs.nouns import Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from headgate.core.nouns import Snapshot

HOUR_S = 3600
DAY_S = 24 * HOUR_S
ENOUGH_SNAPSHOTS = 3
"""Snapshots from which their number of rows and their times say something [count]."""
ENOUGH_DAYS = 5
"""Days from which the hours of a day say something [count]."""
PARTS = (50, 95)
"""Percent of a day's rows for which the hour is told."""
GROWING = ("commit", "merge", "restore", "erase")


def row_count(n_rows: Sequence[int]) -> Clause:
    """Promise how many rows there are.

    Args:
        n_rows: of each snapshot, the newest first.
    """
    newest = n_rows[0]
    if len(n_rows) == 1:
        return _rows(
            f"{newest:,} rows in the only snapshot; that there are any", low=min(newest, 1)
        )
    if len(n_rows) < ENOUGH_SNAPSHOTS:
        reason = f"{newest:,} rows; at least half of them"
        return _rows(reason, low=(newest + 1) // 2)
    least, most = min(n_rows), max(n_rows)
    steps = [new - old for new, old in pairwise(n_rows)]
    if min(steps) >= 0 and max(steps) > 0:
        reason = f"{least:,} to {most:,} rows in {len(n_rows)} snapshots, never fewer than before"
        return _rows(f"{reason}; a tenth less at most", low=newest * 9 // 10)
    room = max(most // 5, 2 * max(map(abs, steps)))
    reason = f"{least:,} to {most:,} rows in {len(n_rows)} snapshots; with room of {room:,}"
    return _rows(reason, low=max(least - room, 0), high=most + room)


def _rows(reason: str, *, low: int, high: int | None = None) -> Clause:
    rule = Rule(
        id="rows",
        metric="rowCount",
        dimension="coverage",
        description=reason,
        must_be_greater_or_equal_to=low if high is None else None,
        must_be_between=None if high is None else (low, high),
    )
    return Clause(None, "rows", reason, rule=rule)


def levels(snapshots: Sequence[Snapshot], name: str) -> Iterator[Level]:
    """Propose service levels: how fresh, and how much of a day's rows has come by which hour.

    Args:
        snapshots: of the main branch, the newest first.
        name: what the levels are about.
    """
    made = [one for one in snapshots if one.kind in GROWING]
    yield from _freshness([one.created_at for one in made], name)
    yield from _hours(made, name)


def _freshness(moments: Sequence[datetime], name: str) -> Iterator[Level]:
    """Promise twice the usual gap between snapshots, and half more than the longest at least."""
    if len(moments) < ENOUGH_SNAPSHOTS:
        return
    gaps = [(new - old).total_seconds() for new, old in pairwise(moments)]
    usual, longest = statistics.median(gaps), max(gaps)
    wanted = max(2 * usual, 1.5 * longest)
    if wanted <= 0:
        return
    value, unit = _length(wanted)
    reason = (
        f"{len(moments)} snapshots, {_said(usual)} between two of them, {_said(longest)} at most"
    )
    yield Level(property="latency", value=value, unit=unit, element=name, description=reason)


def _hours(snapshots: Sequence[Snapshot], name: str) -> Iterator[Level]:
    """Promise by which hour most of a day's rows have come, on every day that is over."""
    days = _days(snapshots)
    if len(days) < ENOUGH_DAYS:
        return
    for part in PARTS:
        hours = [_hour_of(arrived, part) for arrived in days.values()]
        by = max(hours) + 1
        reason = f"on each of {len(days)} days {part} % of the day's rows had come by then (UTC)"
        yield Level(
            property="completeness",
            value=part,
            unit="percent",
            value_ext=f"{by:02d}:00",
            element=name,
            description=reason,
        )


def _days(snapshots: Sequence[Snapshot]) -> dict[date, list[int]]:
    """Add up the rows that came in each hour of a day, for days that are over and had some."""
    days: dict[date, list[int]] = {}
    last = max((one.created_at.date() for one in snapshots), default=None)
    for one in snapshots:
        day, n_rows = one.created_at.date(), one.n_added + one.n_changed
        if day != last and n_rows:
            days.setdefault(day, [0] * 24)[one.created_at.hour] += n_rows
    return days


def _hour_of(arrived: Sequence[int], part: int) -> int:
    """Return the hour in which so many percent of a day's rows had come."""
    so_far, total = 0, sum(arrived)
    for hour, n_rows in enumerate(arrived):
        so_far += n_rows
        if so_far * 100 >= part * total:
            return hour
    return len(arrived) - 1


def _length(seconds: float) -> tuple[float, str]:
    """Round a length of time up to what people say.

    >>> _length(93_000), _length(4_000), _length(90)
    ((2, 'd'), (2, 'h'), (2, 'min'))
    """
    for unit, size in (("d", DAY_S), ("h", HOUR_S)):
        if seconds >= size:
            return -int(-seconds // size), unit
    return max(-int(-seconds // 60), 1), "min"


def _said(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
