"""Holds the rows of one source against those of all others, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from headgate.monitor.profiling.columns import kind_of
from headgate.monitor.sources.reports import Difference
from headgate.monitor.sources.wording import Coded, Usage, coded, formats, n_rows_with, terms
from headgate.spine.store.segments import RID

Mask = NDArray[np.bool_]

N_LEAST = 5
"""Rows that must have something before it is told [count]."""
RATIO_LEAST = 0.01
TIMES = 20.0
"""How many times as frequent it must be in the source as elsewhere."""
UNITS = (10.0, 100.0, 1000.0, 60.0, 3600.0, 24.0, 1.609344, 2.20462, 2.54, 1024.0)
UNIT_ROOM = 0.1
"""How far a ratio of medians may lie from a usual factor [ratio]."""
SPREAD_ROOM = 0.25
MISSING_MORE = 0.1
"""So much more must be missing [ratio]."""
N_EXAMPLES = 3
N_SIGNS = 60


class Rows(NamedTuple):
    """A snapshot's rows, and which of them are the source's.

    Args:
        table: all rows, with their ids.
        mine: whether a row is the source's, shape (n,).
    """

    table: pa.Table
    mine: Mask


class Feature(NamedTuple):
    """A word, format or value: in how many rows of either side it stands."""

    what: str
    mine: int
    others: int


def differences(rows: Rows, columns: list[str]) -> list[Difference]:
    """List what the source has otherwise, the strongest first.

    Args:
        rows: of a snapshot.
        columns: which to look at.
    """
    found = [one for name in columns for one in _of_column(rows, name)]
    return sorted(found, key=lambda one: (-one.ratio + one.ratio_elsewhere, one.column, one.what))


def _of_column(rows: Rows, name: str) -> Iterator[Difference]:
    column = rows.table[name]
    kind = kind_of(column.type)
    is_null = np.asarray(column.is_null())
    yield from _missing(rows, name, is_null)
    if kind == "number":
        yield from _unit(rows, name, is_null)
    if kind == "text":
        yield from _wording(rows, name, coded(column))


def _missing(rows: Rows, name: str, is_null: Mask) -> Iterator[Difference]:
    mine, others = float(is_null[rows.mine].mean()), float(is_null[~rows.mine].mean())
    if mine - others < MISSING_MORE or is_null[rows.mine].sum() < N_LEAST:
        return
    says = f"{name} is missing in {mine:.0%} of its rows, elsewhere in {others:.0%}"
    told = _told(rows, name, np.flatnonzero(is_null & rows.mine))
    yield Difference(
        column=name,
        kind="missing",
        what="missing",
        ratio=mine,
        ratio_elsewhere=others,
        says=says,
        **told,
    )


def _unit(rows: Rows, name: str, is_null: Mask) -> Iterator[Difference]:
    """Tell another unit: all quantiles are moved by one usual factor."""
    numbers = rows.table[name].cast(pa.float64(), safe=False)
    values = np.asarray(numbers.combine_chunks().fill_null(np.nan))
    mine, others = (
        values[side & ~is_null & np.isfinite(values)] for side in (rows.mine, ~rows.mine)
    )
    if min(len(mine), len(others)) < N_LEAST:
        return
    quantiles = [np.quantile(side, [0.1, 0.25, 0.5, 0.75, 0.9]) for side in (mine, others)]
    if not all((each > 0).all() or (each < 0).all() for each in quantiles):
        return
    with np.errstate(over="ignore"):
        factors = quantiles[0] / quantiles[1]
    if not np.all((factors > 0) & np.isfinite(factors)):
        return
    middle = float(np.median(factors))
    if float(np.ptp(np.log(factors))) > 2 * SPREAD_ROOM:
        return
    unit = next((one for one in _both_ways(UNITS) if abs(middle / one - 1) <= UNIT_ROOM), None)
    if unit is None:
        return
    says = f"{name} is about {unit:.4g} times what it is elsewhere, as in another unit"
    told = _told(rows, name, np.flatnonzero(rows.mine & ~is_null))
    what = f"x {unit:.4g}"
    yield Difference(
        column=name, kind="unit", what=what, ratio=1.0, ratio_elsewhere=0.0, says=says, **told
    )


def _both_ways(units: tuple[float, ...]) -> Iterator[float]:
    for one in units:
        yield from (one, 1 / one)


def _wording(rows: Rows, name: str, column: Coded) -> Iterator[Difference]:
    n_values = len(column.values)
    is_there = column.codes >= 0
    mine, others = (
        np.bincount(column.codes[side & is_there], minlength=n_values)
        for side in (rows.mine, ~rows.mine)
    )
    totals = (int(mine.sum()), int(others.sum()))
    if not all(totals):
        return
    shapes, words = formats(column.values), terms(column.values)
    for kind, used in (("format", shapes), ("term", words)):
        counted = (n_rows_with(used, mine), n_rows_with(used, others))
        for place in np.flatnonzero(counted[0] >= N_LEAST):
            feature = Feature(
                used.names[int(place)].as_py(), int(counted[0][place]), int(counted[1][place])
            )
            if _is_own(feature, totals):
                yield _worded(rows, name, kind, feature, (column, used, int(place), totals))


def _is_own(feature: Feature, totals: tuple[int, int]) -> bool:
    ratio = feature.mine / totals[0]
    elsewhere = (feature.others + 0.5) / totals[1]
    return ratio >= RATIO_LEAST and ratio >= TIMES * elsewhere


def _worded(
    rows: Rows,
    name: str,
    kind: Any,
    feature: Feature,
    about: tuple[Coded, Usage, int, tuple[int, int]],
) -> Difference:
    column, used, place, totals = about
    values = np.zeros(len(column.values), np.bool_)
    values[used.value[used.name == place]] = True
    has_it = (column.codes >= 0) & values[column.codes]
    ratio, elsewhere = feature.mine / totals[0], feature.others / totals[1]
    says = f"{kind} {feature.what!r} in {ratio:.0%} of its {name}, elsewhere in {elsewhere:.2g}"
    return Difference(
        column=name,
        kind=kind,
        what=feature.what,
        ratio=ratio,
        ratio_elsewhere=elsewhere,
        says=says.replace("elsewhere in 0", "elsewhere in none") if not elsewhere else says,
        **_told(rows, name, np.flatnonzero(has_it & rows.mine)),
    )


def _told(rows: Rows, name: str, places: NDArray[Any]) -> dict[str, Any]:
    chosen = rows.table.select([RID, name]).take(pa.array(places[:N_EXAMPLES].tolist(), pa.int64()))
    cells = [_cut(value) for value in chosen[name].to_pylist()]
    return {"rows": tuple(chosen[RID].to_pylist()), "examples": tuple(cells)}


def _cut(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= N_SIGNS:
        return value
    return f"{value[: N_SIGNS - 1]}…"
