"""The columns of two files that both tools look at: which, of which kind, and their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from headgate.core.left_out import Notes
from headgate.monitor.adopting.recomputed import Pair
from headgate.monitor.exchange.methods import Kind
from headgate.monitor.exchange.reading import Settings
from headgate.monitor.metrics._cells import categories, finite_part
from headgate.monitor.metrics._numbers import encoded, kind_of, numbers

TEXT_SHARE = 0.5
"""A column of names is text if more of its values are different [ratio]."""
N_TEXT = 500
"""And if there are more different ones [count]."""


class Column(NamedTuple):
    """A column of both files.

    Args:
        name: of the column.
        kind: what it is taken for.
        before: its values in the reference.
        after: its values in the current window.
    """

    name: str
    kind: Kind
    before: Any
    after: Any


class Sides(NamedTuple):
    """A column as numbers that are compared.

    Args:
        pair: for Evidently's rules.
        before: for ours: sorted numbers, or categories without null.
        after: as `before`.
        n: values of the reference that are there [count].
        m: values of the current window that are there [count].
        n_missing: null, NaN or infinite in either window [count, count].
        n_infinite: infinite in either window [count].
        n_values: different values in both windows [count].
    """

    pair: Pair
    before: Any
    after: Any
    n: int
    m: int
    n_missing: tuple[int, int]
    n_infinite: int
    n_values: int


def kinds(
    before: Mapping[str, Any], after: Mapping[str, Any], settings: Settings, notes: Notes
) -> dict[str, Kind]:
    """Tell which columns are compared, and what each is taken for.

    Args:
        before: columns of the reference, read when asked for.
        after: columns of the current window.
        settings: what the file says of them.
        notes: of what cannot be compared.
    """
    wanted = settings.columns or tuple(before)
    wished = [one.column for one in settings.wishes]
    found: dict[str, Kind] = {}
    for name in dict.fromkeys([*wanted, *wished]):
        if name in {*settings.ignored, settings.time}:
            continue
        if name not in before or name not in after:
            which = "the current window" if name in before else "the reference"
            notes.add(name, name, f"{which} has no such column")
            continue
        kind = _kind(name, (before[name], after[name]), settings, notes)
        if kind is not None:
            found[name] = kind
    return found


def sides(column: Column) -> Sides:
    """Read the values of a column, sorted or counted, without what is missing or infinite."""
    return _of_numbers(column) if column.kind == "number" else _of_categories(column)


def _kind(name: str, both: tuple[Any, Any], settings: Settings, notes: Notes) -> Kind | None:
    """Tell what a column is taken for; note it if that cannot be, before or now."""
    kind = _said(name, settings) or _seen(both[0])
    held = [encoded(one).type for one in both]
    if kind is None:
        notes.add(name, str(held[0]), "neither number nor category")
    elif not all(_can_be(kind, one) for one in held):
        notes.add(name, f"{held[0]}, {held[1]}", f"it cannot be compared as {kind}")
        return None
    return kind


def _said(name: str, settings: Settings) -> Kind | None:
    if name in settings.text:
        return "text"
    if name in settings.categorical:
        return "category"
    return "number" if name in settings.numerical else None


def _seen(values: Any) -> Kind | None:
    import pyarrow as pa

    held = encoded(values).type
    kind = kind_of(values)
    if kind in {"number", "bool"}:
        return "number" if kind == "number" else "category"
    named = held.value_type if pa.types.is_dictionary(held) else held
    if not (pa.types.is_string(named) or pa.types.is_large_string(named)):
        return None
    n_distinct, n = len(categories(values)[0]), len(values)
    return "text" if n_distinct > max(N_TEXT, TEXT_SHARE * n) else "category"


def _can_be(kind: Kind, held: Any) -> bool:
    """Tell whether values of a type can be taken for a kind of column."""
    import pyarrow as pa

    named = held.value_type if pa.types.is_dictionary(held) else held
    if kind != "number":
        return not pa.types.is_nested(named)
    return kind_of(pa.array([], named)) in {"number", "bool", "nothing"}


def _of_numbers(column: Column) -> Sides:
    both = [numbers(one) for one in (column.before, column.after)]
    before, after = (finite_part(one.ordered) for one in both)
    n_lost = [one.n_null + one.n_nan for one in both]
    infinite = [
        len(one.ordered) - len(kept) for one, kept in zip(both, (before, after), strict=True)
    ]
    first, second = np.unique(before), np.unique(after)
    values = np.union1d(first, second)
    counts = np.array(
        [np.diff(np.searchsorted(one, values, side="right"), prepend=0) for one in (before, after)],
        np.float64,
    )
    pair = Pair(before, after, counts, len(first))
    lost = (n_lost[0] + infinite[0], n_lost[1] + infinite[1])
    return Sides(pair, before, after, len(before), len(after), lost, sum(infinite), len(values))


def _of_categories(column: Column) -> Sides:
    held = [categories(one) for one in (column.before, column.after)]
    keys = sorted({*held[0][0], *held[1][0]}, key=str)
    counts = np.array([[found.get(key, 0) for key in keys] for found, _, _ in held], np.float64)
    n, m = (int(one.sum()) for one in counts)
    lost = (held[0][1] + held[0][2], held[1][1] + held[1][2])
    pair = Pair(np.empty(0), np.empty(0), counts, int(np.count_nonzero(counts[0])))
    return Sides(pair, column.before, column.after, n, m, lost, 0, len(keys))
