"""Joins and groups whose keys Daft brings together: on all cores here, on all nodes of a cluster.

What goes to Daft is a number of 128 bits for each key and the place of its row. What is made of
the rows that belong together is made as `headgate.rows` makes it, in the order of the rows, so that
rows, what they were made of and every last bit of a sum are the same, whoever found the pairs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Unavailable
from headgate.pipeline.ray.node import CLUSTER
from headgate.pipeline.rows.grouping import deduplicate_with, group_with
from headgate.pipeline.rows.joining import Joining, Kind, On, join_with
from headgate.spine.registry import load_module
from headgate.spine.store.canonical import canonical, row_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.store.segments import I64

_KEY = ("high", "low")
_NAN = np.float64(np.nan).view(np.int64)


def join(
    left: pa.Table, right: pa.Table, on: On, *, how: Kind = "inner", suffix: str = "_right"
) -> pa.Table:
    """Put rows of two tables together, as `rows.join` does; its arguments are the same.

    Raises:
        NotFound: there is no such column.
        Invalid: keys that cannot be compared, or no such kind of join.
        Unavailable: Daft is not installed.
    """
    return join_with(_matched, left, right, Joining(on, how, suffix))


def group(table: pa.Table, by: str | Sequence[str], /, **values: tuple[str, str]) -> pa.Table:
    """Make one row of all rows that have the same key, as `rows.group` does.

    Raises:
        NotFound: there is no such column.
        Invalid: there is no such aggregation, or it cannot be reckoned from the column.
        Unavailable: Daft is not installed.
    """
    return group_with(_groups, table, by, values)


def deduplicate(
    table: pa.Table,
    by: str | Sequence[str] | None = None,
    *,
    keep: Literal["first", "last"] = "first",
) -> pa.Table:
    """Keep one row of all that have the same key, as `rows.deduplicate` does.

    Raises:
        NotFound: there is no such column.
        Unavailable: Daft is not installed.
    """
    return deduplicate_with(_groups, table, by, keep)


def _matched(left: pa.Table, right: pa.Table, how: Kind) -> tuple[I64, I64]:
    """Find pairs of rows with the same key; a null equals nothing."""
    daft = _daft()
    sides = [
        daft.from_arrow(_lanes(keys, side).filter(_whole(keys)))
        for keys, side in ((left, "left"), (right, "right"))
    ]
    pairs = sides[0].join(sides[1], on=list(_KEY)).select("left", "right").to_arrow()
    one, other = (np.asarray(pairs[side], np.int64) for side in ("left", "right"))
    if how in ("left", "outer"):
        alone = np.setdiff1d(np.arange(left.num_rows), one)
        one, other = np.append(one, alone), np.append(other, np.full(len(alone), -1))
    if how in ("right", "outer"):
        alone = np.setdiff1d(np.arange(right.num_rows), other)
        one, other = np.append(one, np.full(len(alone), -1)), np.append(other, alone)
    return one, other


def _groups(keys: pa.Table) -> I64 | None:
    """Find the group of each row, counted in the order of their first rows; null equals null."""
    if not keys.num_columns or not keys.num_rows:
        return None
    daft = _daft()
    found = (
        daft.from_arrow(_lanes(keys, "row"))
        .groupby(*_KEY)
        .agg(daft.col("row").list_agg().alias("rows"), daft.col("row").min().alias("first"))
        .sort("first")
        .select("rows")
        .to_arrow()
    )
    lists = found["rows"].combine_chunks()
    groups = np.empty(keys.num_rows, np.int64)
    groups[np.asarray(pc.list_flatten(lists))] = np.asarray(pc.list_parent_indices(lists))
    return groups


def _lanes(keys: pa.Table, places: str) -> pa.Table:
    """Write for each row its key as two numbers, and its place."""
    names = [f"k{index}" for index in range(keys.num_columns)]
    plain = pa.table([_exact(column) for column in keys.columns], names)
    lanes = row_hashes(canonical(plain)).view(np.int64)
    columns: dict[str, Any] = {name: lanes[:, index] for index, name in enumerate(_KEY)}
    columns[places] = np.arange(keys.num_rows)
    return pa.table(columns)


def _exact(column: Any) -> Any:
    """Tell apart what Arrow does: -0.0 and 0.0, moments less than a microsecond apart."""
    kind = column.type
    if pa.types.is_temporal(kind):
        width = pa.int32() if kind.bit_width == pa.int32().bit_width else pa.int64()
        return column.cast(width)
    if not pa.types.is_floating(kind):
        return column
    values = np.asarray(column.cast(pa.float64()).combine_chunks().fill_null(0.0))
    bits = np.where(np.isnan(values), _NAN, values.view(np.int64))
    return pa.array(bits, mask=np.asarray(column.is_null()))


def _whole(keys: pa.Table) -> Any:
    """Say of each row whether no part of its key is null."""
    known = np.ones(keys.num_rows, np.bool_)
    for column in keys.columns:
        known &= np.asarray(column.is_valid())
    return pa.array(known)


def _daft() -> Any:
    """Import Daft, and let it use the cluster that we run on, if we do.

    Raises:
        Unavailable: Daft is not installed.
    """
    # it tells its makers when it is imported, and draws bars, unless it is told not to
    os.environ.setdefault("DAFT_ANALYTICS_ENABLED", "0")
    os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
    try:
        daft = load_module("daft")
    except ImportError as error:
        raise Unavailable(
            f"shuffles need {error.name}, which is not installed",
            mend="pip install 'headgate[ray]'",
        ) from error
    cluster = os.environ.get(CLUSTER)
    if cluster:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        daft.set_runner_ray(address=cluster, noop_if_initialized=True)
    elif daft.get_or_infer_runner_type() != "native":
        daft.set_runner_native()
    return daft
