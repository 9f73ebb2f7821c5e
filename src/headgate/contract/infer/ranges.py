"""Between what values lie: ends with room, and a middle that stays within the quartiles.

The ends of a sample are not the ends of what may come. The room beyond each is the greatest of
three: a fifth of the span; twice as far as the end lies from the 1 % or 99 % quantile, which is
large for long tails; and twice the farthest that the end moved between earlier snapshots. Of 2,000
normal values the ends then lie some 5.5 standard deviations out: one batch of 2,000 in 10,000 has
a value beyond. No value below zero in the data is taken to mean that there is none.
"""

from __future__ import annotations

import math
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headgate.contract.infer.clauses import Clause, ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.contract.infer.facts import Facts, Sample

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
LARGEST = 1e300
"""Ends beyond it have no room in a float."""
WHOLE = 1e15
"""Whole numbers up to here are written out."""
ERRORS = 4
"""Standard errors that a mean lies away from a quartile."""


class Ends(NamedTuple):
    """The least and the greatest value of a column in an earlier snapshot."""

    low: Any
    high: Any


class Numbers(NamedTuple):
    """What a sample says of a column of numbers.

    Args:
        cuts: its quantiles at `QUANTILES`.
        mean: of its values.
        error: the standard error of the mean.
    """

    cuts: list[float]
    mean: float
    error: float


def range_clauses(
    column: Facts, sample: Sample, earlier: Sequence[Ends], *, is_growing: bool
) -> Iterator[Clause]:
    """Propose between what a column's values lie.

    Args:
        column: its figures.
        sample: rows for its quantiles.
        earlier: its ends in earlier snapshots, the newest first.
        is_growing: its values only rise, or are keys: what comes next lies beyond.
    """
    if column.low is None or column.n_nan:
        return
    if column.kind in {"date", "timestamp"}:
        yield _since(column)
        return
    low, high = float(column.low), float(column.high)
    if not max(abs(low), abs(high)) < LARGEST:
        return
    numbers = _numbers(sample, column.name)
    if numbers is None:
        return
    if is_growing:
        if low >= 0:
            reason = f"no value below 0, the least is {_said(low)}"
            yield Clause(column.name, "range", reason, options={"minimum": 0})
        return
    yield _room(column, numbers.cuts, _moved(column, earlier))
    yield from _middle(column, numbers)


def _room(column: Facts, cuts: Sequence[float], moved: tuple[float, float]) -> Clause:
    low, high = float(column.low), float(column.high)
    span = (high - low) or abs(high) or 1.0
    below = max(2 * (cuts[0] - low), span / 5, 2 * moved[0])
    above = max(2 * (high - cuts[-1]), span / 5, 2 * moved[1])
    step = max(10.0 ** (math.floor(math.log10(span)) - 1), sys.float_info.min)
    least = math.floor((low - below) / step) * step
    most = math.ceil((high + above) / step) * step
    least = 0.0 if low >= 0 > least else least
    most = 0.0 if high <= 0 < most else most
    is_whole = column.kind == "integer"
    ends = (math.floor(least), math.ceil(most)) if is_whole else (_plain(least), _plain(most))
    reason = f"values from {_said(low)} to {_said(high)}, 98 % of them {_said(cuts[0])} to "
    reason += f"{_said(cuts[-1])}; with room of {_said(low - least)} and {_said(most - high)}"
    reason += ", for the ends moved before" if max(moved) else ""
    options = {"minimum": ends[0], "maximum": ends[1]}
    return Clause(column.name, "range", reason, options=options)


def _middle(column: Facts, numbers: Numbers) -> Iterator[Clause]:
    """Promise that the middle stays within today's quartiles: a change of unit moves it out.

    The mean is as good as free to look at; the median takes its place where the mean lies near a
    quartile, or beyond.
    """
    low, median, high = (_plain(one, 6) for one in numbers.cuts[1:4])
    if not low < high:
        return
    room = ERRORS * numbers.error
    is_mean = low + room <= numbers.mean <= high - room
    name = "mean" if is_mean else "median"
    reason = f"quartiles are {_said(low)}, {_said(median)}, {_said(high)}"
    reason += f", the mean {_said(_plain(numbers.mean, 6))}"
    made = ("mean", {}) if is_mean else ("quantile", {"q": 0.5})
    rule = ours(
        name, made[0], reason, settings=made[1], must_be_between=(low, high), severity="warning"
    )
    yield Clause(column.name, name, reason, rule=rule)


def _since(column: Facts) -> Clause:
    """Promise the earliest moment only: time goes on."""
    low, high = column.low, column.high
    room = max(high - low, timedelta(days=1)) / 10
    try:
        least = low - room
    except OverflowError:
        least = low
    said = least.isoformat()[:10] + "T00:00:00" * isinstance(least, datetime)
    reason = f"values from {low} to {high}; with a tenth of the span as room"
    return Clause(column.name, "range", reason, options={"minimum": said})


def _numbers(sample: Sample, name: str) -> Numbers | None:
    """Take a sample's quantiles and mean; nothing if it has no numbers."""
    values = np.asarray([float(one) for one in sample.values(name)], float)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    cuts = np.quantile(finite, QUANTILES, method="inverted_cdf")
    with np.errstate(over="ignore"):
        error = float(finite.std()) / math.sqrt(len(finite))
    return Numbers([float(one) for one in cuts], float(finite.mean()), error)


def _moved(column: Facts, earlier: Sequence[Ends]) -> tuple[float, float]:
    """Return the farthest that each end moved from a snapshot to the next."""
    ends = [Ends(column.low, column.high), *earlier]
    numbers = [(float(one.low), float(one.high)) for one in ends if one.low is not None]
    steps = list(pairwise(numbers))
    lows = [abs(new[0] - old[0]) for new, old in steps]
    highs = [abs(new[1] - old[1]) for new, old in steps]
    return max(lows, default=0.0), max(highs, default=0.0)


def _plain(value: float, digits: int = 12) -> float:
    """Write a float without the tail that steps leave: 0.30000000000000004 is 0.3."""
    return float(f"{value:.{digits}g}")


def _said(value: float) -> str:
    is_whole = value == round(value) and abs(value) < WHOLE
    return f"{value:,.0f}" if is_whole else f"{value:,.6g}"
