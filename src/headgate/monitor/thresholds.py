"""When a number is worth a look: effect floors, the null at this size, many columns, windows.

A threshold is the larger of two numbers: the smallest effect that matters, and what the metric
shows without any drift at this size of sample. Neither alone will do: a test pages on nothing
once windows are long, and a fixed floor is noise while they are short.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._cells import finite_part
from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats, numbers
from headgate.monitor.nulls import null_quantile
from headgate.monitor.profiles.numeric import NumberColumn

FLOORS: dict[str, tuple[float, float]] = {
    "psi": (0.1, 0.25),
    "wasserstein": (0.1, 0.3),
    "jensen_shannon": (0.1, 0.2),
    "ks_statistic": (0.1, 0.2),
}
"""From where a metric is a shift, and from where a large one; `wasserstein` in reference std."""

N_LEAST = 500
"""Values below which a window raises no alert: its noise is as large as a shift [count]."""

NULL_SHARE = 0.999


class Threshold(msgspec.Struct, frozen=True):
    """From where a metric is worth a look, and why from there.

    Args:
        value: the larger of floor and null [unit of the metric].
        floor: the smallest effect that matters.
        null: what the metric stays below without drift, in 99.9 % of windows.
        is_enough: both windows are long enough to raise an alert at all.
    """

    value: float
    floor: float
    null: float
    is_enough: bool

    def is_exceeded(self, metric_value: float) -> bool:
        """Tell whether a metric's value raises an alert."""
        return self.is_enough and metric_value > self.value


def threshold(
    metric: str,
    n: int,
    m: int,
    *,
    level: Literal["shift", "large"] = "shift",
    over: Any = 10,
) -> Threshold:
    """Return the threshold of a metric for windows of these sizes.

    Args:
        metric: name of a drift metric; one without an effect floor has its null alone.
        n: values of the reference window [count].
        m: values of the current window [count].
        level: which of the two floors.
        over: as `null_quantile` takes it.

    Returns:
        The threshold [unit of the metric; of `wasserstein` reference std].

    Raises:
        NotFound: there is no such metric.
        Invalid: a window is empty.
        Unavailable: scipy is not installed.
    """
    floor = FLOORS.get(metric, (0.0, 0.0))[level == "large"]
    null = null_quantile(metric, n, m, share=NULL_SHARE, over=over)
    if metric == "wasserstein":
        null /= _spread_of(over) or 1.0
    return Threshold(max(floor, null), floor, null, min(n, m) >= N_LEAST)


def _spread_of(reference: Any) -> float:
    if isinstance(reference, NumberColumn):
        return reference.std
    return float(np.std(finite_part(numbers(reference).ordered)))


def discoveries(p_values: Sequence[float] | Floats, *, false_share: float = 0.05) -> list[bool]:
    """Choose among many p-values so that of the chosen ones few are false (Benjamini-Hochberg).

    Args:
        p_values: one for each column, shape (k,) [ratio].
        false_share: of false ones among the chosen that is borne on average [ratio].

    Raises:
        Invalid: a p-value is none.

    >>> discoveries([0.001, 0.02, 0.03, 0.9])
    [True, True, True, False]
    """
    return (adjusted(p_values) <= false_share).tolist()


def adjusted(p_values: Sequence[float] | Floats) -> Floats:
    """Return for each p-value the smallest share of false discoveries that would choose it.

    Args:
        p_values: one for each column, shape (k,) [ratio].

    Raises:
        Invalid: a p-value is none.
    """
    found = np.asarray(p_values, dtype=np.float64)
    if found.ndim != 1 or not np.all((found >= 0) & (found <= 1)):
        raise Invalid("a p-value is not between 0 and 1", mend="leave out what was not tested")
    order = np.argsort(found, kind="stable")
    ranked = found[order] * len(found) / np.arange(1, len(found) + 1)
    result = np.empty(len(found))
    result[order] = np.minimum.accumulate(ranked[::-1])[::-1]
    return np.minimum(result, 1.0)


def persists(alerts: Iterable[bool], *, needed: int = 2, of: int = 3) -> bool:
    """Tell whether enough of the newest windows raised an alert.

    Args:
        alerts: one for each window, oldest first.
        needed: alerts there have to be [count].
        of: newest windows that are looked at [count].

    >>> persists([True, False, True]), persists([True, True, False, False])
    (True, False)
    """
    return sum(list(alerts)[-of:]) >= needed


