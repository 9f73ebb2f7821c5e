"""Columns of a window beside the reference, ready to be drawn, from counts alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from headgate.monitor.baseline import Baseline
from headgate.monitor.nouns import Distribution
from headgate.monitor.profiles.categorical import CategoryColumn, CategoryCounts
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import Column, Window
from headgate.monitor.sketches import missing_share

N_CELLS = 20
"""Cells of numbers, of equal shares of the reference [count]."""
N_NAMES = 12
"""Categories that are drawn by name, the most frequent ones [count]."""
N_DEVIATIONS = 3.0
"""Half the band's width [standard deviations]."""


def distributions(
    baseline: Baseline, window: Window, first: Iterable[str]
) -> tuple[Distribution, ...]:
    """Draw every column that was counted.

    Args:
        baseline: the reference.
        window: counted on its cells.
        first: columns that come first.
    """
    columns = baseline.data.columns | baseline.answers.columns
    names = dict.fromkeys([*(name for name in first if name in columns), *columns])
    return tuple(
        _drawn(name, columns[name], window.columns[name])
        for name in names
        if name in window.columns and window.columns[name].mark == columns[name].window.mark
    )


def _drawn(name: str, column: Column, counted: Any) -> Distribution:
    is_number = isinstance(column, NumberColumn)
    drawn = _of_numbers(column, counted) if is_number else _of_names(column, counted)
    labels, edges, before, after = drawn
    n, m = max(1, sum(before)), max(1, sum(after))
    shares = [one / n for one in before]
    widths = [N_DEVIATIONS * math.sqrt(p * (1 - p) * (1 / n + 1 / m)) for p in shares]
    return Distribution(
        column=name,
        kind="number" if is_number else "category",
        labels=tuple(labels),
        edges=tuple(edges),
        reference=tuple(shares),
        low=tuple(max(0.0, p - w) for p, w in zip(shares, widths, strict=True)),
        high=tuple(min(1.0, p + w) for p, w in zip(shares, widths, strict=True)),
        current=tuple(one / m for one in after),
        missing_before=missing_share(column.window),
        missing=missing_share(counted),
    )


def _of_numbers(column: NumberColumn, counted: Any) -> tuple[list[str], list[float], Any, Any]:
    which = column.cell_of_bins(N_CELLS)
    before, after = (
        np.bincount(which, np.array(one.counts), minlength=which[-1] + 1)
        for one in (column.window, counted)
    )
    inner = [float(column.grid[i]) for i in np.flatnonzero(np.diff(which))]
    ends = (
        [float(column.grid[0]), *inner, float(column.grid[-1])] if len(column.grid) else [0.0, 0.0]
    )
    return [f"{one:.6g}" for one in ends[:-1]], ends, before.tolist(), after.tolist()


def _of_names(
    column: CategoryColumn, counted: CategoryCounts
) -> tuple[list[str], list[float], list[int], list[int]]:
    before, after = list(column.window.counts), list(counted.counts)
    rest_before = sum(before[N_NAMES:]) + column.window.n_other
    rest_after = sum(after[N_NAMES:]) + counted.n_other
    labels = [*column.names[:N_NAMES], "others"]
    return labels, [], [*before[:N_NAMES], rest_before], [*after[:N_NAMES], rest_after]
