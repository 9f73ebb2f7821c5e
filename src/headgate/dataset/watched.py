"""What of datasets can be watched: rows as they arrived, or by a time that stands in a column.

The target is the dataset's name, and then a row came when its batch arrived, as it was then; or
`orders?at=created_at`, and then the rows of the newest snapshot came when that column says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.dataset import arrivals, happenings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyarrow as pa

    from headgate.spine.context import Context
    from headgate.spine.ports import Reference

BY = "?at="


class DatasetWatch:
    """Reads a dataset by windows; a column `at` of its own stands as `own.at` beside ours."""

    name = "dataset"

    def rows(
        self,
        context: Context,
        target: str,
        since: datetime,
        until: datetime,
        /,
        *,
        columns: tuple[str, ...] = (),
    ) -> Iterator[pa.Table]:
        """Read what came in a window, by parts whose columns have the same types.

        Args:
            context: the project.
            target: the dataset, and the column of times if it goes by one.
            since: when the window begins.
            until: when it ends; what came then is not in it.
            columns: which columns beside `at`; all if none is named. One that the window has not
                is left out.

        Raises:
            NotFound: there is no such dataset or column.
            Invalid: the column holds no times.
        """
        name, column = _read(target)
        if column is None:
            return arrivals.rows(context, name, (since, until), columns)
        return happenings.rows(context, happenings.Clock(name, column), (since, until), columns)

    def span(self, context: Context, target: str, /) -> tuple[datetime, datetime] | None:
        """Say when the first and the last row came; nothing if there is none.

        Raises:
            NotFound: there is no such dataset or column.
            Invalid: the column holds no times.
        """
        name, column = _read(target)
        if column is None:
            return arrivals.span(context, name)
        return happenings.span(context, happenings.Clock(name, column))

    def references(self, context: Context, target: str, /) -> tuple[Reference, ...]:
        """List nothing: a dataset did not learn from another, whatever it was made of."""
        del context
        _read(target)
        return ()

    def late(self, context: Context, target: str, after: datetime, /) -> tuple[datetime, ...]:
        """List nothing: rows of a dataset have no labels that come later."""
        del context, after
        _read(target)
        return ()


OFFERS = [DatasetWatch()]


def _read(target: str) -> tuple[str, str | None]:
    """Read a target.

    Raises:
        Invalid: it is neither a dataset nor one with its column of times.

    >>> _read("orders"), _read("orders?at=created_at")
    (('orders', None), ('orders', 'created_at'))
    """
    name, by, column = target.partition(BY)
    if (by and not column) or "?" in name:
        raise Invalid(
            f"{target!r} does not say by which column of times {name} goes",
            mend="write it as orders?at=created_at, or orders for when rows arrived",
        )
    return name, column or None