def smallest_shift(metric: str, n: int, m: int, *, power: float = 0.8, over: int = 10) -> float:
    """Return the smallest shift of the mean that would raise an alert most of the time.

    For a column whose values are normal; others need about as much in units of their spread.

    Args:
        metric: `psi`, `ks_statistic` or `wasserstein`.
        n: values of the reference window [count].
        m: values of the current window [count].
        power: how often the alert has to be raised [ratio].
        over: cells of `psi` [count].

    Returns:
        The shift [standard deviations of the reference].

    Raises:
        NotFound: there is no such metric.
        Invalid: it is not known for this metric; a window is empty, or the power is none.
        Unavailable: scipy is not installed.
    """
    with needing("the smallest shift"):
        from scipy.special import chndtrix, ndtri
    _require(n, m, power)
    unit = math.sqrt(1 / n + 1 / m)
    margin = float(ndtri(power))
    normal = np.asarray(ndtri((np.arange(2000) + 0.5) / 2000))
    at = threshold(metric, n, m, over=normal if metric == "wasserstein" else over).value
    if metric == "wasserstein":
        return at + margin * unit
    if metric == "ks_statistic":
        return 2 * float(ndtri((1 + min(at + margin * unit / 2, 1 - 1e-9)) / 2))
    if metric != "psi":
        raise Invalid(
            f"the smallest shift is not known for {metric}",
            mend="ask for psi, ks_statistic or wasserstein",
        )
    noise = _noncentrality(at / unit**2, over - 1, power, chndtrix) * unit**2
    return _shift_of_psi(noise, np.asarray(ndtri(np.arange(1, over) / over)))


def smallest_share(n: int, m: int, *, before: float = 0.0, power: float = 0.8) -> float:
    """Return the smallest growth of a share, missing values say, that would be seen.

    By the normal approximation of two proportions, one-sided at 0.001; for shares near 0 a bit
    too large.

    Args:
        n: values of the reference window [count].
        m: values of the current window [count].
        before: the share in the reference [ratio].
        power: how often it has to be seen [ratio].

    Returns:
        The growth [ratio].

    Raises:
        Invalid: a window is empty, or the share or the power is none.
        Unavailable: scipy is not installed.
    """
    with needing("the smallest share"):
        from scipy.special import ndtri
    _require(n, m, power)
    if not 0 <= before <= 1:
        raise Invalid(f"{before} is no share", mend="give a share from 0 to 1")
    factor = float(ndtri(NULL_SHARE) + ndtri(power))
    low, high = 0.0, 1.0 - before
    for _ in range(60):
        growth = (low + high) / 2
        after = before + growth
        spread = math.sqrt(before * (1 - before) / n + max(0.0, after * (1 - after)) / m)
        low, high = (low, growth) if growth > factor * spread else (growth, high)
    return high


def _require(n: int, m: int, power: float) -> None:
    if min(n, m) < 1:
        raise Invalid(f"windows of {n} and {m} show nothing", mend="give sizes from 1")
    if not 0 < power < 1:
        raise Invalid(f"{power} is no power", mend="give a share between 0 and 1, such as 0.8")


def _noncentrality(square: float, freedom: int, power: float, quantile: Any) -> float:
    """Find the noncentral chi-square that exceeds `square` with this power, by bisection."""
    low, high = 0.0, 4 * square + 100
    for _ in range(80):
        middle = (low + high) / 2
        is_less = float(quantile(1 - power, freedom, middle)) < square
        low, high = (middle, high) if is_less else (low, middle)
    return high


def _shift_of_psi(wanted: float, cuts: Floats) -> float:
    """Find the shift of a normal column whose PSI over equal cells is as wanted."""
    from scipy.special import ndtr

    before = np.full(len(cuts) + 1, 1 / (len(cuts) + 1))
    low, high = 0.0, 8.0
    for _ in range(60):
        shift = (low + high) / 2
        after = np.diff(ndtr(cuts - shift), prepend=0.0, append=1.0)
        after = np.maximum(after, 1e-300)
        value = float(np.sum((before - after) * np.log(before / after)))
        low, high = (shift, high) if value < wanted else (low, shift)
    return high
