"""Has something come lately?"""

from __future__ import annotations

import msgspec

from headgate.core.times import span
from headgate.monitor.baseline import Baseline
from headgate.monitor.nouns import Measured
from headgate.monitor.seen import Seen


class FreshnessSettings(msgspec.Struct, frozen=True):
    """What can be set.

    Args:
        age: how old the newest row may be when the window ends, such as `6h`; as long as the window
            if nothing is said.
    """

    age: str | None = None


def freshness(reference: Baseline, window: Seen, settings: FreshnessSettings) -> list[Measured]:
    """Reckon how old the newest row is when the window ends; as old as the window without one.

    Args:
        reference: not asked.
        window: counted.
        settings: how old it may be.
    """
    del reference
    length = (window.span.until - window.span.since).total_seconds()
    newest = window.newest_at
    age = length if newest is None else (window.span.until - newest).total_seconds()
    limit = span(settings.age).total_seconds() if settings.age else length
    return [
        Measured(
            check="freshness",
            subject="rows",
            metric="age_s",
            value=age,
            threshold=limit,
            n=window.span.n_rows,
            is_exceeded=age > limit or newest is None,
        )
    ]
