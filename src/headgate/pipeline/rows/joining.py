"""Rows of two tables put together where their keys are equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.pipeline.rows.origins import (
    at,
    bare,
    origins_of,
    require_columns,
    taken,
    united,
    with_origins,
)
from headgate.spine.store.segments import I64

Kind = Literal["inner", "left", "right", "outer"]
On = str | Sequence[str] | Mapping[str, str]
Match = Callable[[pa.Table, pa.Table, Kind], tuple[I64, I64]]
_ARROW: dict[str, Any] = {
    "inner": "inner",
    "left": "left outer",
    "right": "right outer",
    "outer": "full outer",
}


class Joining(NamedTuple):
    """How rows of two tables are put together; see `join` for what each means."""

    on: On
    how: Kind
    suffix: str


def join(
    left: pa.Table,
    right: pa.Table,
    on: On,
    *,
    how: Kind = "inner",
    suffix: str = "_right",
) -> pa.Table:
    """Put rows of two tables together; each was made of both.

    Args:
        left: n rows.
        right: m rows.
        on: the key: a column, several, or for each of the left table its name in the right one. A
            null equals nothing.
        how: `inner` keeps pairs; `left` and `right` the rows of that side too that have none;
            `outer` those of both.
        suffix: goes behind a name of the right table that the left one has too.

    Returns:
        The key and the other columns of the left table, then those of the right one; in the order
        of the left rows, then of the right ones.

    Raises:
        NotFound: there is no such column.
        Invalid: keys that cannot be compared, or no such kind of join.
    """
    return join_with(matched, left, right, Joining(on, how, suffix))


def join_with(match: Match, left: pa.Table, right: pa.Table, joining: Joining) -> pa.Table:
    """Put rows of two tables together, with pairs found in one way or another.

    Args:
        match: finds the pairs.
        left: n rows.
        right: m rows.
        joining: how, as `join` takes it.

    Raises:
        NotFound: there is no such column.
        Invalid: keys that cannot be compared, or no such kind of join.
    """
    how, suffix = joining.how, joining.suffix
    keys = _keys(joining.on)
    require_columns(left, list(keys))
    require_columns(right, list(keys.values()))
    if how not in _ARROW:
        raise Invalid(f"there is no join {how!r}", mend=f"use {', '.join(_ARROW)}")
    kinds = _common(left, right, keys)
    from_left, from_right = _pairs(
        match,
        _keyed([left[name] for name in keys], kinds),
        _keyed([right[name] for name in keys.values()], kinds),
        how,
    )
    made = at(bare(left), from_left)
    others = at(bare(right), from_right)
    for (mine, theirs), kind in zip(keys.items(), kinds, strict=True):
        both = pc.coalesce(made[mine].cast(kind), others[theirs].cast(kind))
        made = made.set_column(made.column_names.index(mine), mine, both)
    for name in others.column_names:
        if name not in keys.values():
            made = made.append_column(_free(made, name, suffix), others[name])
    origins = [taken(origins_of(left), from_left), taken(origins_of(right), from_right)]
    return with_origins(made, united(origins, len(from_left)))


def _keys(on: On) -> dict[str, str]:
    if isinstance(on, Mapping):
        return dict(on)
    names = [on] if isinstance(on, str) else list(on)
    if not names:
        raise Invalid("a join without a key", mend="name the columns that have to be equal")
    return {name: name for name in names}


def _common(left: pa.Table, right: pa.Table, keys: Mapping[str, str]) -> list[pa.DataType]:
    """Find for each pair of key columns the type that holds both."""
    kinds: list[pa.DataType] = []
    for mine, theirs in keys.items():
        one, other = (_plain(left[mine].type), _plain(right[theirs].type))
        try:
            schemas = [pa.schema([("key", kind)]) for kind in (one, other)]
            unified = pa.unify_schemas(schemas, promote_options="permissive")
        except pa.ArrowException as error:
            raise Invalid(
                f"{mine} is {one} and {theirs} is {other}: they cannot be equal",
                mend="cast one of them",
            ) from error
        kinds.append(unified.field("key").type)
    return kinds


def _plain(kind: Any) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def matched(left: pa.Table, right: pa.Table, how: Kind) -> tuple[I64, I64]:
    """Find with Arrow which rows of two tables of keys belong together, in any order.

    Args:
        left: the keys of n rows.
        right: the keys of m rows, in columns of the same names and types.
        how: the kind of join.

    Returns:
        Places of the left rows and of the right ones, -1 for no row.

    Raises:
        Invalid: keys that cannot be compared.
    """
    sides = (_numbered(left, "left"), _numbered(right, "right"))
    try:
        found = sides[0].join(sides[1], left.column_names, join_type=_ARROW[how], use_threads=False)
    except pa.ArrowException as error:
        raise Invalid(f"rows cannot be joined: {error}", mend="name other key columns") from error
    one, other = (
        np.asarray(found[side].combine_chunks().fill_null(-1), np.int64)
        for side in ("left", "right")
    )
    return one, other


def _pairs(match: Match, left: pa.Table, right: pa.Table, how: Kind) -> tuple[I64, I64]:
    """Find which rows belong together, in the order of the left ones; -1 stands for no row."""
    one, other = match(left, right, how)
    order = np.lexsort((other, np.where(one < 0, left.num_rows, one)))
    return one[order], other[order]


def _keyed(columns: Sequence[Any], kinds: Sequence[pa.DataType]) -> pa.Table:
    named: dict[str, Any] = {
        f"k{index}": column.cast(kind)
        for index, (column, kind) in enumerate(zip(columns, kinds, strict=True))
    }
    return pa.table(named)


def _numbered(keys: pa.Table, side: str) -> pa.Table:
    return keys.append_column(side, pa.array(np.arange(keys.num_rows)))


def _free(made: pa.Table, name: str, suffix: str) -> str:
    if name not in made.column_names:
        return name
    if not suffix or f"{name}{suffix}" in made.column_names:
        raise Invalid(
            f"column {name!r} stands on both sides", mend="rename it, or give another suffix"
        )
    return f"{name}{suffix}"
