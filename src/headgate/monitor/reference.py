"""What a monitor remembers of its reference: per column a grid, counts, what was missing, names.

A profile is fitted once. A window is then an additive vector of counts on the profile's fixed
cells: windows of parts of a day add up to the day, and yesterday is taken off again, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.columns import columns, each_column
from headgate.monitor.metrics._numbers import Numbers, kind_of, numbers
from headgate.monitor.profiles.categorical import CategoryColumn, CategoryCounts
from headgate.monitor.profiles.numeric import NumberColumn, NumberCounts

Column = NumberColumn | CategoryColumn
Counted = NumberCounts | CategoryCounts


class Profile(msgspec.Struct, frozen=True):
    """A reference window, fitted: about 12 kB for each column of numbers, whatever its length.

    It is plain data: `msgspec.msgpack.encode` writes it, and `decode(…, type=Profile)` reads it.

    Args:
        columns: each column by its name.
    """

    columns: dict[str, Column]

    def column(self, name: str) -> Column:
        """Return one column.

        Raises:
            NotFound: there is none of that name.
        """
        if name not in self.columns:
            raise NotFound.among("column", name, self.columns)
        return self.columns[name]


class Window(msgspec.Struct, frozen=True):
    """A window, counted on the cells of a profile.

    Args:
        columns: counts of each column by its name.
    """

    columns: dict[str, Counted]

    def __add__(self, other: Window) -> Window:
        return Window({name: one + self._of(other, name) for name, one in self.columns.items()})

    def __sub__(self, other: Window) -> Window:
        return Window({name: one - self._of(other, name) for name, one in self.columns.items()})

    def _of(self, other: Window, name: str) -> Any:
        if self.columns.keys() != other.columns.keys():
            raise Invalid(
                "two windows have different columns", mend="count both by the same profile"
            )
        return other.columns[name]


def both(before: Profile, after: Window) -> Iterator[tuple[str, Column, Counted]]:
    """Yield each column of a reference that a window has too, with the window's counts of it."""
    for name, column in before.columns.items():
        counted = after.columns.get(name)
        if counted is not None:
            yield name, column, counted


def prepared(values: Any) -> Numbers:
    """Sort a window of numbers once, for several metrics.

    Args:
        values: numbers, shape (n,), any order, null and NaN among them.

    Raises:
        Invalid: the values are no numbers, or not in one dimension.
    """
    return numbers(values)


def fit(reference: Any, *, hidden: bool = False) -> Profile:
    """Fit the profile of a reference window.

    Args:
        reference: a pyarrow table or record batch, a frame, or columns by name, each shape (n,);
            a mapping that reads a column when it is asked for keeps memory small.
        hidden: keep of categories only a digest of their name, not the name.

    Raises:
        Invalid: a column holds neither numbers nor categories.
    """
    return Profile(
        each_column(lambda _, values: fit_column(values, hidden=hidden), columns(reference))
    )


def fit_column(values: Any, *, hidden: bool = False) -> Column:
    """Fit one column of a reference window.

    Args:
        values: numbers or categories, shape (n,), any order, null and NaN among them.
        hidden: keep of categories only a digest of their name, not the name.

    Raises:
        Invalid: the values are neither numbers nor categories.
    """
    if kind_of(values) == "number":
        return NumberColumn.fit(numbers(values))
    return CategoryColumn.fit(values, hidden=hidden)


def count(profile: Profile, current: Any) -> Window:
    """Count a window on the cells of a profile.

    Args:
        profile: of the reference.
        current: as `fit` takes it; columns that the profile does not know are left out.

    Raises:
        NotFound: a column of the profile is not there.
        Invalid: a column is of another kind than in the reference.
    """
    found = columns(current).require(tuple(profile.columns))
    return Window(each_column(lambda name, values: profile.columns[name].count(values), found))
