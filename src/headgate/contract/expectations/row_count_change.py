"""Volume: how many rows there are, to how many there were."""

from __future__ import annotations

from headgate.core.checks import Check, Figure, call
from headgate.core.errors import Invalid


def row_count_change(*, before: int) -> Check:
    """Take the change of the number of rows, as a share of what it was (-1 and up).

    Args:
        before: how many there were [count, >= 1].

    Raises:
        Invalid: there were none.
    """
    if before < 1:
        raise Invalid("a change from no rows has no size", mend="give before, 1 or more")
    value = call("/", call("-", call("count"), before), float(before))
    return Check(Figure(value), evidence="the change of the number of rows")
