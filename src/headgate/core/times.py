"""Time as Headgate keeps it: UTC datetimes inside, ISO 8601 with a Z outside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from headgate.core.errors import Invalid

_SPAN = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def parse(text: str) -> datetime:
    """Read a date or a time; one without a zone is taken as UTC.

    Raises:
        Invalid: the text is no ISO 8601 date or time.

    >>> parse("2026-11-03").isoformat()
    '2026-11-03T00:00:00+00:00'
    >>> parse("2026-11-03T10:00:00+02:00").isoformat()
    '2026-11-03T08:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"{text!r} is no date or time", mend="write 2026-11-03 or 2026-11-03T10:00:00Z"
        ) from error


def render(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the microsecond where there is one.

    >>> render(parse("2026-11-03T10:00:00"))
    '2026-11-03T10:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def span(text: str) -> timedelta:
    """Read a length of time: weeks, days, hours, minutes and seconds, in this order.

    Raises:
        Invalid: the text is none.

    >>> str(span("26h")), str(span("1h30m")), str(span("2.5s"))
    ('1 day, 2:00:00', '1:30:00', '0:00:02.500000')
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise Invalid(f"{text!r} is no length of time", mend="write 90s, 30m, 26h, 7d or 1h30m")
    weeks, days, hours, minutes, seconds = (float(one or 0) for one in found.groups())
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise Invalid(f"{text!r} is too long a time", mend="give one of some years") from None


READ = "read"
"""What reads a text more strictly than its type, in a field's `Meta(extra=…)`."""
Span = Annotated[str, msgspec.Meta(extra={READ: span})]
"""A length of time as text; whoever reads a file into a struct refuses what is none."""


def told(age: timedelta) -> str:
    """Say how long something is, in its two largest units.

    >>> told(timedelta(hours=26, minutes=5)), told(timedelta(seconds=40))
    ('1d 2h', '40s')
    """
    seconds = max(int(age.total_seconds()), 0)
    parts: list[str] = []
    for name, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size}{name}")
            seconds %= size
    return " ".join(parts[:2]) or "0s"
