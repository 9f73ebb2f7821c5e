"""A column of numbers, fitted: 1,000 quantiles of the reference, and counts between them."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from headgate.core.errors import Invalid
from headgate.monitor.metrics._cells import Counts, counts_between, cuts, finite_part, quantiles
from headgate.monitor.metrics._numbers import Floats, Numbers, numbers
from headgate.monitor.profiles.marks import mark_of, require_same

N_QUANTILES = 1000
N_BLOCK = 65_536
"""Values that a core keeps at hand [count]."""
MOST_SQUARED = 1e140
LEAST_SQUARED = 1e-140
"""Beyond these the squares of values, and their sum, leave the range of 64-bit floats."""
N_DISTINCT = 500
"""So many different values get a cell each, so that nothing is lost of a discrete column."""


class NumberCounts(msgspec.Struct, frozen=True, tag="number"):
    """Numbers counted on the cells of a fitted column.

    Args:
        mark: which column's cells these are.
        counts: values in each cell `(below, at or above]`, those of the open ends first and last.
        n_null: values that are not there [count].
        n_nan: values that are no number [count].
        n_infinite: infinite values, which are counted in the cells too [count].
        depths: for each cell, by how much its finite values lie below its upper edge, added up
            [unit of the values]; in the last cell, above its lower edge. Empty in a profile,
            which does without.
    """

    mark: str
    counts: tuple[int, ...]
    n_null: int = 0
    n_nan: int = 0
    n_infinite: int = 0
    depths: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        """Values that are there [count]."""
        return sum(self.counts)

    def __add__(self, other: NumberCounts) -> NumberCounts:
        return self._with(other, 1)

    def __sub__(self, other: NumberCounts) -> NumberCounts:
        return self._with(other, -1)

    def _with(self, other: NumberCounts, sign: int) -> NumberCounts:
        require_same(self.mark, other.mark)
        counts = np.array(self.counts) + sign * np.array(other.counts)
        missing = [
            getattr(self, name) + sign * getattr(other, name)
            for name in ("n_null", "n_nan", "n_infinite")
        ]
        if counts.min() < 0 or min(missing) < 0:
            raise Invalid("more is taken off than there is", mend="take off a part of this window")
        return NumberCounts(
            self.mark,
            tuple(counts.tolist()),
            *missing,
            depths=self._depths_with(other, sign, counts > 0),
        )

    def _depths_with(
        self, other: NumberCounts, sign: int, is_there: NDArray[np.bool_]
    ) -> tuple[float, ...]:
        if not (self.depths and other.depths):
            return ()
        depths = np.array(self.depths) + sign * np.array(other.depths)
        return tuple(np.where(is_there, np.maximum(depths, 0.0), 0.0).tolist())


class NumberColumn(msgspec.Struct, frozen=True, tag="number", dict=True):
    """A column of numbers of the reference.

    Args:
        edges: quantiles of the reference, ascending, as 64-bit floats, little-endian.
        window: the reference's own counts.
        n_distinct: different values, if there are at most 500 [count]; 0 if there are more.
        mean: of the finite values [unit of the values].
        std: standard deviation of the finite values, over n.
    """

    edges: bytes
    window: NumberCounts
    n_distinct: int
    mean: float
    std: float

    @classmethod
    def fit(cls, found: Numbers) -> NumberColumn:
        """Fit a column.

        Args:
            found: the reference's values, sorted.
        """
        finite = finite_part(found.ordered)
        edges = _edges(finite) if len(finite) else np.empty(0)
        n_distinct = _n_distinct(finite)
        mean, std = _moments(finite)
        stored = edges.astype("<f8").tobytes()
        return cls(
            edges=stored,
            window=_counted(found, edges, mark_of(stored), has_depths=False),
            n_distinct=n_distinct,
            mean=mean,
            std=std,
        )

    @cached_property
    def grid(self) -> Floats:
        """The edges, ascending, shape (k,); there is one more cell than edges."""
        return np.frombuffer(self.edges, "<f8")

    def count(self, values: Any) -> NumberCounts:
        """Count a window on this column's cells.

        Args:
            values: numbers, shape (m,), any order, null and NaN among them.

        Raises:
            Invalid: the values are no numbers.
        """
        return _counted(numbers(values), self.grid, self.window.mark)

    def cell_of_bins(self, bins: int) -> Counts:
        """Tell for each cell into which of `bins` it falls, as `cuts` would cut the reference.

        Args:
            bins: equal-mass bins, a divisor of 1,000 up to 500, so that their cuts are edges.

        Returns:
            Numbers of bins, ascending, shape (k + 1,).

        Raises:
            Invalid: it is no such divisor.
        """
        if not 1 < bins <= N_DISTINCT or N_QUANTILES % bins:
            raise Invalid(
                f"{bins} bins cannot be put together from 1,000",
                mend="take 2, 4, 5, 8, 10, 20, 25, 40, 50 or 100 bins",
            )
        return np.searchsorted(self._cuts(bins), np.append(self.grid, np.inf), side="left")

    def _cuts(self, bins: int) -> Floats:
        """Cut as `cuts` does, from the finite values' ranks at the edges."""
        if not len(self.grid):
            return self.grid
        counts = np.array(self.window.counts)
        counts[0] -= self.window.n_infinite - counts[-1]
        counts = counts[:-1]
        ends = np.cumsum(counts)
        distinct = self.grid[counts > 0]
        if self.n_distinct and len(distinct) <= bins:
            return np.unique(np.concatenate([distinct, np.nextafter(distinct, -np.inf)]))
        ranks = np.maximum(-(-np.arange(bins + 1) * ends[-1] // bins), 1)
        points = self.grid[np.searchsorted(ends, ranks)]
        frequent = points[1:][points[1:] == points[:-1]]
        return np.unique(np.concatenate([points[1:-1], frequent, np.nextafter(frequent, -np.inf)]))


def _edges(ordered: Floats) -> Floats:
    inner = cuts(ordered, N_QUANTILES, n_distinct=N_DISTINCT)
    ends = quantiles(ordered, 1)
    return np.unique(np.concatenate([inner, ends, _tails(ordered)]))


def _tails(ordered: Floats) -> Floats:
    """Halve the outermost quantiles again and again: long tails are wide, and weigh in a mean."""
    n_outer = len(ordered) // N_QUANTILES
    ranks = n_outer >> np.arange(1, max(1, n_outer.bit_length()))
    return np.concatenate([ordered[ranks], ordered[len(ordered) - 1 - ranks]])


def _n_distinct(ordered: Floats) -> int:
    n = int(np.count_nonzero(ordered[1:] != ordered[:-1])) + bool(len(ordered))
    return n if n <= N_DISTINCT else 0


def _moments(ordered: Floats) -> tuple[float, float]:
    """Return mean and standard deviation, over n, of values whose squares may be too large."""
    if not len(ordered):
        return 0.0, 0.0
    largest = max(abs(float(ordered[0])), abs(float(ordered[-1])))
    unit = 1.0 if LEAST_SQUARED <= largest <= MOST_SQUARED else largest or 1.0
    scaled = ordered if unit == 1.0 else ordered / unit
    mean = float(np.mean(scaled))
    return mean * unit, _deviation(scaled, mean) * unit


def _deviation(values: Floats, mean: float) -> float:
    """Return the standard deviation, over n, block after block, for a whole copy takes longer."""
    starts = range(0, len(values), N_BLOCK)
    squares = [float(np.sum(np.square(values[at : at + N_BLOCK] - mean))) for at in starts]
    return math.sqrt(sum(squares) / len(values))


def _counted(found: Numbers, edges: Floats, mark: str, *, has_depths: bool = True) -> NumberCounts:
    ordered = found.ordered
    finite = finite_part(ordered)
    counts = counts_between(ordered, edges)
    return NumberCounts(
        mark=mark,
        counts=tuple(counts.tolist()),
        n_null=found.n_null,
        n_nan=found.n_nan,
        n_infinite=len(ordered) - len(finite),
        depths=tuple(_depths(finite, edges).tolist()) if has_depths else (),
    )


def _depths(finite: Floats, edges: Floats) -> Floats:
    """Add up the distance of each value from an edge of its cell, shape (k + 1,)."""
    depths = np.zeros(len(edges) + 1)
    if not (len(edges) and len(finite)):
        return depths
    ends = np.append(np.searchsorted(finite, edges, side="right"), len(finite))
    starts = np.append(0, ends[:-1])
    is_there = ends > starts
    toward = np.append(edges, edges[-1])[is_there]
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.add.reduceat(finite, starts[is_there])
        depths[is_there] = np.abs(toward * (ends - starts)[is_there] - sums)
    return depths
