"""Length: how many signs a text has."""

from __future__ import annotations

from headgate.core.checks import Check, call, column, each_row, either


def text_length(name: str, /, *, minimum: int = 0, maximum: int | None = None) -> Check:
    """Find texts that are too short or too long.

    Args:
        name: the column.
        minimum: signs at least [count].
        maximum: signs at most [count].
    """
    wrong = [call("<", call("length", column(name)), minimum)]
    if maximum is not None:
        wrong.append(call(">", call("length", column(name)), maximum))
    return each_row(name, either(*wrong), f"{name} is too short or too long")
