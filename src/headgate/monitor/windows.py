"""Cuts what goes on into windows: by the clock, or by rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

ORIGIN = datetime(2001, 1, 1, tzinfo=UTC)
"""A Monday, at midnight: windows of days begin at midnight, of weeks on Mondays [UTC]."""
N_MOST = 20_000
"""Windows that are looked at in one run [count]."""


class Stretch(NamedTuple):
    """A window before anybody looked.

    Args:
        since: when it begins.
        until: when it ends; what came then is not in it.
    """

    since: datetime
    until: datetime


def floored(moment: datetime, length: timedelta) -> datetime:
    """Return when the window began that a moment lies in.

    >>> floored(datetime(2026, 11, 3, 17, tzinfo=UTC), timedelta(days=1)).isoformat()
    '2026-11-03T00:00:00+00:00'
    """
    return moment - (moment - ORIGIN) % length


def by_clock(since: datetime, until: datetime, length: timedelta) -> Iterator[Stretch]:
    """Yield the complete windows of a length between two moments.

    Args:
        since: the first window is the one that this lies in.
        until: no window ends after this.
        length: of each.
    """
    begins = floored(since.astimezone(UTC), length)
    for _ in range(N_MOST):
        if until - begins < length:
            return
        yield Stretch(begins, begins + length)
        begins += length


def by_rows(since: datetime, moments: Iterable[Any], n_rows: int) -> Iterator[Stretch]:
    """Yield the complete windows of so many rows, or of a few more where rows came at once.

    Args:
        since: when the first window begins.
        moments: when each row came, Arrow columns of moments in any order.
        n_rows: of each window [count].
    """
    parts = [np.asarray(part.cast(pa.timestamp("us", "UTC")).cast(pa.int64())) for part in moments]
    if not parts:
        return
    ordered = np.sort(np.concatenate(parts))
    begins, place = since.astimezone(UTC), 0
    while place + n_rows < len(ordered):
        ends = int(np.searchsorted(ordered, ordered[place + n_rows - 1], side="right"))
        if ends >= len(ordered):
            return
        until = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(ordered[ends]))
        yield Stretch(begins, until)
        begins, place = until, ends
