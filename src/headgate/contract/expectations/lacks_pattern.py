"""Pattern: texts in which a regular expression must not be found."""

from __future__ import annotations

from headgate.core.checks import Check, call, column, each_row


def lacks_pattern(name: str, /, *, pattern: str) -> Check:
    """Find texts with the pattern.

    Args:
        name: the column.
        pattern: a regular expression, found anywhere in the text unless it says ^ and $.
    """
    found = call("matches", call("text", column(name)), pattern)
    return each_row(name, found, f"{name} holds what it must not")
