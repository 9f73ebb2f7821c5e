"""Service levels as numbers, and what is wrong with those that cannot be read.

Lengths of time are in seconds. Two levels are ours, for the standard names none: `volume`, the
rows that come in a day, and `completeness` with a time of day, the share of a day's rows by then.
"""

from __future__ import annotations

import re
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple

from headgate.contract.odcs.nouns import Level
from headgate.core.errors import Invalid
from headgate.core.times import span

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS = {
    1: ("s", "sec", "second", "seconds"),
    60: ("m", "min", "minute", "minutes"),
    3600: ("h", "hr", "hour", "hours"),
    86_400: ("d", "day", "days"),
    7 * 86_400: ("w", "week", "weeks"),
    30 * 86_400: ("mo", "month", "months"),
    365 * 86_400: ("y", "yr", "year", "years"),
}
SECONDS = {word: factor for factor, words in UNITS.items() for word in words}
FRESHNESS = ("latency", "ly", "freshness")
LOWER_IS_BETTER = (*FRESHNESS, "frequency", "fy", "timeofavailability", "timetodetect",
                   "timetonotify", "timetorepair", "errorrate")  # fmt: skip
HIGHER_IS_BETTER = ("retention", "re", "availability", "av", "throughput", "completeness")
LENGTHS = ("latency", "frequency", "retention")
"""Levels that are lengths of time and looked at."""
LONGEST_S = 10_000 * 365 * 86_400
ROWS = ("", "row", "rows", "rows/d", "rows/day")
PERCENT = ("percent", "%")
MOST_PERCENT = 100
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])Z?", re.ASCII)
ALIKE = dict.fromkeys(FRESHNESS, "latency") | {"fy": "frequency", "re": "retention"}


class Fault(NamedTuple):
    """Why a level cannot be read.

    Args:
        key: where it is wrong: `value`, `valueExt` or `unit`.
        message: what is wrong.
        mend: what to do.
    """

    key: str
    message: str
    mend: str


def fault(level: Level) -> Fault | None:
    """Say what is wrong with a level that would be looked at; nothing if it can be.

    >>> fault(Level(property="latency", value="soon"))
    Fault(key='value', message="'soon' is no length of time", mend='write value: 26 and unit: h')
    """
    key = key_of(level)
    if key in LENGTHS:
        return _length_fault(level)
    if key == "volume":
        return _volume_fault(level)
    is_ours = key == "completeness" and level.value_ext is not None
    return _completeness_fault(level) if is_ours else None


def seconds(level: Level) -> float | None:
    """Return a level's value in seconds; nothing if it is no length of time.

    >>> seconds(Level(property="latency", value=2, unit="h"))
    7200
    >>> seconds(Level(property="latency", value="1h30m"))
    5400.0
    """
    factor = SECONDS.get(level.unit.lower())
    value = number(level.value)
    if value is None and isinstance(level.value, str) and not level.unit:
        return _spanned(level.value)
    return None if factor is None or value is None else value * factor


def clock(text: object) -> timedelta | None:
    """Read a time of day in UTC, as what has passed of the day; nothing if it is none.

    >>> str(clock("07:30")), clock("7 am"), clock("24:30")
    ('7:30:00', None, None)
    """
    found = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    passed = timedelta(hours=int(found[1]), minutes=int(found[2]))
    return passed if timedelta(0) < passed <= timedelta(days=1) else None


def worth(level: Level) -> float | None:
    """Return a level's value as a number, a length of time in seconds."""
    return number(level.value) if seconds(level) is None else seconds(level)


def better(level: Level) -> Literal["lower", "higher", "same"]:
    """Say which value of a level is kinder to consumers; `same` if only an equal one is."""
    key = bare(level.property)
    if key in LOWER_IS_BETTER:
        return "lower"
    return "higher" if key in HIGHER_IS_BETTER else "same"


def like(level: Level, others: Sequence[Level]) -> list[Level]:
    """List the levels that are about the same thing."""
    mine = (key_of(level), level.element, level.driver)
    return [one for one in others if (key_of(one), one.element, one.driver) == mine]


def bare(name: str) -> str:
    """Write a level's name without case and signs between words."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def key_of(level: Level) -> str:
    """Name what a level is about, the same for all of its names."""
    return ALIKE.get(bare(level.property), bare(level.property))


def number(value: object) -> float | None:
    """Read a number, also one that stands as text; nothing if it is none."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def _spanned(text: str) -> float | None:
    try:
        return span(text).total_seconds()
    except Invalid:
        return None


def _length_fault(level: Level) -> Fault | None:
    """Say what is wrong with a length of time; the standard lets a number have no unit."""
    length = seconds(level)
    if length is not None and 0 < length <= LONGEST_S:
        return None
    if length is not None:
        return Fault("value", f"must be above zero and no eternity, not {level.value!r}", "mend it")
    if number(level.value) is None:
        message = f"{level.value!r} is no length of time"
        return Fault("value", message, "write value: 26 and unit: h")
    if not level.unit:
        return None
    return Fault("unit", f"{level.unit!r} is no unit of time", "write s, min, h, d, w, mo or y")


def _volume_fault(level: Level) -> Fault | None:
    least = number(level.value)
    if least is None or not 0 <= least < inf:
        message = f"{level.value!r} is no number of rows"
        return Fault("value", message, "write how many rows come in a day at least")
    if level.unit.lower() not in ROWS:
        return Fault("unit", f"{level.unit!r} counts no rows", "write unit: rows")
    most = least if level.value_ext is None else number(level.value_ext)
    if most is None or not least <= most:
        message = f"{level.value_ext!r} is no number of rows from {level.value} on"
        return Fault("valueExt", message, "write how many rows come in a day at most")
    return None


def _completeness_fault(level: Level) -> Fault | None:
    share = number(level.value)
    if share is None or not 0 <= share <= MOST_PERCENT:
        message = f"{level.value!r} is no share in percent"
        return Fault("value", message, "write a number from 0 to 100")
    if level.unit.lower() not in PERCENT:
        return Fault("unit", f"{level.unit!r} is no share", "write unit: percent")
    if clock(level.value_ext) is None:
        message = f"{level.value_ext!r} is no time of day"
        return Fault("valueExt", message, 'write it in UTC and in quotes, such as "07:00"')
    return None
