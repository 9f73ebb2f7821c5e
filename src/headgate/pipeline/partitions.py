"""Parts into which a step's dataset falls: by a day, a region, or whatever a column holds.

A partition is named by a text, its key, and holds the rows whose value in one column comes to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import check_name
from headgate.core.times import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

Every = Literal["hour", "day", "week", "month"]
FORMATS: dict[Every, str] = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "week": "%Y-%m-%d"}
FORMATS["month"] = "%Y-%m"
MOST_SIGNS = 200
"""Of a partition's key [count]; the catalog's columns hold no longer ones."""
_SHAPES: dict[Every, str] = {"hour": r"\d{4}-\d\d-\d\dT\d\d", "month": r"\d{4}-\d\d"}


@dataclass(frozen=True)
class Partitions:
    """How a dataset falls into partitions.

    Args:
        column: whose values tell the partition of a row.
        keys: of the partitions, if they are fixed.
        dataset: the dataset whose values of `column` are the keys, if they are found in one.
        every: the length of a partition, if it is a span of time.
        since: the key of the first span.
        until: the key of the last span; the last one that has ended if none.
        timezone: in which spans end; moments in rows are UTC.
    """

    column: str
    keys: tuple[str, ...] = ()
    dataset: str | None = None
    every: Every | None = None
    since: str = ""
    until: str | None = None
    timezone: str = "UTC"

    def known(self, at: datetime | None = None) -> list[str]:
        """List the keys that need no look into a dataset, in order.

        Args:
            at: the moment up to which spans count as ended; now if none.
        """
        if self.every is None:
            return list(self.keys)
        return list(self._spans(self.every, at or now()))

    @property
    def after_last(self) -> str | None:
        """The key of the span after the last one; nothing where they do not end."""
        if self.every is None or self.until is None:
            return None
        following = _following(self.every, _moment_of(self.every, self.until))
        return following.strftime(FORMATS[self.every])

    def labels(self, column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
        """Name the partition of each value of a column, shape (n,); null where there is none.

        A value is named as it will be once it is kept: moments to the microsecond, in UTC.

        Raises:
            Invalid: nothing names a value of such a kind.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        from headgate.spine.store.canonical import canonical

        column = canonical(pa.table([column], names=[self.column]))[self.column]
        is_moment = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
        if self.every is None or not is_moment:
            return _as_text(self.column, column)
        moments: Any = column.cast(pa.timestamp("us"))
        if self.timezone != "UTC":
            moments = pc.local_timestamp(
                pc.assume_timezone(moments, "UTC").cast(pa.timestamp("us", self.timezone))
            )
        moments = pc.floor_temporal(moments, unit=self.every)
        return pc.strftime(moments, format=FORMATS[self.every])

    def check(self, key: str) -> str:
        """Make sure that a key can be one of a span's; others are looked up.

        Raises:
            Invalid: it is none.
        """
        if self.every is not None:
            _moment_of(self.every, key)
        return key

    def between(self, keys: list[str], first: str | None, last: str | None) -> list[str]:
        """Choose the keys from one to another, both included, in their order as texts.

        Raises:
            NotFound: there is none between them.
        """
        for one in (first, last):
            if one is not None:
                self.check(one)
        found = [key for key in keys if (not first or key >= first) and (not last or key <= last)]
        if not found:
            there = f"there are {keys[0]} to {keys[-1]}" if keys else "there are none yet"
            raise NotFound(f"no partition from {first} to {last}", mend=there)
        return found

    def _spans(self, every: Every, at: datetime) -> Iterator[str]:
        here = at.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
        current = _moment_of(every, self.since)
        last = None if self.until is None else _moment_of(every, self.until)
        while (following := _following(every, current)) <= here:
            if last is not None and current > last:
                return
            yield current.strftime(FORMATS[every])
            current = following


