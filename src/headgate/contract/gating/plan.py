"""What a gate looks at: a contract's promises on one dataset, sorted by when they can be seen.

Promises on rows are looked at on the rows that come. A promise on the whole, such as a mean, can be
seen only where the rows that come are the whole; the number of rows is known after every commit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from headgate.contract.checking import COUNT
from headgate.contract.compat.contracts import DEFAULT
from headgate.contract.promises import KINDS, object_of, promises_of
from headgate.contract.shapes import KINDS as FITS
from headgate.core.checks import Figure, Shape
from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from headgate.contract.checking import Rule
    from headgate.contract.odcs.nouns import Contract, Property
    from headgate.spine.registry import Registry

WARNINGS = frozenset({"warning", "warn", "info", "notice"})
"""Severities of clauses that stop nothing; any other does."""
TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
"""What a column is read as where its contract says more than the rows do."""
_ZONED = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$")


class Plan(NamedTuple):
    """What is promised of one dataset.

    Args:
        shapes: promises on columns.
        rows: promises on rows.
        figures: promises on the whole, but for the number of rows.
        counts: promises on the number of rows.
        required: columns that must come, for nothing stands in their place.
        named: every column that the contract names, with the kind it is to hold, if it says one.
        defaults: what stands for a value that is missing, by column.
    """

    shapes: list[Rule]
    rows: list[Rule]
    figures: list[Rule]
    counts: list[Rule]
    required: frozenset[str]
    named: dict[str, str | None]
    defaults: dict[str, Any]


def plan_of(contract: Contract, dataset: str, registry: Registry) -> Plan:
    """Read what a gate looks at.

    Raises:
        NotFound: the contract is not about the dataset.
        Invalid: a default does not fit its column.
    """
    rules = promises_of(contract, dataset, registry).rules
    columns = object_of(contract, dataset).properties
    defaults = {one.name: found for one in columns if (found := _default(one)) is not None}
    figures = [one for one in rules if isinstance(one.check.promise, Figure)]
    return Plan(
        shapes=[one for one in rules if isinstance(one.check.promise, Shape)],
        rows=[one for one in rules if not isinstance(one.check.promise, Shape | Figure)],
        figures=[one for one in figures if one.check.promise != COUNT],
        counts=[one for one in figures if one.check.promise == COUNT],
        required=frozenset(
            one.name
            for one in columns
            if (one.required or one.primary_key) and one.name not in defaults
        ),
        named={one.name: KINDS.get(one.logical_type or "") for one in columns},
        defaults=defaults,
    )


def stops(rule: Rule) -> bool:
    """Say whether a broken clause is more than a warning."""
    return rule.severity.casefold() not in WARNINGS


def type_for(kind: str | None, column: Any) -> pa.DataType | None:
    """Return the type a column is to be read as, its own if that fits; nothing if it is open.

    Args:
        kind: what its contract says it holds.
        column: the values that came.
    """
    if kind is None or FITS[kind](column.type):
        return column.type
    if kind != "timestamp":
        return TYPES.get(kind)
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    first = next((one for one in column.drop_null().slice(0, 1).to_pylist()), "") if is_text else ""
    return pa.timestamp("us", "UTC") if _ZONED.search(first.strip()) else pa.timestamp("us")


def _default(column: Property) -> Any:
    """Return what stands for a missing value; nothing where nothing does."""
    found = [one.value for one in column.custom_properties if one.property == DEFAULT]
    if not found or found[0] is None:
        return None
    kind = KINDS.get(column.logical_type or "")
    try:
        scalar = pa.scalar(found[0])
        return scalar.cast(TYPES[kind]) if kind in TYPES else scalar
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise Invalid(
            f"the default {found[0]!r} of column {column.name} is no {column.logical_type}",
            mend="mend the custom property `default`",
        ) from error
