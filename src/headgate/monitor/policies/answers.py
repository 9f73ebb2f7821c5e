"""Reads what is known of answers: labels that came since the model learned, release by release."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from headgate.core.errors import NotFound
from headgate.monitor.policies.nouns import Fact
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyarrow as pa

    from headgate.monitor.nouns import MonitorReport
    from headgate.spine.context import Context

MOST = timedelta(days=90)
"""How far back labels are counted."""
N_LEAST = 100
"""Labelled answers of each of two releases without which they are not compared [count]."""
MARGIN = 2.0
"""How many standard errors the one before must be ahead."""


def fresh_labels(context: Context, report: MonitorReport) -> Fact:
    """Count labels of what was answered since the model learned, 90 days back at most."""
    if not report.target.startswith("deployment:"):
        return Fact(value=None, says="no deployment is watched, so nothing has labels")
    since = report.window.until - MOST
    for one in report.references:
        made = find_snapshot(context, one.dataset, str(one.number)).created_at
        since = max(since, made)
    n_labels = 0
    for table in _read(context, report, since, ("label",)):
        n_labels += len(table) - table["label"].null_count
    return Fact(value=n_labels, says=f"{n_labels:,} labels since {since:%Y-%m-%d %H:%M}")


def previous_release(
    context: Context, report: MonitorReport, since: datetime, releases: tuple[str, str]
) -> Fact:
    """Say whether the release before does better than the one in service on the same rows.

    Both must have answered in the time since the trouble began, as where they share the traffic
    or the move lies within a window.

    Args:
        context: the project.
        report: what was found.
        since: when the trouble began.
        releases: the one before, and the one in service.
    """
    n_right = dict.fromkeys(releases, 0)
    n_known = dict.fromkeys(releases, 0)
    for table in _read(context, report, since, ("release", "prediction", "label")):
        is_right = pc.equal(_text(table["prediction"]), _text(table["label"]))
        for name in releases:
            own = is_right.filter(pc.fill_null(pc.equal(table["release"], name), False))
            n_known[name] += len(own) - own.null_count
            n_right[name] += pc.sum(own).as_py() or 0
    before, now = releases
    evidence = {name: {"n_labels": n_known[name], "n_right": n_right[name]} for name in releases}
    if min(n_known.values()) < N_LEAST:
        says = (
            f"{before} has {n_known[before]} and {now} {n_known[now]} labelled answers since "
            f"{since:%Y-%m-%d %H:%M}; {N_LEAST} of each are needed to compare them"
        )
        return Fact(value=None, says=says, evidence=evidence)
    shares = {name: n_right[name] / n_known[name] for name in releases}
    error = sum(one * (1 - one) / n_known[name] for name, one in shares.items()) ** 0.5
    says = f"{before} is right in {shares[before]:.1%}, {now} in {shares[now]:.1%} of labelled rows"
    is_ahead = shares[before] - shares[now] > MARGIN * error
    return Fact(value=is_ahead, says=says, evidence=evidence)


def _read(
    context: Context, report: MonitorReport, since: datetime, columns: tuple[str, ...]
) -> Iterator[pa.Table]:
    """Read some columns of what was answered; nothing where there is no such column."""
    kind, _, name = report.target.partition(":")
    watched = context.registry.watched.get(kind)
    if watched is None:
        return
    try:
        for table in watched.rows(context, name, since, report.window.until, columns=columns):
            if set(columns) <= set(table.column_names):
                yield table
    except NotFound:
        return


def _text(values: Any) -> Any:
    return pc.cast(values, "string")
