"""A column of categories, fitted: the most frequent ones by name, the rest together."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from headgate.core.errors import Invalid
from headgate.monitor.metrics._cells import categories
from headgate.monitor.metrics._numbers import kind_of
from headgate.monitor.profiles.marks import mark_of, require_same

N_TOP = 500
N_SIGNS = 64
"""A longer name is kept by its digest [signs]."""


class CategoryCounts(msgspec.Struct, frozen=True, tag="category"):
    """Categories counted by the names of a fitted column.

    Args:
        mark: which column's names these are.
        counts: of each name, in the column's order.
        n_other: values of any other name [count].
        n_null: values that are not there [count].
        n_nan: values that are no number [count].
    """

    mark: str
    counts: tuple[int, ...]
    n_other: int = 0
    n_null: int = 0
    n_nan: int = 0

    @property
    def n(self) -> int:
        """Values that are there [count]."""
        return sum(self.counts) + self.n_other

    def __add__(self, other: CategoryCounts) -> CategoryCounts:
        return self._with(other, 1)

    def __sub__(self, other: CategoryCounts) -> CategoryCounts:
        return self._with(other, -1)

    def _with(self, other: CategoryCounts, sign: int) -> CategoryCounts:
        require_same(self.mark, other.mark)
        counts = [a + sign * b for a, b in zip(self.counts, other.counts, strict=True)]
        rest = [
            getattr(self, name) + sign * getattr(other, name)
            for name in ("n_other", "n_null", "n_nan")
        ]
        if min([*counts, *rest]) < 0:
            raise Invalid("more is taken off than there is", mend="take off a part of this window")
        return CategoryCounts(self.mark, tuple(counts), *rest)


class CategoryColumn(msgspec.Struct, frozen=True, tag="category"):
    """A column of categories of the reference.

    Args:
        names: the most frequent ones, at most 500, most frequent first; digests if hidden.
        window: the reference's own counts.
        hidden: names are kept as digests only.
    """

    names: tuple[str, ...]
    window: CategoryCounts
    hidden: bool = False

    @classmethod
    def fit(cls, values: Any, *, hidden: bool = False) -> CategoryColumn:
        """Fit a column.

        Args:
            values: categories, shape (n,), any order, null and NaN among them.
            hidden: keep digests of the names only.

        Raises:
            Invalid: the values are of several types.
        """
        found, n_null, n_nan = categories(values)
        named = _named(found, hidden=hidden)
        names = tuple(sorted(named, key=lambda name: (-named[name], name))[:N_TOP])
        mark = mark_of(msgspec.json.encode(names))
        return cls(names, _counted(named, names, (mark, n_null, n_nan)), hidden)

    def count(self, values: Any) -> CategoryCounts:
        """Count a window by this column's names.

        Args:
            values: categories, shape (m,), any order, null and NaN among them.

        Raises:
            Invalid: the values are numbers, or of several types.
        """
        found, n_null, n_nan = categories(values)
        if found and self.names and kind_of(values) == "number":
            raise Invalid(
                "the window holds numbers, the reference categories",
                mend="give both as numbers or as text",
            )
        named = _named(found, hidden=self.hidden)
        return _counted(named, self.names, (self.window.mark, n_null, n_nan))


def _counted(
    named: dict[str, int], names: tuple[str, ...], about: tuple[str, int, int]
) -> CategoryCounts:
    mark, n_null, n_nan = about
    counts = tuple(named.get(name, 0) for name in names)
    return CategoryCounts(mark, counts, sum(named.values()) - sum(counts), n_null, n_nan)


def _named(found: dict[Any, int], *, hidden: bool) -> dict[str, int]:
    """Count by what is kept of a name; two values that read alike are one."""
    named: dict[str, int] = {}
    for value, n in found.items():
        name = kept_name(value, hidden=hidden)
        named[name] = named.get(name, 0) + n
    return named


def kept_name(value: Any, *, hidden: bool) -> str:
    """Return what is kept of a category's name: itself, or a digest if it is long or hidden.

    >>> kept_name("Oslo", hidden=False), kept_name("Oslo", hidden=True)
    ('Oslo', '#...')
    """
    name = value if isinstance(value, str) else str(value)
    if not hidden and len(name) <= N_SIGNS:
        return name
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8)
    return f"#{digest.hexdigest()}"
