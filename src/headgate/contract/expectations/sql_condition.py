"""SQL: a condition that each row meets."""

from __future__ import annotations

from headgate.core.checks import Check, EachRow, Written, call
from headgate.core.errors import Invalid


def sql_condition(condition: str, /, *, shows: tuple[str, ...] = ()) -> Check:
    """Find rows that do not meet a condition; one of which it is unknown breaks nothing.

    Args:
        condition: as in SQL's where, in DuckDB's words.
        shows: the columns that explain a row which does not.

    Raises:
        Invalid: it is empty.
    """
    if not condition.strip():
        raise Invalid("a condition says nothing", mend="write it as in SQL's where")
    return Check(
        EachRow(call("not", Written(condition))), shows=shows, evidence="not met: " + condition
    )
