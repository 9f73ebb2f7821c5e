"""Has something come lately?"""

from __future__ import annotations

import msgspec

from headgate.core.freshness import freshness_of
from headgate.core.times import Span, span
from headgate.monitor.baseline import Baseline
from headgate.monitor.nouns import Measured
from headgate.monitor.seen import Seen


class FreshnessSettings(msgspec.Struct, frozen=True):
    """What can be set.

    Args:
        age: how old the newest row may be when the window ends, such as `6h`; as long as the window
            if nothing is said.
    """

    age: Span | None = None


def freshness(reference: Baseline, window: Seen, settings: FreshnessSettings) -> list[Measured]:
    """Reckon how old the newest row is when the window ends; as old as the window without one.

    Args:
        reference: not asked.
        window: counted.
        settings: how old it may be.
    """
    del reference
    length = window.span.until - window.span.since
    limit = length if settings.age is None else span(settings.age)
    fresh = freshness_of(window.newest_at, limit, window.span.until)
    return [
        Measured(
            check="freshness",
            subject="rows",
            metric="age_s",
            value=(length if fresh.age is None else fresh.age).total_seconds(),
            threshold=limit.total_seconds(),
            n=window.span.n_rows,
            is_exceeded=not fresh.is_kept,
        )
    ]
