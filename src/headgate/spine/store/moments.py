"""Moments in the order in which the catalog was written, whatever clocks say.

One writes at a time, so a moment that is taken in a writing transaction comes after all that is
committed and before all that is not: what came in the meantime is found by comparing moments. A
clock alone would not do: it is read before the commit, by several machines, and may be set back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from headgate.core.times import now
from headgate.spine.store.queries import bump, counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOMENTS = "moments"
"""Counter that holds the newest moment taken [microseconds since 1970]."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


def take_moment(connection: Connection, tenant: str) -> datetime:
    """Take a moment after every one taken before: now, unless a clock was ahead.

    Args:
        connection: a transaction that writes; what the moment is written to goes with it.
        tenant: whose.
    """
    last = counted(connection, tenant, MOMENTS)
    present = (now() - _EPOCH) // _STEP
    by = max(present, last + 1) - last
    bump(connection, tenant, MOMENTS, by)
    return _EPOCH + (last + by) * _STEP
