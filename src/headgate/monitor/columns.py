"""Goes through the columns of a table one by one, so that only a few are in memory at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.threads import each

Made = TypeVar("Made")

AT_ONCE = 2
"""Columns in work at once, each in its thread; sorting and reading let other threads run."""
LONG = 50_000
"""Shorter columns take less time than a thread takes to start [count]."""


class Columns(NamedTuple):
    """The columns of a table, each read when asked for.

    Args:
        names: in the table's order.
        get: returns a column by its name, shape (n,).
    """

    names: tuple[str, ...]
    get: Callable[[str], Any]

    def require(self, names: tuple[str, ...]) -> Columns:
        """Return some of the columns.

        Raises:
            NotFound: there is none of a name.
        """
        for name in names:
            if name not in self.names:
                raise NotFound.among("column", name, self.names)
        return Columns(names, self.get)


def columns(table: Any) -> Columns:
    """Tell the names of the columns of a table, reading none of them.

    Args:
        table: a pyarrow table or record batch, a frame of pandas or polars, or a mapping of names
            to columns, which may read a column when it is asked for.

    Raises:
        Invalid: it has no columns, or two of one name.
    """
    listed: Any = table if isinstance(table, Mapping) else _listed(table)
    keys = {str(key): key for key in listed}
    if len(keys) < len(listed):
        raise Invalid("two columns have one name", mend="rename one of them")
    return Columns(tuple(keys), lambda name: table[keys[name]])


def columns_of(table: Any) -> list[tuple[str, Any]]:
    """List the columns of a table by name, all of them in memory.

    Raises:
        Invalid: it has no columns, or two of one name.
    """
    found = columns(table)
    return [(name, found.get(name)) for name in found.names]


def each_column(work: Callable[[str, Any], Made], found: Columns) -> dict[str, Made]:
    """Make something of every column; at most `AT_ONCE` of them are in memory at a time.

    Args:
        work: is given a column's name and values; of long columns in threads, so it must bear that.
        found: the columns.

    Returns:
        What was made of each, in the order of the names.
    """

    def one(name: str) -> tuple[Made, int]:
        values = found.get(name)
        return work(name, values), len(values)

    if not found.names:
        return {}
    first, *rest = found.names
    made, n_values = one(first)
    others = each(one, rest, at_once=AT_ONCE) if n_values >= LONG else map(one, rest)
    return dict(zip(found.names, [made, *(other for other, _ in others)], strict=True))


def _listed(table: Any) -> Any:
    names = getattr(table, "column_names", getattr(table, "columns", None))
    if names is None or callable(names):
        raise Invalid(
            f"a {type(table).__name__} has no columns", mend="give a table, a frame or a dict"
        )
    return names
