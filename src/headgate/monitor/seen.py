"""What a monitor sees of a window: counts on the reference's cells, and some of its rows.

Rows come in parts that fit into memory. Counts are added up over all of them; of the rows so many
are kept, each as likely as any other, for what needs rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.monitor.baseline import Baseline, family, plain, types_of
from headgate.monitor.nouns import Span
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.reference import Column, Counted, Profile, Window

KEPT = 200_000
"""Rows of a window that are kept for what needs rows [count]."""
SEED = 20_261_103
NESTED = frozenset({"list", "object"})


class Past(msgspec.Struct, frozen=True):
    """An earlier window.

    Args:
        since: when it began.
        n_rows: rows in it [count].
    """

    since: datetime
    n_rows: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A window, counted.

    Args:
        span: which.
        data: counts of each column of the reference that is there and of its kind.
        answers: counts of predictions and confidence.
        types: the kind of each column that is there.
        rows: rows of it, all if they are few enough.
        n_looked: rows that were counted [count].
        newest_at: when its last row came.
        trailing: earlier windows, the oldest first.
        share: of windows without drift, what one metric of one column has to stay below its
            threshold in, so that the budget of false alerts is kept [ratio].
        important: columns that matter to the model.
        known: columns that are there and are not looked at, for the monitor's file says so.
    """

    span: Span
    data: Window
    answers: Window
    types: dict[str, str]
    rows: Any
    n_looked: int
    newest_at: datetime | None = None
    trailing: tuple[Past, ...] = ()
    share: float = 0.999
    important: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @property
    def is_partial(self) -> bool:
        """Whether a sample was looked at in place of all rows."""
        return self.n_looked < self.span.n_rows


class Reservoir:
    """Keeps so many of the rows that come, each as likely as any other.

    Args:
        most: rows that are kept [count].
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._chance = np.random.default_rng(SEED)
        self._parts: list[tuple[pa.Table, Any]] = []
        self._n_held = 0

    def add(self, rows: pa.Table) -> None:
        """Take some rows."""
        self._parts.append((rows, self._chance.random(rows.num_rows)))
        self._n_held += rows.num_rows
        if self._n_held > 2 * self._most:
            self._thin()

    def rows(self) -> pa.Table:
        """Return what was kept, in the order it came."""
        if self._n_held > self._most:
            self._thin()
        tables = [table for table, _ in self._parts]
        return pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})

    def _thin(self) -> None:
        drawn = np.concatenate([one for _, one in self._parts])
        limit = np.partition(drawn, self._most - 1)[self._most - 1]
        self._parts = [
            (table.take(pa.array(np.flatnonzero(one <= limit), pa.int64())), one[one <= limit])
            for table, one in self._parts
        ]
        self._n_held = sum(table.num_rows for table, _ in self._parts)


class Tally:
    """Counts parts of a window as they come.

    Args:
        baseline: on whose cells.
    """

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._data: dict[str, Counted] = {}
        self._answers: dict[str, Counted] = {}
        self._spoilt: set[str] = set()
        self.types: dict[str, str] = {}
        self.n_rows = 0
        self.newest_at: datetime | None = None

    def add(self, rows: pa.Table) -> None:
        """Count some rows."""
        self.n_rows += rows.num_rows
        for name, kind in types_of(rows.schema).items():
            if self.types.get(name, "nothing") == "nothing":
                self.types[name] = kind
        if "at" in rows.column_names and rows.num_rows:
            newest: Any = pc.max(rows["at"])
            at = newest.as_py()
            self.newest_at = at if self.newest_at is None else max(at, self.newest_at)
        self._count(self._baseline.data, rows, self._data)
        self._count(self._baseline.answers, rows, self._answers)

    def windows(self) -> tuple[Window, Window]:
        """Return the counts of data and of answers."""
        return self._window(self._data), self._window(self._answers)

    def _window(self, counts: dict[str, Counted]) -> Window:
        return Window({name: one for name, one in counts.items() if name not in self._spoilt})

    def _count(self, profile: Profile, rows: pa.Table, into: dict[str, Counted]) -> None:
        for name, column in profile.columns.items():
            if name not in rows.column_names or name in self._spoilt:
                continue
            try:
                counted = column.count(_fitting(column, plain(rows[name])))
            except Invalid:
                self._spoilt.add(name)
                continue
            held = into.get(name)
            into[name] = counted if held is None else _added(held, counted)


def sampled(rows: pa.Table, most: int, by: Sequence[str]) -> pa.Table:
    """Draw rows so that each combination of some columns keeps its share.

    Args:
        rows: a window.
        most: rows wanted [count].
        by: the columns; rows are drawn alike if there is none. One of lists or objects counts as
            one of a single value.
    """
    if rows.num_rows <= most:
        return rows
    chance = np.random.default_rng(SEED)
    order = chance.permutation(rows.num_rows)
    strata = _strata(rows, [name for name in by if name in rows.column_names])[order]
    by_stratum = order[np.argsort(strata, kind="stable")]
    places = np.floor((np.arange(most) + chance.random()) * rows.num_rows / most).astype(np.int64)
    return rows.take(pa.array(np.sort(by_stratum[places]), pa.int64()))


def looked_at(
    parts: Iterable[pa.Table], baseline: Baseline, sample: tuple[int, tuple[str, ...]] | None
) -> tuple[Tally, pa.Table, int]:
    """Count a window, or a sample of it.

    Args:
        parts: its rows.
        baseline: on whose cells.
        sample: how many rows to look at, and the columns by which they are drawn; all if nothing.

    Returns:
        The counts, rows for what needs rows, and how many rows came [count].
    """
    tally, kept, n_rows = Tally(baseline), Reservoir(KEPT), 0
    for part in parts:
        n_rows += part.num_rows
        kept.add(part)
        if sample is None:
            tally.add(part)
    rows = kept.rows()
    if sample is not None:
        rows = sampled(rows, *sample)
        tally.add(rows)
    return tally, rows, n_rows


def _added(one: Any, other: Any) -> Counted:
    return one + other


def _fitting(column: Column, values: Any) -> Any:
    """Take a column that holds nothing at all for one of the kind it should be."""
    if not pa.types.is_null(values.type):
        return values
    return values.cast(pa.float64() if isinstance(column, NumberColumn) else pa.string())


def _strata(rows: pa.Table, names: Sequence[str]) -> Any:
    """Number the combinations of some columns, shape (n,)."""
    codes = np.zeros(rows.num_rows, np.int64)
    for name in names:
        if family(rows[name].type) in NESTED:
            continue
        encoded: Any = plain(rows[name]).combine_chunks().dictionary_encode("encode")
        codes = codes * (len(encoded.dictionary) + 1) + np.asarray(encoded.indices)
    return codes