def _as_text(name: str, column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowException as error:
        raise Invalid(
            f"column {name} holds {column.type}, by which rows cannot be parted: {error}",
            mend="part them by a column of texts, numbers, dates or moments",
        ) from error


def keys(column: str, *names: str) -> Partitions:
    """Declare partitions by name.

    Args:
        column: whose values they are.
        names: the keys.

    Raises:
        Invalid: a key is no text or too long, one stands twice, or there is none.
    """
    strange = [name for name in names if not isinstance(name, str)]  # pyright: ignore[reportUnnecessaryIsInstance] - users' code is not checked
    if strange:
        raise Invalid(
            f"{strange[0]!r} is no partition's key", mend=f"write keys({column!r}, 'one', 'two')"
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice or not names:
        raise Invalid(
            f"{twice[0]!r} is named twice" if twice else f"keys({column!r}) names no partition",
            mend="name each partition once",
        )
    require_short(names, f"keys({column!r}, …)")
    return Partitions(check_name("column", column), keys=names)


def require_short(names: Iterable[str], where: str) -> None:
    """Make sure that each of some keys can be written down.

    Raises:
        Invalid: one has more signs than `MOST_SIGNS`.
    """
    long = next((name for name in names if len(name) > MOST_SIGNS), None)
    if long is not None:
        raise Invalid(
            f"a partition's key in {where} has {len(long)} signs: {long[:20]!r}…",
            mend=f"a key has {MOST_SIGNS} at most: part by a shorter column, such as a number or "
            "a digest of this one",
        )


def keys_of(dataset: str, column: str) -> Partitions:
    """Declare one partition for each value that a column of a dataset holds when the step runs.

    Args:
        dataset: where to look.
        column: whose values are the keys; the step's own rows hold it too.
    """
    return Partitions(check_name("column", column), dataset=check_name("dataset", dataset))


def spans(
    every: Every, column: str, since: str, *, until: str | None = None, timezone: str = "UTC"
) -> Partitions:
    """Declare partitions that are spans of time; one is there when it has ended.

    Args:
        every: `hour`, `day`, `week` (named by its Monday) or `month`.
        column: a date, a moment (UTC) or the key as text.
        since: key of the first, such as `2026-11-01`, `2026-11-01T00` or `2026-11`.
        until: key of the last, if they end.
        timezone: where days begin, such as `Europe/Berlin`.

    Raises:
        Invalid: a key or the time zone cannot be read.
    """
    for key in (since, until):
        if key is not None:
            _moment_of(every, key)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(f"no time zone {timezone!r}", mend="such as Europe/Berlin") from error
    name = check_name("column", column)
    return Partitions(name, every=every, since=since, until=until, timezone=timezone)


def daily(
    column: str, since: str, *, until: str | None = None, timezone: str = "UTC"
) -> Partitions:
    """Declare one partition a day; see `spans`."""
    return spans("day", column, since, until=until, timezone=timezone)


def span_of(every: Every, key: str, timezone: str) -> tuple[datetime, datetime]:
    """Return when the span of a key begins, and when it has ended.

    Raises:
        Invalid: the key names none.

    >>> [one.isoformat() for one in span_of("day", "2026-11-02", "UTC")]
    ['2026-11-02T00:00:00+00:00', '2026-11-03T00:00:00+00:00']
    """
    here, zone = _moment_of(every, key), ZoneInfo(timezone)
    return here.replace(tzinfo=zone), _following(every, here).replace(tzinfo=zone)


def _moment_of(every: Every, key: str) -> datetime:
    shape = _SHAPES.get(every, r"\d{4}-\d\d-\d\d")
    try:
        # strptime alone takes 2026-1-2 as well
        told = key if re.fullmatch(shape, key) else ""
        found = datetime.strptime(told, FORMATS[every])  # noqa: DTZ007 - of its own zone
    except ValueError as error:
        example = datetime(2026, 11, 2, tzinfo=UTC).strftime(FORMATS[every])
        raise Invalid(f"{key!r} names no {every}", mend=f"write it as {example}") from error
    if every == "week" and found.weekday():
        monday = (found - timedelta(found.weekday())).date()
        raise Invalid(f"{key} is no Monday", mend=f"name the week by its Monday, {monday}")
    return found


def _following(every: Every, moment: datetime) -> datetime:
    if every == "month":
        first = date(moment.year + moment.month // 12, moment.month % 12 + 1, 1)
        return datetime.combine(first, datetime.min.time())
    days = {"hour": timedelta(hours=1), "day": timedelta(1), "week": timedelta(7)}
    return moment + days[every]
