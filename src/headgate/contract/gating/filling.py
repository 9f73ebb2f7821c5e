"""Puts a contract's defaults where there is no value, and gives empty columns their type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from headgate.contract.gating.plan import TYPES

if TYPE_CHECKING:
    from headgate.contract.gating.plan import Plan


def filled(plan: Plan, rows: pa.Table, known: pa.Schema) -> tuple[pa.Table, list[str]]:
    """Fill rows; say what was done.

    Args:
        plan: what is promised.
        rows: what came.
        known: the schema the dataset has.
    """
    facts: list[str] = []
    for name, kind in plan.named.items():
        if name not in rows.column_names:
            rows = _with_missing(plan, rows, name, known, facts)
            continue
        place = rows.column_names.index(name)
        column: Any = rows[name]
        if pa.types.is_null(column.type) and kind in TYPES:
            column = column.cast(TYPES[kind])
            rows = rows.set_column(place, name, column)
        if name in plan.defaults and column.null_count:
            facts += _replaced(plan.defaults[name], column, name)
            default = _as(plan.defaults[name], column.type)
            if default is not None:
                rows = rows.set_column(place, name, pc.fill_null(column, default))
    return rows, facts


def _with_missing(
    plan: Plan, rows: pa.Table, name: str, known: pa.Schema, facts: list[str]
) -> pa.Table:
    """Add a column that did not come, if something stands for it."""
    if name not in plan.defaults:
        if name not in plan.required:
            facts.append(f"optional column {name} did not come")
        return rows
    default = plan.defaults[name]
    kind = known.field(name).type if name in known.names else default.type
    default = _as(default, kind)
    if default is None:
        facts.append(f"the default of column {name} is no {kind}")
        return rows
    facts.append(f"column {name} did not come and was filled with its default")
    return rows.append_column(name, pa.repeat(default, rows.num_rows))


def _replaced(default: Any, column: Any, name: str) -> list[str]:
    if _as(default, column.type) is None:
        return [f"the default of column {name} is no {column.type}"]
    n = column.null_count
    many, were = ("missing value", "was") if n == 1 else ("missing values", "were")
    return [f"{n:,} {many} of column {name} {were} filled with its default"]


def _as(default: Any, kind: pa.DataType) -> Any:
    """Cast a default to what the column holds; nothing if it cannot be."""
    try:
        return default.cast(kind)
    except pa.ArrowException:
        return None
