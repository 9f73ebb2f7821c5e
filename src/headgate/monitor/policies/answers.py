"""Reads what is known of answers: labels that came since the model learned, release by release."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import NotFound
from headgate.monitor.policies.nouns import Fact
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

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
    tallies = {name: Tally() for name in releases}
    for table in _read(context, report, since, ("release", "prediction", "label")):
        worth = _worth(table["prediction"], table["label"])
        for name, tally in tallies.items():
            tally.add(worth.filter(pc.equal(table["release"], pa.scalar(name))).drop_null())
    before, now = (tallies[name] for name in releases)
    evidence = {name: tally.told() for name, tally in tallies.items()}
    if min(before.n, now.n) < N_LEAST:
        says = (
            f"{releases[0]} has {before.n} and {releases[1]} {now.n} labelled answers since "
            f"{since:%Y-%m-%d %H:%M}; {N_LEAST} of each are needed to compare them"
        )
        return Fact(value=None, says=says, evidence=evidence)
    error = (before.variance / before.n + now.variance / now.n) ** 0.5
    says = f"{releases[0]} {before.says}, {releases[1]} {now.says}, on rows with a label"
    return Fact(value=before.mean - now.mean > MARGIN * error, says=says, evidence=evidence)


class Tally:
    """What answers of a release were worth: 1 if right and 0 if not, or how far off, negative."""

    def __init__(self) -> None:
        self.n = 0
        self._sum = 0.0
        self._squares = 0.0

    def add(self, worth: Any) -> None:
        """Add some answers; one that is no finite number cannot be averaged, and is left out."""
        values = np.asarray(worth, np.float64)
        values = values[np.isfinite(values)]
        self.n += len(values)
        self._sum += float(values.sum())
        with np.errstate(over="ignore"):
            self._squares += float((values**2).sum())

    @property
    def mean(self) -> float:
        """What an answer is worth on average."""
        return self._sum / self.n

    @property
    def variance(self) -> float:
        """How that spreads."""
        return max(self._squares / self.n - self.mean**2, 0.0)

    @property
    def says(self) -> str:
        """What the answers are worth, in words."""
        if self._sum < 0:
            return f"is off by {-self.mean:.4g} on average"
        return f"is right in {self.mean:.1%}"

    def told(self) -> dict[str, float]:
        """Return what a reader can check it by."""
        return {"n_labels": self.n, "mean": round(self.mean, 6) if self.n else 0.0}


def _worth(predictions: Any, labels: Any) -> Any:
    """Say of each answer what it is worth; null without a label.

    Numbers with a fraction are off by so much; everything else is right or wrong.
    """
    kinds = (predictions.type, labels.type)
    if any(map(pa.types.is_floating, kinds)) and all(map(_is_number, kinds)):
        answered, known = (one.cast(pa.float64(), safe=False) for one in (predictions, labels))
        return pc.negate(pc.abs(pc.subtract(answered, known)))
    is_right = pc.equal(predictions.cast(pa.string()), labels.cast(pa.string()))
    return is_right.cast(pa.float64())


def _is_number(kind: Any) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


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
