"""Invalid values: rows whose value is none of those allowed, or not of the form asked for."""

from __future__ import annotations

from headgate.core.checks import Check, Form, Plain, call, column, each_row, either
from headgate.core.errors import Invalid


def invalid_values(
    name: str, /, *, values: tuple[Plain, ...] = (), pattern: str | None = None
) -> Check:
    """Find values that are not valid; a missing one is not invalid.

    Args:
        name: the column.
        values: the valid ones.
        pattern: a regular expression that is found in each valid one.

    Raises:
        Invalid: neither is given.
    """
    wrong: list[Form] = []
    if values:
        wrong.append(call("not", call("in", column(name), *values)))
    if pattern is not None:
        wrong.append(call("not", call("matches", call("text", column(name)), pattern)))
    if not wrong:
        raise Invalid(f"what is valid in {name} is not said", mend="give validValues or a pattern")
    return each_row(name, either(*wrong), f"{name} is not valid")
