"""When a cron expression is due in a time zone, over the days on which its clocks are changed.

A time of day that is skipped (02:30 on the night the clocks go forward) is due once, at the jump;
one that comes twice is due the first time only. An expression whose hour begins with `*` means a
rhythm instead: it is due whenever the wall clock shows a time that matches, so that `*/15 * * * *`
goes on through the repeated hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from headgate.core.errors import Invalid
from headgate.pipeline.schedule.cron import read_cron

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.pipeline.schedule.cron import Cron

_INSTANT = timedelta(microseconds=1)


class Clock:
    """A cron expression in a time zone.

    Args:
        cron: the expression.
        timezone: an IANA name, such as `Europe/Berlin`.

    Raises:
        Invalid: either cannot be read.
    """

    def __init__(self, cron: str, timezone: str = "UTC") -> None:
        self._cron: Cron = read_cron(cron)
        try:
            self._zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Invalid(
                f"there is no time zone {timezone!r}",
                mend="write a name such as Europe/Berlin; on a system without any: "
                "pip install tzdata",
            ) from error

    def after(self, moment: datetime) -> datetime | None:
        """Return the first moment after one that it is due, in UTC; nothing in nine years."""
        moment = moment.astimezone(UTC)
        return self._beat(moment) if self._cron.is_hourly else self._time(moment)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """List the moments it is due after one and up to another, ascending, in UTC."""
        moment = self.after(after)
        while moment is not None and moment <= until:
            yield moment
            moment = self.after(moment)

    def local(self, moment: datetime) -> datetime:
        """Return a moment as the wall clock shows it."""
        return moment.astimezone(self._zone)

    def _time(self, moment: datetime) -> datetime | None:
        """Find the next time of day."""
        start = self.local(moment).replace(tzinfo=None, second=0, microsecond=0)
        for found in self._cron.times_from(start):
            due = self._moment(found)
            if due > moment:
                return due
        return None

    def _moment(self, shown: datetime) -> datetime:
        """Return when the clock shows a time first, or when it jumps over it."""
        first = shown.replace(tzinfo=self._zone, fold=0)
        due = first.astimezone(UTC)
        if self.local(due).replace(tzinfo=None) == shown:
            return due
        early = first.replace(fold=1).astimezone(UTC)
        return self._change(early, due)

    def _beat(self, moment: datetime) -> datetime | None:
        """Find the next beat, from one stretch without a change of the clocks to the next."""
        start = moment + _INSTANT
        while True:
            offset = self._offset(start)
            shown = (start + offset).replace(tzinfo=None)
            found = next(self._cron.times_from(shown), None)
            if found is None:
                return None
            due = (found - offset).replace(tzinfo=UTC)
            if self._offset(due) == offset:
                return due
            start = self._change(start, due)

    def _offset(self, moment: datetime) -> timedelta:
        return self.local(moment).utcoffset() or timedelta()

    def _change(self, early: datetime, late: datetime) -> datetime:
        """Find, to the second, when the clocks are changed between two moments."""
        before = self._offset(early)
        low, high = 0, int((late - early).total_seconds())
        while low < high:
            middle = (low + high) // 2
            if self._offset(early + timedelta(seconds=middle)) == before:
                low = middle + 1
            else:
                high = middle
        return (early + timedelta(seconds=low)).replace(microsecond=0)
