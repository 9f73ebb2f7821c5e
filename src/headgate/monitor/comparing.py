"""Measures one column of a window beside the reference, from counts, with thresholds beside it.

Of numbers the population stability index over deciles, the Kolmogorov-Smirnov statistic and the
Wasserstein distance in standard deviations; of categories the Jensen-Shannon distance and the
largest change of a share.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

from headgate.monitor import sketches
from headgate.monitor.nouns import CheckName, Measured
from headgate.monitor.nulls import null_quantile
from headgate.monitor.p_values import (
    Spread,
    p_value,
    p_value_of_spread,
    quantile_of_spread,
)
from headgate.monitor.profiles.categorical import CategoryColumn
from headgate.monitor.profiles.numeric import NumberColumn, NumberCounts
from headgate.monitor.reference import Column, Counted
from headgate.monitor.thresholds import FLOORS, N_LEAST

L_INFINITY = 0.1
"""From where the change of one share is a shift [ratio]."""
PSI_LARGE = 0.2
"""From where the stability index of a column that matters does not wait for a second window."""
N_DISTINCT = 5
"""Numbers of so few different values are compared as categories are [count]."""
N_METRICS = {"number": 3, "category": 2}


class DriftSettings(msgspec.Struct, frozen=True):
    """What can be set of a check of distributions: the smallest shift that is worth a look.

    Args:
        psi: of the population stability index [nats].
        ks: of the Kolmogorov-Smirnov statistic [ratio].
        wasserstein: of the Wasserstein distance [standard deviations of the reference].
        jensen_shannon: of the Jensen-Shannon distance [roots of nats].
        l_infinity: of the largest change of a share [ratio].
        psi_large: from where the population stability index is a large shift [nats].
        rows: values below which a window raises no alert [count].
    """

    psi: float = FLOORS["psi"][0]
    ks: float = FLOORS["ks_statistic"][0]
    wasserstein: float = FLOORS["wasserstein"][0]
    jensen_shannon: float = FLOORS["jensen_shannon"][0]
    l_infinity: float = L_INFINITY
    psi_large: float = PSI_LARGE
    rows: int = N_LEAST

    def floor(self, metric: str) -> float:
        """Return the smallest shift of a metric."""
        return float(getattr(self, "ks" if metric == "ks_statistic" else metric))


class Pair(NamedTuple):
    """A column of the reference and of the window.

    Args:
        check: which check asks.
        name: the column's.
        before: the reference's.
        after: the window's counts of it.
        share: of windows without drift that stay below a threshold [ratio].
        spread: of its Wasserstein distance; nothing for categories.
    """

    check: CheckName
    name: str
    before: Column
    after: Counted
    share: float
    spread: Spread | None = None

    @property
    def sizes(self) -> tuple[int, int]:
        """Values of reference and window [count]."""
        return self.before.window.n, self.after.n


def kind_of(column: Column) -> str:
    """Tell which metrics are computed: those of `number`, or those of `category`."""
    few = isinstance(column, NumberColumn) and 0 < column.n_distinct <= N_DISTINCT
    return "category" if few or isinstance(column, CategoryColumn) else "number"


def n_tests(columns: dict[str, Column]) -> int:
    """Count the metrics that columns are compared by."""
    return sum(N_METRICS[kind_of(column)] for column in columns.values())


def compared(pair: Pair, settings: DriftSettings) -> Iterator[Measured]:
    """Measure a column by each metric of its kind; one without values yields nothing."""
    if min(pair.sizes) < 1:
        return
    if kind_of(pair.before) == "category":
        for metric in ("jensen_shannon", "l_infinity"):
            yield _of_cells(pair, settings, metric)
        return
    yield _of_cells(pair, settings, "psi")
    if isinstance(pair.before, NumberColumn) and isinstance(pair.after, NumberCounts):
        yield _of_ranks(pair, settings, pair.before, pair.after)
        if pair.spread is not None:
            yield _of_area(pair, settings, pair.before, pair.after)


def _of_cells(pair: Pair, settings: DriftSettings, metric: str) -> Measured:
    value = sketches.of_cells(metric, pair.before, pair.after, missing="drop").value
    cells = max(2, _n_cells(pair))
    null = null_quantile(metric, *pair.sizes, share=pair.share, over=cells)
    chance = p_value(metric, value, pair.sizes, cells=cells)
    return _measured(pair, settings, metric, (value, null, chance))


def _of_ranks(
    pair: Pair, settings: DriftSettings, before: NumberColumn, after: NumberCounts
) -> Measured:
    value = sketches.ks_statistic(before, after, missing="drop").value
    null = null_quantile("ks_statistic", *pair.sizes, share=pair.share)
    chance = p_value("ks_statistic", value, pair.sizes)
    return _measured(pair, settings, "ks_statistic", (value, null, chance))


def _of_area(
    pair: Pair, settings: DriftSettings, before: NumberColumn, after: NumberCounts
) -> Measured:
    spread = pair.spread or (0.0, 0.0, 1.0)
    value = sketches.wasserstein(before, after, missing="drop").value
    null = quantile_of_spread(pair.share, pair.sizes, spread) / before.std
    chance = p_value_of_spread(value, pair.sizes, spread)
    return _measured(pair, settings, "wasserstein", (value / before.std, null, chance))


def _measured(
    pair: Pair, settings: DriftSettings, metric: str, found: tuple[float, float, float]
) -> Measured:
    value, null, chance = found
    floor = settings.floor(metric)
    limit = max(floor, null)
    evidence: dict[str, Any] = {"floor": floor, "null": null}
    if metric == "psi":
        evidence["large"] = max(settings.psi_large, null)
    return Measured(
        check=pair.check,
        subject=pair.name,
        metric=metric,
        value=value,
        threshold=limit,
        p_value=chance,
        n=pair.sizes[1],
        is_exceeded=value > limit and min(pair.sizes) >= settings.rows,
        evidence=evidence,
    )


def _n_cells(pair: Pair) -> int:
    """Count the cells that hold something in one of both."""
    before: Any = pair.before
    if isinstance(before, NumberColumn):
        which = before.cell_of_bins(10)
        held = np.bincount(which, np.array(before.window.counts) + np.array(pair.after.counts))
        return int(np.count_nonzero(held))
    held = np.array(before.window.counts) + np.array(pair.after.counts)
    others: Any = pair.after
    return int(np.count_nonzero(held)) + bool(others.n_other or before.window.n_other)
