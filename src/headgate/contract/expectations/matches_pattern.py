"""Pattern: texts in which a regular expression is found."""

from __future__ import annotations

from headgate.core.checks import Check, call, column, each_row


def matches_pattern(name: str, /, *, pattern: str) -> Check:
    """Find texts without the pattern.

    Args:
        name: the column.
        pattern: a regular expression, found anywhere in the text unless it says ^ and $.
    """
    found = call("matches", call("text", column(name)), pattern)
    return each_row(name, call("not", found), f"{name} does not match")
