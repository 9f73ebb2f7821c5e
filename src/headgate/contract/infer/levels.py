"""Proposes service levels from when rows came: how fresh, how many a day, and by which hour.

What is proposed is held to that very history, at every moment of it and now; what would have been
broken is not proposed, but listed.
"""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from headgate.contract.odcs.nouns import Level
from headgate.contract.service.history import DAY, gaps
from headgate.contract.service.measuring import measured, promised
from headgate.core.times import render, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from headgate.contract.service.history import History

ENOUGH_ARRIVALS = 3
"""Arrivals, and days with some, from which their times say how fresh data is [count]."""
ENOUGH_DAYS = 5
"""Days that are over from which their rows and hours say something [count]."""
PARTS = (50, 95)
"""Percent of a day's rows for which the hour is told."""
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


def levels(history: History, name: str) -> tuple[list[Level], list[str]]:
    """Propose service levels.

    Args:
        history: when rows came.
        name: what the levels are about.

    Returns:
        The levels, each with its reason; and those that the history breaks, each with how.
    """
    days = _days(history)
    tried = [*_latency(history, name), *_volume(days, name), *_completeness(days, name)]
    wrong = [_wrong(level, history) for level in tried]
    kept = [level for level, why in zip(tried, wrong, strict=True) if not why]
    return kept, [why for why in wrong if why]


def _latency(history: History, name: str) -> Iterator[Level]:
    """Promise twice the usual gap between arrivals, and half more than the longest at least."""
    moments = history.moments
    days = {one.astimezone(UTC).date() for one in moments}
    if min(len(moments), len(days)) < ENOUGH_ARRIVALS:
        return
    between = [one.total_seconds() for one in gaps(moments)]
    usual, longest = statistics.median(between), max(between)
    value, unit = _length(timedelta(seconds=max(2 * usual, 1.5 * longest)))
    reason = (
        f"rows came {len(moments)} times on {len(days)} days, usually {_said(usual)} apart, "
        f"{_said(longest)} at most"
    )
    yield Level(property="latency", value=value, unit=unit, element=name, description=reason)


def _volume(days: dict[date, list[int]], name: str) -> Iterator[Level]:
    """Promise half of the fewest rows of a day to twice the most, if some came every day."""
    if len(days) < ENOUGH_DAYS or max(days) - min(days) != DAY * (len(days) - 1):
        return
    sums = [sum(hours) for hours in days.values()]
    least, most = min(sums), max(sums)
    yield Level(
        property="volume",
        value=max(least // 2, 1),
        value_ext=2 * most,
        unit="rows",
        element=name,
        description=f"{least:,} to {most:,} rows on each of {len(days)} days; half to twice of it",
    )


def _completeness(days: dict[date, list[int]], name: str) -> Iterator[Level]:
    """Promise by which hour most of a day's rows have come, on every day that is over."""
    if len(days) < ENOUGH_DAYS:
        return
    for part in PARTS:
        by = max(_hour_of(hours, part) for hours in days.values()) + 1
        reason = f"on each of {len(days)} days {part} % of the day's rows had come by then (UTC)"
        yield Level(
            property="completeness",
            value=part,
            unit="percent",
            value_ext=f"{by:02d}:00",
            element=name,
            description=reason,
        )


def _wrong(level: Level, history: History) -> str:
    """Say how a history breaks a level, as it stood before each arrival and stands now."""
    before = [one - MOMENT for one in history.moments[1:]]
    for at in (*before, history.at):
        found = measured(level, history._replace(at=at))
        if found.is_met is False:
            return f"{level.property} {promised(level)}: {found.said} at {render(at)[:16]}"
    return ""


def _days(history: History) -> dict[date, list[int]]:
    """Add up the rows that came in each hour (UTC) of the days that are over and had some."""
    counts: Counter[tuple[date, int]] = Counter()
    for one in history.arrivals:
        at = one.at.astimezone(UTC)
        counts[at.date(), at.hour] += one.n_rows
    days = sorted({day for day, _ in counts if day <= history.last_day})
    return {day: [counts[day, hour] for hour in range(24)] for day in days}


def _hour_of(arrived: Sequence[int], part: int) -> int:
    """Return the hour in which so many percent of a day's rows had come."""
    so_far, total = 0, sum(arrived)
    for hour, n_rows in enumerate(arrived):
        so_far += n_rows
        if so_far * 100 >= part * total:
            return hour
    return len(arrived) - 1


def _length(length: timedelta) -> tuple[int, str]:
    """Round a length of time up to what people say.

    >>> _length(timedelta(hours=26)), _length(timedelta(seconds=4_000)), _length(MOMENT)
    ((2, 'd'), (2, 'h'), (1, 'min'))
    """
    for unit, size in (("d", DAY), ("h", HOUR)):
        if length >= size:
            return -(-length // size), unit
    return max(-(-length // timedelta(minutes=1)), 1), "min"


def _said(seconds: float) -> str:
    return told(timedelta(seconds=seconds))
