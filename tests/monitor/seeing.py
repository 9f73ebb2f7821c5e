"""Short words for tests: a reference and a window from columns at hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from headgate.monitor.baseline import Baseline, fit_columns, spreads_of, types_of
from headgate.monitor.nouns import Measured, Span
from headgate.monitor.seen import Past, Seen, looked_at
from tests.monitor.worlds import START

DAY = timedelta(days=1)


def baseline_of(columns: dict[str, Any], *, hidden: bool = False) -> Baseline:
    """Fit columns."""
    table = pa.table(columns)
    data = fit_columns(((name, table[name]) for name in table.column_names), hidden=hidden)
    return Baseline(
        data=data, types=types_of(table.schema), spreads=spreads_of(data), n=table.num_rows
    )


def seen_of(
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    since: datetime = START,
    trailing: tuple[Past, ...] = (),
    hidden: bool = False,
    important: tuple[str, ...] = (),
    known: tuple[str, ...] = (),
) -> Seen:
    """Count columns by a reference of others."""
    baseline = baseline_of(before, hidden=hidden)
    tally, rows, n = looked_at([pa.table(after)], baseline, None)
    data, answers = tally.windows()
    return Seen(
        span=Span(since, since + DAY, n),
        data=data,
        answers=answers,
        types=tally.types,
        rows=rows,
        n_looked=n,
        newest_at=tally.newest_at,
        trailing=trailing,
        important=frozenset(important),
        known=frozenset(known),
    )


def one(measured: list[Measured], subject: str, metric: str) -> Measured:
    """Find one number."""
    (found,) = [each for each in measured if (each.subject, each.metric) == (subject, metric)]
    return found
