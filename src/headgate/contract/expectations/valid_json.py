"""JSON: texts that are well-formed."""

from __future__ import annotations

from headgate.core.checks import Check, call, column, each_row


def valid_json(name: str, /) -> Check:
    """Find texts that are no JSON.

    Args:
        name: the column.
    """
    return each_row(name, call("not", call("is_json", column(name))), f"{name} is no JSON")
