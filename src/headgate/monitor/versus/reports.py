"""What is asked of a comparison and what it answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from headgate.monitor.nouns import MonitorReport
from headgate.monitor.sources.reports import Difference


class CompareInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Which training data to hold against which time of production.

    Args:
        watch: what is asked now: `deployment:NAME` or `dataset:NAME`.
        train: the model, such as `churn@2`, or the snapshot it learned from; the model that
            serves now, by lineage, if not given.
        since: when the window begins; a day before it ends if not given.
        until: when it ends; with the newest row if not given.
        time: the column that says when a row happened, of a dataset.
        limit: at most so many terms and formats [count].
    """

    watch: str
    train: str | None = None
    since: str | None = None
    until: str | None = None
    time: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 20


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Training inputs and production data, side by side.

    Args:
        seen: columns that moved, new categories, what is missing, each with its numbers.
        wording: terms, formats and units that production has and training had not.
        n_more: of these so many are not listed [count].
        has_findings: something is worth a look.
    """

    seen: MonitorReport
    wording: tuple[Difference, ...]
    n_more: int
    has_findings: bool
