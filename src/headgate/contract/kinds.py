"""What kind of values a column holds, as far as engines treat kinds in ways of their own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.core.checks import Call, Column, Given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headgate.core.checks import Form

NUMBERS = frozenset({"integer", "decimal", "float"})
UNKNOWN = ""
TESTS: dict[str, Callable[[pa.DataType], bool]] = {
    "text": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    "integer": pa.types.is_integer,
    "decimal": pa.types.is_decimal,
    "float": pa.types.is_floating,
    "boolean": pa.types.is_boolean,
    "date": pa.types.is_date,
    "zoned": lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None,
    "timestamp": pa.types.is_timestamp,
    "unknown": pa.types.is_null,
}
SAME = frozenset({"min", "max", "abs", "trim"})


def kinds_in(schema: pa.Schema) -> dict[str, str]:
    """Name the kind of each column: a key of `TESTS`, or `other`."""
    return {field.name: kind_of(field.type) for field in schema}


def kind_of(told: pa.DataType) -> str:
    """Name the kind of a type.

    >>> kind_of(pa.int8()), kind_of(pa.timestamp("us", "UTC")), kind_of(pa.binary())
    ('integer', 'zoned', 'other')
    """
    if pa.types.is_dictionary(told):
        return kind_of(told.value_type)
    found = next((name for name, test in TESTS.items() if test(told)), "other")
    return UNKNOWN if found == "unknown" else found


def kind_in(form: Form, kinds: Mapping[str, str]) -> str:
    """Name the kind of a form's value; nothing where that cannot be told."""
    if isinstance(form, Column):
        return kinds.get(form.name, UNKNOWN)
    if isinstance(form, Given):
        return _of_value(form.value)
    if isinstance(form, Call) and form.name in SAME:
        return kind_in(form.of[0], kinds)
    return "text" if isinstance(form, Call) and form.name == "text" else UNKNOWN


def _of_value(value: object) -> str:
    named: tuple[tuple[type, str], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "float"),
        (Decimal, "decimal"),
        (str, "text"),
        (datetime, "timestamp"),
    )
    return next((name for kind, name in named if isinstance(value, kind)), UNKNOWN)
