"""Counts two windows on common cells: bins cut on the reference, or one cell for each category.

The bins hold about equal shares of the reference and are open at both ends, so one outlier moves
one count and nothing else. A value so frequent that it would fill a whole bin gets a cell of its
own: a column of mostly zeros is compared by its zeros and by what lies beside them.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, encoded, kind_of, numbers, refuse

MissingCells = Literal["refuse", "drop", "cell"]
Counts = NDArray[np.int64]

HALF_A_VALUE = 0.5
"""What an empty cell counts for where its share stands in a logarithm [count]."""


class Cells(NamedTuple):
    """How often each cell occurs; cells that are empty in both windows are left out.

    Args:
        reference: counts of the reference window, shape (k,).
        current: counts of the current window, shape (k,).
    """

    reference: Counts
    current: Counts

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """The share of each cell in either window [ratio]."""
        return self.reference / self.reference.sum(), self.current / self.current.sum()

    @property
    def positive_shares(self) -> tuple[Floats, Floats]:
        """The shares, an empty cell taken for half a value; they may add up to a bit over 1."""
        return (
            np.maximum(self.reference, HALF_A_VALUE) / self.reference.sum(),
            np.maximum(self.current, HALF_A_VALUE) / self.current.sum(),
        )


class Settings(NamedTuple):
    """How windows are turned into counts.

    Args:
        bins: equal-mass bins for numbers [count, >= 2]; 0 if each value is a category.
        missing: `refuse` null and NaN, `drop` them, or give each a `cell` of its own.
    """

    bins: int
    missing: MissingCells


def cells(reference: Any, current: Any, settings: Settings) -> Cells:
    """Count both windows on the same cells.

    Args:
        reference: numbers or categories, shape (n,), in any order.
        current: values of the same kind, shape (m,).
        settings: how they are counted.

    Raises:
        Invalid: a window is empty, has missing values that it may not have, or holds numbers
            while the other holds categories; or there is less than two bins.
    """
    if settings.bins == 1 or settings.bins < 0:
        raise Invalid(f"{settings.bins} bins tell nothing apart", mend="give 2 bins or more")
    kinds = {kind_of(reference), kind_of(current)}
    if {"number", "category"} <= kinds:
        raise Invalid(
            "one window holds numbers, the other does not", mend="give both as numbers or as text"
        )
    is_cut = settings.bins > 0 and "number" in kinds
    counted = _of_numbers if is_cut else _of_categories
    return counted(reference, current, settings)


def compact(reference: Any, current: Any) -> Cells:
    """Leave out the cells that are empty in both windows.

    Args:
        reference: counts, shape (k,).
        current: counts, shape (k,).

    Raises:
        Invalid: a window is empty.
    """
    left, right = np.asarray(reference, np.int64), np.asarray(current, np.int64)
    for name, counts in (("reference", left), ("current", right)):
        if not counts.sum():
            raise Invalid(f"the {name} window has no value", mend="widen the window")
    is_used = (left > 0) | (right > 0)
    return Cells(left[is_used], right[is_used])


def cuts(ordered: Floats, bins: int, *, n_distinct: int = 0) -> Floats:
    """Cut sorted values into cells `(below, at or above]`, open at both ends.

    The cuts are observed values: the lowest of rank k·n/bins and more. Where one value holds
    several ranks, or the window has no more than `n_distinct` values, a second cut stands
    just below the value.

    Args:
        ordered: values of the reference, ascending, shape (n,); infinite ones are never cuts.
        bins: cells wanted [count, >= 2].
        n_distinct: so many different values get a cell each [count]; `bins` if 0.

    Returns:
        Cuts, ascending, all different, fewer than twice the larger of the two counts.

    >>> cuts(np.arange(1.0, 9.0), 4)
    array([2., 4., 6.])
    """
    ordered = finite_part(ordered)
    if not len(ordered):
        return ordered
    distinct = _distinct(ordered, n_distinct or bins)
    if distinct is not None:
        return np.unique(np.concatenate([distinct, np.nextafter(distinct, -np.inf)]))
    points = quantiles(ordered, bins)
    frequent = points[1:][points[1:] == points[:-1]]
    return np.unique(np.concatenate([points[1:-1], frequent, np.nextafter(frequent, -np.inf)]))


def finite_part(ordered: Floats) -> Floats:
    """Leave out the infinite values of a sorted window."""
    first = np.searchsorted(ordered, -np.inf, side="right")
    return ordered[first : np.searchsorted(ordered, np.inf, side="left")]


def quantiles(ordered: Floats, bins: int) -> Floats:
    """Return the observed values of rank k·n/bins, k from 0 to `bins`."""
    ranks = -(-np.arange(bins + 1, dtype=np.int64) * len(ordered) // bins) - 1
    return ordered[np.maximum(ranks, 0)]


def counts_between(ordered: Floats, edges: Floats) -> Counts:
    """Count sorted values in the cells between edges, shape (k + 1,) for k edges."""
    ranks = np.searchsorted(ordered, edges, side="right")
    return np.diff(ranks, prepend=0, append=len(ordered)).astype(np.int64)


def categories(values: Any) -> tuple[dict[Any, int], int, int]:
    """Count each category, and apart from them nulls and NaN.

    Raises:
        Invalid: the values are of several types.
    """
    column = encoded(values)
    if not len(column):
        return {}, 0, 0
    try:
        found = _tallied(column)
    except NotImplementedError as error:
        raise Invalid(
            f"values of type {column.type} cannot be told apart", mend="turn them into text"
        ) from error
    n_null = found.pop(None, 0)
    nans = [key for key in found if isinstance(key, float) and math.isnan(key)]
    return found, n_null, sum(found.pop(key) for key in nans)


def _tallied(column: Any) -> dict[Any, int]:
    """Count each value; a dictionary may name one twice, so its counts are added up."""
    import pyarrow as pa

    names, counts = column.value_counts().flatten()
    if pa.types.is_dictionary(names.type):
        names = names.dictionary_decode()
    found: dict[Any, int] = {}
    for name, n in zip(names.to_pylist(), counts.to_pylist(), strict=True):
        found[name] = found.get(name, 0) + n
    return found


def _of_numbers(reference: Any, current: Any, settings: Settings) -> Cells:
    left, right = numbers(reference), numbers(current)
    edges = cuts(left.ordered, settings.bins)
    counts = [counts_between(window.ordered, edges) for window in (left, right)]
    missing = [(window.n_null, window.n_nan) for window in (left, right)]
    return _with_missing(counts, missing, settings)


def _of_categories(reference: Any, current: Any, settings: Settings) -> Cells:
    (left, *left_missing), (right, *right_missing) = categories(reference), categories(current)
    keys = list(left | right)
    if len({isinstance(key, str) for key in keys}) > 1:
        raise Invalid("one window holds text, the other does not", mend="give both as text")
    counts = [np.array([window.get(key, 0) for key in keys], np.int64) for window in (left, right)]
    missing = [(one[0], one[1]) for one in (left_missing, right_missing)]
    return _with_missing(counts, missing, settings)


def _with_missing(
    counts: list[Counts], missing: list[tuple[int, int]], settings: Settings
) -> Cells:
    if settings.missing == "refuse":
        for name, found in zip(("reference", "current"), missing, strict=True):
            refuse(name, *found)
    if settings.missing == "cell":
        counts = [np.append(one, found) for one, found in zip(counts, missing, strict=True)]
    return compact(*counts)


def _distinct(ordered: Floats, limit: int) -> Floats | None:
    """Return the different values of a sorted window, or none if there are more than a limit."""
    is_new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    return None if np.count_nonzero(is_new) > limit else ordered[is_new]
