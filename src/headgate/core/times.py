"""Time as Headgate keeps it: UTC datetimes inside, ISO 8601 with a Z outside."""

from __future__ import annotations

from datetime import UTC, datetime

from headgate.core.errors import Invalid


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
