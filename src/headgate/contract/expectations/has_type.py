"""Type: what kind of values a column holds."""

from __future__ import annotations

from headgate.core.checks import TYPES, Check, Shape
from headgate.core.errors import Invalid


def has_type(name: str, /, *, kind: str) -> Check:
    """Look at a column's type.

    Args:
        name: the column.
        kind: `text`, `integer`, `number`, `boolean`, `date`, `timestamp`, `time`, `bytes`, `array`
            or `object`; an integer is a number as well.

    Raises:
        Invalid: there is no such type.
    """
    if kind not in TYPES:
        raise Invalid(f"no type named {kind!r}", mend=f"one of {', '.join(TYPES)}")
    return Check(Shape(types={name: kind}))
