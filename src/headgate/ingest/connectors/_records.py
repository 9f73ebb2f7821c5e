"""Records whose values know their type, as columns of one type each.

The types of a column are counted over the whole object first. Whole numbers and fractions are
one number; otherwise the type that most values have wins, the first one met when equally many
do, and a record that holds another is rejected. Lists and objects stay Arrow lists and structs
where one type holds them all, and become JSON text where none does.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.core.plugins import LINE, Reading, Rejected

GROUPS: dict[type, str] = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "text",
    bytes: "bytes",
    dict: "nested",
    list: "nested",
}
TYPES = {"bool": pa.bool_(), "text": pa.string(), "bytes": pa.binary()}
ARROW_ERRORS = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)
INT64 = range(-(2**63), 2**63)
MAX_SHOWN = 80


class Records(NamedTuple):
    """Some records of an object, column by column.

    Args:
        lines: where each begins in the object [line or record, count from 1].
        columns: the values by column; every column is as long as `lines`.
        raw: gives a record's raw text by its position.
        rejected: what stood between them and is no record.
    """

    lines: list[int]
    columns: dict[str, list[Any]]
    raw: Callable[[int], str]
    rejected: list[Rejected]


class Plan(NamedTuple):
    """What a column becomes: its Arrow type, the group of values it takes, or JSON text."""

    type: pa.DataType
    group: str
    as_json: bool = False


def columns_of(objects: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Turn objects into columns; a missing key is null.

    >>> columns_of([{"a": 1}, {"b": 2}])
    {'a': [1, None], 'b': [None, 2]}
    """
    names = dict.fromkeys(name for each in objects for name in each)
    return {name: [each.get(name) for each in objects] for name in names}


def json_kind(value: Any) -> str:
    """Name a value's kind in the words of JSON."""
    if value is None:
        return "null"
    return {bool: "boolean", str: "string", list: "array", dict: "object"}.get(
        type(value), "number"
    )


def unify(parts: Callable[[], Iterable[Records]]) -> Iterator[Reading]:
    """Give every column one type over all parts.

    Args:
        parts: gives the records, the same ones each time it is called.

    Yields:
        A reading for each part, all of one schema.
    """
    plans = plan(parts())
    for records in parts():
        yield _reading(records, plans)


def plan(parts: Iterable[Records]) -> dict[str, Plan]:
    """Choose every column's type.

    Raises:
        Invalid: a column has a name that Headgate keeps.
    """
    counts: dict[str, Counter[type]] = {}
    nested: dict[str, pa.DataType | None] = {}
    for records in parts:
        for name, values in records.columns.items():
            found = Counter(map(type, values))
            counts.setdefault(name, Counter()).update(found)
            if dict in found or list in found:
                nested[name] = _merged(nested.get(name, pa.null()), values)
    if LINE in counts:
        raise Invalid(f"column {LINE!r} has a name Headgate keeps", mend="rename it in the object")
    return {name: _plan(found, nested.get(name)) for name, found in counts.items()}


def schema_of(plans: dict[str, Plan]) -> pa.Schema:
    """Return the columns as planned."""
    return pa.schema([(name, planned.type) for name, planned in plans.items()])


def _plan(found: Counter[type], nested: pa.DataType | None) -> Plan:
    groups: Counter[str] = Counter()
    for kind, count in found.items():
        if kind in GROUPS:
            groups[GROUPS[kind]] += count
    if not groups:
        return Plan(pa.null(), "null")
    group = max(groups, key=groups.__getitem__)
    if group == "number":
        return Plan(pa.float64() if float in found else pa.int64(), group)
    if group != "nested":
        return Plan(TYPES[group], group)
    if nested is None or _has_nothing_inside(nested):
        return Plan(pa.string(), group, as_json=True)
    return Plan(nested, group)


def _merged(known: pa.DataType | None, values: list[Any]) -> pa.DataType | None:
    """Widen a nested type to hold more values; nothing if no type does."""
    if known is None:
        return None
    try:
        held: list[Any] = [value for value in values if isinstance(value, dict | list)]
        own = pa.array(held).type
        schemas = [pa.schema([("value", each)]) for each in (known, own)]
        return pa.unify_schemas(schemas, promote_options="permissive").field("value").type
    except ARROW_ERRORS:
        return None


def _has_nothing_inside(kind: pa.DataType) -> bool:
    """Say whether a struct without fields is in it, which Parquet cannot keep."""
    if pa.types.is_struct(kind) and kind.num_fields == 0:
        return True
    return any(_has_nothing_inside(kind.field(index).type) for index in range(kind.num_fields))


def _reading(records: Records, plans: dict[str, Plan]) -> Reading:
    n_rows = len(records.lines)
    conflicts: dict[int, str] = {}
    arrays: list[Any] = []
    for name, planned in plans.items():
        values = records.columns.get(name)
        if values is None:
            arrays.append(pa.array([None] * n_rows, planned.type))
            continue
        array, misfits = _column(values, planned)
        arrays.append(array)
        for position in misfits:
            conflicts.setdefault(
                position, f"type:{name}: {_shown(values[position])} is not {planned.type}"
            )
    table = pa.table([*arrays, pa.array(records.lines, pa.int64())], names=[*plans, LINE])
    if not conflicts:
        return Reading(rows=table, rejected=tuple(records.rejected))
    keep = np.ones(n_rows, np.bool_)
    keep[list(conflicts)] = False
    rejected = [
        Rejected(line=records.lines[position], raw=records.raw(position), reason=reason)
        for position, reason in sorted(conflicts.items())
    ]
    return Reading(rows=table.filter(pa.array(keep)), rejected=(*records.rejected, *rejected))


def _column(values: list[Any], planned: Plan) -> tuple[Any, list[int]]:
    """Build a column; return it with the positions of values that do not fit, null in it."""
    allowed = {kind for kind, group in GROUPS.items() if group == planned.group} | {type(None)}
    if set(map(type, values)) <= allowed:
        try:
            return _array(values, planned), []
        except ARROW_ERRORS:
            pass
    misfits = [
        position for position, value in enumerate(values) if not _fits(value, planned, allowed)
    ]
    outside = set(misfits)
    kept = [None if position in outside else value for position, value in enumerate(values)]
    return _array(kept, planned), misfits


def _fits(value: Any, planned: Plan, allowed: set[type]) -> bool:
    if type(value) not in allowed:
        return False
    if planned.type == pa.int64() and value is not None:
        return value in INT64
    if planned.group != "nested" and planned.type != pa.float64():
        return True
    try:
        _array([value], planned)
    except ARROW_ERRORS:
        return False
    return True


def _array(values: list[Any], planned: Plan) -> Any:
    if planned.as_json:
        texts = [None if value is None else msgspec.json.encode(value).decode() for value in values]
        return pa.array(texts, pa.string())
    if planned.type == pa.float64():
        values = [float(value) if type(value) is int else value for value in values]
    return pa.array(values, planned.type)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
