"""Datasets made of others: by filter, aggregate, join with deduplication, and split.

Each maker runs inside a run and returns the rows to commit, and the edges it knows of: the unit
of the made row and the id of the row it was made of; no edges where rows keep their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

Made = tuple[pa.Table, Any, Any]


def clean(project: Project) -> Made:
    """Orders above a score; each row keeps its id."""
    return project.dataset.read("orders", where="score > 0.3", row_ids=True), None, None


def daily(project: Project) -> Made:
    """Clicks summed up, a hundred to one."""
    table = project.dataset.read("clicks", columns=["unit"], row_ids=True)
    return _grouped(table["unit"].to_numpy() // 100, table["_rid"].to_numpy())


def people(project: Project) -> Made:
    """Orders joined with tickets by person, every fourth person; doubles are merged."""
    keys: list[Any] = []
    rids: list[Any] = []
    for dataset in ("orders", "tickets"):
        table = project.dataset.read(dataset, columns=["unit"], row_ids=True)
        person = table["unit"].to_numpy() // 3
        chosen = person % 4 == 0
        keys.append(person[chosen])
        rids.append(table["_rid"].to_numpy()[chosen])
    return _grouped(np.concatenate(keys), np.concatenate(rids))


def chunks(project: Project) -> Made:
    """Every fifth document split in two."""
    table = project.dataset.read("documents", columns=["unit"], row_ids=True)
    chosen = table["unit"].to_numpy() % 5 == 0
    units = table["unit"].to_numpy()[chosen]
    keys = np.concatenate([2 * units, 2 * units + 1])
    return _grouped(keys, np.tile(table["_rid"].to_numpy()[chosen], 2))


DERIVED: dict[str, Callable[[Any], Made]] = {
    "clean": clean,
    "daily": daily,
    "people": people,
    "chunks": chunks,
}


def lists(values: Any, lengths: Any) -> Any:
    """Fold values into lists of given lengths."""
    offsets: Any = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values, pa.int64()))


def _grouped(keys: Any, rids: Any) -> Made:
    """Make one row for each key, of all rows that bear it."""
    order = np.argsort(keys, kind="stable")
    keys, rids = keys[order], rids[order]
    units, counts = np.unique(keys, return_counts=True)
    columns: Any = {"unit": units, "n_parents": counts, "_parents": lists(rids, counts)}
    return pa.table(columns), keys, rids
