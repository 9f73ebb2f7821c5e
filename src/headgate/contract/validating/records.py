"""A struct that takes only records which keep the simple clauses of a contract.

It never takes a record that breaks one; a record that it does not take may still be good, and is
looked at clause by clause.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from headgate.contract.validating.patterns import carried

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headgate.contract.odcs.nouns import Property, TypeOptions

INT64 = 1 << 63
ESCAPED = re.compile(r'[\\"\x00-\x1f]')
EXACT = 1 << 53
"""Below it every whole number is a float."""
Limits: Any = msgspec.Meta
WITHIN = {"ge": ("ge", 0), "le": ("le", 0), "gt": ("ge", 1), "lt": ("le", -1)}
"""Ends of whole numbers, said so that the end is within."""
LIMITED = frozenset({"string", "integer", "number"})
KINDS: dict[str | None, Any] = {
    "boolean": bool,
    "date": date,
    "timestamp": datetime,
    "time": time,
    "object": dict[str, Any],
    "array": list[Any],
    None: Any,
}


def struct_of(columns: Sequence[Property], needed: Collection[str]) -> type[msgspec.Struct]:
    """Make a struct of a contract's columns, each in its field of `fields_of`.

    Args:
        columns: the columns.
        needed: those that must have a value.
    """
    places = fields_of(columns)
    fields: list[Any] = []
    for column in (one for one in columns if one.name in places):
        kind = _kind(column)
        if kind is not Any and column.name not in needed:
            kind = kind | None
        place = places[column.name]
        fields.append((place, kind) if column.name in needed else (place, kind, None))
    names = {place: name for name, place in places.items()}
    return msgspec.defstruct("Record", fields, rename=names, kw_only=True, gc=False)


def fields_of(columns: Sequence[Property]) -> dict[str, str]:
    """Name the field of each column: `f0`, `f1` … in their order, none where JSON escapes a name.

    >>> from headgate.contract.odcs.nouns import Property
    >>> fields_of([Property(name="id"), Property(name='6"'), Property(name="b")])
    {'id': 'f0', 'b': 'f2'}
    """
    named = ((number, column.name) for number, column in enumerate(columns))
    return {name: f"f{number}" for number, name in named if not ESCAPED.search(name)}


def is_told(column: Property) -> bool:
    """Say whether a column's options are all in its field's type."""
    return column.logical_type in LIMITED and _meta(column) is not None


def _kind(column: Property) -> Any:
    meta = _meta(column)
    if column.logical_type == "integer":
        limits = {"ge": -INT64, "le": INT64 - 1} | (meta or {})
        return Annotated[int, Limits(**limits)]
    if column.logical_type == "number":
        return Annotated[float, Limits(**meta)] if meta else float
    if column.logical_type == "string":
        return Annotated[str, Limits(**meta)] if meta else str
    return KINDS[column.logical_type]


def _meta(column: Property) -> dict[str, Any] | None:
    """Say a column's options as limits of a field; nothing if they cannot be said there."""
    options = column.options
    if column.logical_type == "string":
        return _text_meta(options)
    ends = {
        "ge": options.minimum,
        "le": options.maximum,
        "gt": options.exclusive_minimum,
        "lt": options.exclusive_maximum,
    }
    given = {key: end for key, end in ends.items() if end is not None}
    if {"ge", "gt"} <= set(given) or {"le", "lt"} <= set(given):
        return None
    if not all(isinstance(end, int | float) and abs(end) < EXACT for end in given.values()):
        return None
    if column.logical_type == "integer":
        if any(end != int(end) for end in given.values()):
            return None
        return {WITHIN[key][0]: int(end) + WITHIN[key][1] for key, end in given.items()}
    return given


def _text_meta(options: TypeOptions) -> dict[str, Any] | None:
    given: dict[str, Any] = {"min_length": options.min_length, "max_length": options.max_length}
    if options.pattern is not None:
        given["pattern"] = carried(options.pattern)
        if given["pattern"] is None:
            return None
    return {key: one for key, one in given.items() if one is not None}
