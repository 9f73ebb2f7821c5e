"""Freshness: how old the newest of something is, beside how old it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.core.times import told

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class Freshness(NamedTuple):
    """How old the newest is, and may be.

    Args:
        age: since when there was none newer; nothing if there never was any.
        limit: how old it may be.
    """

    age: timedelta | None
    limit: timedelta

    @property
    def is_kept(self) -> bool:
        """Whether it is no older than it may be; what never was is."""
        return self.age is not None and self.age <= self.limit

    @property
    def said(self) -> str:
        """How old it is, in words."""
        return "never made" if self.age is None else f"{told(self.age)} old"


def freshness_of(newest: datetime | None, limit: timedelta, at: datetime) -> Freshness:
    """Hold the newest of something to how old it may be.

    Args:
        newest: when it came; nothing if it never did.
        limit: how old it may be.
        at: the moment at which that is asked.

    >>> from datetime import datetime, timedelta
    >>> six, noon = datetime(2026, 11, 3, 6), datetime(2026, 11, 3, 12)
    >>> freshness_of(six, timedelta(hours=6), noon).is_kept
    True
    >>> freshness_of(None, timedelta(hours=6), noon).said
    'never made'
    """
    return Freshness(None if newest is None else at - newest, limit)
