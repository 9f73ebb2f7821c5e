"""Range: values that lie between two others."""

from __future__ import annotations

from headgate.core.checks import Check, Form, Plain, call, column, each_row, either
from headgate.core.errors import Invalid


def in_range(
    name: str,
    /,
    *,
    minimum: Plain = None,
    maximum: Plain = None,
    is_minimum_out: bool = False,
    is_maximum_out: bool = False,
) -> Check:
    """Find values outside of a range; a missing one lies nowhere and breaks nothing.

    Args:
        name: the column.
        minimum: the least value allowed.
        maximum: the greatest value allowed.
        is_minimum_out: the least value is itself outside.
        is_maximum_out: the greatest value is itself outside.

    Raises:
        Invalid: neither end is given.
    """
    wrong: list[Form] = []
    if minimum is not None:
        wrong.append(call("<=" if is_minimum_out else "<", column(name), minimum))
    if maximum is not None:
        wrong.append(call(">=" if is_maximum_out else ">", column(name), maximum))
    if not wrong:
        raise Invalid(f"the range of {name} has no end", mend="give minimum, maximum or both")
    return each_row(name, either(*wrong), f"{name} is out of its range")
