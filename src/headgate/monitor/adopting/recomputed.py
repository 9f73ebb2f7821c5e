"""Evidently's numbers, computed again by its own rules, so that a difference can be explained.

A number of another tool that differs from ours is a fault of one of the two until it is shown
what makes it. So each rule in which the two differ is followed here: bins of equal width over
both windows, an empty cell filled with a small share, counts held against the reference's shares
as if these were exact, one-sided ranks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from headgate.monitor.metrics._libraries import needing, quietly
from headgate.monitor.metrics._numbers import Floats

N_FEW = 20
"""A column of numbers with so many different values in the reference has a cell for each."""
SMALL_SHARE = 0.0001
"""What Evidently fills an empty cell with, while no share is smaller."""
LEAST_STD = 0.001


class Pair(NamedTuple):
    """A column of both windows, without what is missing or infinite.

    Args:
        before: numbers of the reference, ascending; empty of a column of categories.
        after: numbers of the current window, ascending.
        counts: of each category, reference and current, shape (2, k); empty of numbers that have
            more different values than are counted.
        n_distinct: different values of the reference [count].
    """

    before: Floats
    after: Floats
    counts: Floats
    n_distinct: int

    @property
    def is_category(self) -> bool:
        """Whether each value is a category."""
        return not len(self.before)


def recompute(method: str, pair: Pair) -> float | None:
    """Compute a method of Evidently by its own rules; nothing where they are not known here.

    Args:
        method: its short name.
        pair: the column's values, or the counts of its categories.

    Raises:
        Unavailable: scipy is not installed.
    """
    found = _RULES.get(method)
    if found is None:
        return None
    with np.errstate(all="ignore"), quietly():
        try:
            value = float(found(pair))
        except ValueError:  # numpy cuts no bins where the range of values is no number
            return None
    return value if math.isfinite(value) else None


def n_bins(pair: Pair) -> int:
    """Tell how many bins of equal width Evidently cuts; 0 where it takes values for categories."""
    if pair.is_category or pair.n_distinct <= N_FEW:
        return 0
    return len(_edges(pair)) - 1


def shares(pair: Pair, *, filled: bool) -> tuple[Floats, Floats]:
    """Return the share of each of its cells in both windows.

    Args:
        pair: the column.
        filled: an empty cell gets a small share.
    """
    if n_bins(pair):
        edges = _edges(pair)
        found = [np.histogram(one, edges)[0] / len(one) for one in (pair.before, pair.after)]
    else:
        found = [one / one.sum() for one in pair.counts]
    if filled:
        found = [_filled(one) for one in found]
    return found[0], found[1]


def _edges(pair: Pair) -> Floats:
    return np.histogram_bin_edges(np.concatenate([pair.before, pair.after]), bins="sturges")


def _filled(found: Floats) -> Floats:
    least = float(np.min(found[found > 0]))
    return np.where(found == 0, least / 10**6 if least <= SMALL_SHARE else SMALL_SHARE, found)


def _psi(pair: Pair) -> float:
    p, q = shares(pair, filled=True)
    return float(np.sum((p - q) * np.log(p / q)))


def _kl(pair: Pair) -> float:
    with needing("a divergence"):
        from scipy.stats import entropy
    return float(entropy(*shares(pair, filled=True)))


def _jensen_shannon(pair: Pair) -> float:
    with needing("a distance"):
        from scipy.spatial.distance import jensenshannon
    return float(jensenshannon(*shares(pair, filled=False)))


def _hellinger(pair: Pair) -> float:
    if pair.is_category:
        p, q = shares(pair, filled=False)
        return math.sqrt(1 - min(1.0, float(np.sum(np.sqrt(p * q)))))
    keys = np.union1d(pair.before, pair.after)
    edges = np.histogram_bin_edges(keys, bins="sturges")
    p, q = (np.histogram(one, edges, density=True)[0] for one in (pair.before, pair.after))
    width = (edges[-1] - edges[0]) / (len(edges) - 1)
    return math.sqrt(1 - min(1.0, float(np.sum(np.sqrt(p * q) * width))))


def _wasserstein(pair: Pair) -> float:
    from headgate.monitor.metrics.wasserstein import wasserstein

    return wasserstein(pair.before, pair.after) / max(float(np.std(pair.before)), LEAST_STD)


def _chi_square(pair: Pair) -> float:
    with needing("a p-value"):
        from scipy.stats import chisquare
    before, after = pair.counts
    return float(chisquare(after, before * (after.sum() / before.sum()))[1])


def _z(pair: Pair) -> float:
    with needing("a p-value"):
        from scipy.special import ndtr
    before, after = pair.counts
    n, m = before.sum(), after.sum()
    p, q = 1 - before[0] / n, 1 - after[0] / m
    both = (n * p + m * q) / (n + m)
    spread = math.sqrt(both * (1 - both) * (1 / n + 1 / m))
    return 2 * (1 - float(ndtr(abs((p - q) / spread)))) if spread else 1.0


def _mann_whitney(pair: Pair) -> float:
    with needing("a p-value"):
        from scipy.stats import mannwhitneyu
    return float(mannwhitneyu(pair.before, pair.after, alternative="less")[1])


_RULES: dict[str, Callable[[Pair], Any]] = {
    "psi": _psi,
    "kl_div": _kl,
    "jensenshannon": _jensen_shannon,
    "hellinger": _hellinger,
    "wasserstein": _wasserstein,
    "chisquare": _chi_square,
    "z": _z,
    "mannw": _mann_whitney,
}
