"""Reads cron expressions, and lists the local times they mean; time zones are not known here.

Five fields: minute, hour, day of the month, month, day of the week. Each is `*`, a number, a
range, a list of them, with `/n` for every n-th. Months and days of the week have English names of
three letters; 0 and 7 are Sunday. As in POSIX, a day matches if either of its two fields does,
unless one of them begins with `*`: then both must.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SATURDAY, _SUNDAY = 6, 7
_AHEAD = timedelta(days=366 * 9)
"""The longest a leap day may be away: from 2096 to 2104, which is why 8 years do not do."""


class _Field(NamedTuple):
    """A field's name, its lowest and highest number, and the names of numbers."""

    name: str
    low: int
    high: int
    names: dict[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, {name: at for at, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 7, {name: at for at, name in enumerate(_DAYS)}),
)


class Cron(NamedTuple):
    """An expression that was read.

    Args:
        minutes: that match, ascending.
        hours: that match, ascending.
        days: of the month.
        months: from 1.
        weekdays: from Sunday, 0.
        needs_both: a day must match by month and by week; otherwise either will do.
        is_hourly: the hour's field begins with `*`.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    needs_both: bool
    is_hourly: bool

    def falls_on(self, day: date) -> bool:
        """Say whether any time of a day matches."""
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (by_month and by_week) if self.needs_both else (by_month or by_week)

    def times_from(self, start: datetime) -> Iterator[datetime]:
        """List the local times that match, from one on, ascending; at most nine years ahead.

        Args:
            start: without a zone; itself included if it matches.
        """
        day, end = start.date(), start.date() + _AHEAD
        while day <= end:
            if self.falls_on(day):
                yield from self._times_of(day, start)
            day += timedelta(days=1)

    def _times_of(self, day: date, start: datetime) -> Iterator[datetime]:
        """List the times of a day, from one on."""
        is_first = day == start.date()
        hours = self.hours[bisect_left(self.hours, start.hour) :] if is_first else self.hours
        for hour in hours:
            for minute in self.minutes:
                found = datetime.combine(day, time(hour, minute))
                if found >= start:
                    yield found


def read_cron(text: str) -> Cron:
    """Read an expression.

    Raises:
        Invalid: it has not five fields, one cannot be read, or no day ever matches.

    >>> read_cron("*/30 6 * * mon-fri").minutes
    (0, 30)
    """
    words = _ALIASES.get(text.strip().lower(), text).lower().split()
    if len(words) != len(_FIELDS):
        raise Invalid(
            f"cron expression {text!r} has {len(words)} fields",
            mend="write five: minute hour day month weekday, such as 0 6 * * mon-fri; or @daily",
        )
    minutes, hours, days, months, weekdays = (
        _numbers(word, field, text) for word, field in zip(words, _FIELDS, strict=True)
    )
    found = Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(day % _SUNDAY for day in weekdays),
        needs_both=words[2].startswith("*") or words[4].startswith("*"),
        is_hourly=words[1].startswith("*"),
    )
    if found.needs_both and all(_LONGEST[month - 1] < min(found.days) for month in found.months):
        raise Invalid(
            f"cron expression {text!r} names no day there is", mend="choose a day of that month"
        )
    return found


def _numbers(word: str, field: _Field, text: str) -> set[int]:
    """Read one field: parts with commas between."""
    return {number for part in word.split(",") for number in _part(part, field, text)}


def _part(part: str, field: _Field, text: str) -> range:
    """Read a range, which may be a single number or all of them, and its step."""
    span, slash, step = part.partition("/")
    if slash and (not _is_number(step) or int(step) < 1):
        raise _unread(part, field, text, "a step is a whole number from 1")
    if span == "*":
        last = _SATURDAY if field.high == _SUNDAY else field.high
        return range(field.low, last + 1, int(step or 1))
    low, high = _bounds(span, field, text)
    if slash and "-" not in span:
        raise _unread(part, field, text, f"write {low}-{field.high}/{step}")
    if high < low:
        raise _unread(part, field, text, f"write {low}-{field.high} and {field.low}-{high}")
    return range(low, high + 1, int(step or 1))


def _bounds(span: str, field: _Field, text: str) -> tuple[int, int]:
    first, dash, last = span.partition("-")
    low = _number(first, field, text)
    high = _number(last, field, text) if dash else low
    # a week may end with its Sunday: fri-sun
    is_week_end = field.high == _SUNDAY and high == 0 < low
    return low, _SUNDAY if is_week_end else high


def _number(word: str, field: _Field, text: str) -> int:
    number = field.names.get(word, int(word) if _is_number(word) else -1)
    if not field.low <= number <= field.high:
        names = f" or {', '.join(field.names)}" if field.names else ""
        raise _unread(word, field, text, f"write {field.low} to {field.high}{names}")
    return number


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _unread(part: str, field: _Field, text: str, mend: str) -> Invalid:
    return Invalid(f"cron expression {text!r}: {part!r} is no {field.name}", mend=mend)
