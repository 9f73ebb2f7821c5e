"""Holds one service level to a dataset's history: what was promised, what is, is it met.

Levels by the day look at the last day (UTC) that is over. A level that nothing known can tell is
neither met nor broken, and says why.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headgate.contract.odcs.levels import LENGTHS, bare, clock, key_of, number, seconds
from headgate.contract.service.history import DAY, begin_of, gaps, shortest_kept
from headgate.core.freshness import freshness_of
from headgate.core.times import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from headgate.contract.odcs.nouns import Level
    from headgate.contract.service.history import History

N_GAPS = 8
"""Gaps between arrivals that say how often rows usually come, the newest ones [count]."""
ROOM = 1.1
"""How much longer than promised the usual gap may be: a daily run is not on time to the second."""
NO_DAY = "no day with rows is over yet"
MINUTE = timedelta(minutes=1)
DATES = ("generalavailability", "ga", "endofsupport", "es", "endoflife", "el")
SERVED = ("availability", "av", "throughput", "th", "errorrate", "er", "timeofavailability")
REPAIRED = ("timetodetect", "td", "timetonotify", "tn", "timetorepair", "tr")


class Measure(NamedTuple):
    """What a level comes to.

    Args:
        is_met: nothing if it is not looked at.
        said: what was measured, or why nothing was.
        figure: the same as a number: [s], [percent] or rows [count]; nothing if there is none.
    """

    is_met: bool | None
    said: str
    figure: float | None = None


def promised(level: Level) -> str:
    """Say what a level promises.

    >>> from headgate.contract.odcs.nouns import Level
    >>> promised(Level(property="latency", value=2, unit="h"))
    'at most 2 h old'
    """
    value = f"{level.value} {level.unit}".strip()
    key = key_of(level)
    if key == "completeness" and level.value_ext is not None:
        return f"{level.value} % of a day's rows by {level.value_ext}"
    if key == "volume":
        most = "" if level.value_ext is None else f" and at most {level.value_ext}"
        return f"at least {level.value}{most} rows a day"
    words = {"latency": "at most {} old", "frequency": "every {}", "retention": "kept for {}"}
    return words.get(key, "{}").format(value)


def unseen(level: Level) -> str:
    """Say why a level is not looked at; empty if it is."""
    key = key_of(level)
    if key == "completeness":
        return "" if level.value_ext is not None else "valueExt names no time of day"
    if key in LENGTHS and seconds(level) is None:
        return "it has no unit of time, such as unit: h"
    if key in MEASURES:
        return ""
    name = bare(level.property)
    if name in DATES:
        return "people keep such a date, no figure of the data tells it"
    if name in SERVED:
        return "it is about what hands the data out, and that is not seen from here"
    if name in REPAIRED:
        return "it is about how people answer, and that is not seen from here"
    return "nothing here measures a level of this name"


def measured(level: Level, history: History) -> Measure:
    """Hold a level to when the rows of a dataset came; it must be one that is looked at."""
    return MEASURES[key_of(level)](level, history)


def aged(level: Level, newest: datetime | None, at: datetime) -> Measure:
    """Hold a latency to the newest moment there is."""
    fresh = freshness_of(newest, timedelta(seconds=seconds(level) or 0), at)
    if fresh.age is None:
        return Measure(is_met=False, said="nothing came yet")
    said = "less than a minute old" if fresh.age < MINUTE else fresh.said
    return Measure(fresh.is_kept, said, fresh.age.total_seconds())


def counted(level: Level, day: str, n_rows: int) -> Measure:
    """Hold a volume to the rows of a day."""
    least = number(level.value) or 0
    most = number(level.value_ext)
    is_met = least <= n_rows and (most is None or n_rows <= most)
    return Measure(is_met, f"{n_rows:,} rows on {day}", n_rows)


def shared(level: Level, day: str, n_rows: int, n_by_then: int) -> Measure:
    """Hold a completeness to the rows of a day, and those of them that came in time."""
    if not n_rows:
        return Measure(None, f"no rows on {day}")
    share = n_by_then * 100 / n_rows
    said = f"{share:.4g} % by {level.value_ext} on {day}"
    return Measure(share >= (number(level.value) or 0), said, share)


def _latency(level: Level, history: History) -> Measure:
    return aged(level, history.newest, history.at)


def _frequency(level: Level, history: History) -> Measure:
    moments = history.moments[-N_GAPS - 1 :]
    if len(moments) <= 1:
        return Measure(None, "rows came no more than once")
    usual = sorted(gaps(moments))[(len(moments) - 1) // 2]
    open_ = history.at - moments[-1]
    longest = max(usual, open_)
    said = f"every {told(usual)}" if longest == usual else f"none for {told(open_)}"
    is_met = longest.total_seconds() <= ROOM * (seconds(level) or 0)
    return Measure(is_met, said, longest.total_seconds())


def _retention(level: Level, history: History) -> Measure:
    shortest = shortest_kept(history.snapshots)
    if shortest is not None:
        is_met = shortest.total_seconds() >= (seconds(level) or 0)
        return Measure(is_met, f"given up after {told(shortest)}", shortest.total_seconds())
    first = history.snapshots[0].created_at if history.snapshots else history.at
    said = f"nothing given up since {first:%Y-%m-%d}"
    return Measure(is_met=True, said=said, figure=(history.at - first).total_seconds())


def _volume(level: Level, history: History) -> Measure:
    begin = begin_of(history.last_day)
    if history.last_day_with_rows() is None:
        return Measure(None, NO_DAY)
    return counted(level, f"{begin:%Y-%m-%d}", history.between(begin, begin + DAY))


def _completeness(level: Level, history: History) -> Measure:
    day, by = history.last_day_with_rows(), clock(level.value_ext)
    if day is None or by is None:
        return Measure(None, NO_DAY)
    begin = begin_of(day)
    n_rows, n_by_then = (history.between(begin, begin + one) for one in (DAY, by))
    return shared(level, f"{begin:%Y-%m-%d}", n_rows, n_by_then)


MEASURES: dict[str, Callable[[Level, History], Measure]] = {
    "latency": _latency,
    "frequency": _frequency,
    "retention": _retention,
    "volume": _volume,
    "completeness": _completeness,
}
