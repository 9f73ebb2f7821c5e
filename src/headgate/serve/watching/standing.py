"""Features of predictions that were logged by row ids alone, as those rows stood then."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import NotFound
from headgate.core.refs import split_at
from headgate.serve.schema import whole
from headgate.spine.store.reading import read_where
from headgate.spine.store.segments import RID
from headgate.spine.store.settling import as_kind, common, settled
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

COLUMNS = ("input", "input_row_ids", "snapshot")
"""What must be read of a prediction to know whether its features stand in a snapshot."""


def snapshots_named(table: pa.Table) -> set[str]:
    """Name the snapshots in which features of some predictions stand."""
    found: Any = table["snapshot"].filter(_by_rows(table))
    return set(pc.unique(found).drop_null().to_pylist())


def types_of(context: Context, snapshots: Iterable[str]) -> dict[str, pa.DataType]:
    """Return the type of each column of some snapshots; one that has expired has none."""
    kinds: dict[str, pa.DataType] = {}
    for name in sorted(snapshots):
        manifest = _manifest(context, name)
        for field in manifest.schema if manifest is not None else ():
            kind = settled(field.type)
            kinds[field.name] = common(kinds.get(field.name, kind), kind)
    return kinds


def features_of(
    context: Context, table: pa.Table, wanted: Mapping[str, pa.DataType]
) -> dict[str, Any]:
    """Read columns of the first row each prediction was computed from.

    Args:
        context: the project.
        table: predictions with `COLUMNS`.
        wanted: columns of the snapshots, and the type of each.

    Returns:
        For each column an array of shape (n,); null where a prediction has an input of its own,
        names no row or no snapshot, or where that has expired.
    """
    columns = {name: pa.nulls(table.num_rows).cast(kind) for name, kind in wanted.items()}
    for snapshot in snapshots_named(table) if wanted else ():
        manifest = _manifest(context, snapshot)
        if manifest is None:
            continue
        is_its = pc.and_(_by_rows(table), pc.equal(whole(table, "snapshot"), pa.scalar(snapshot)))
        is_its = is_its.fill_null(fill_value=False)
        rids = pc.list_element(whole(table, "input_row_ids").filter(is_its), 0)
        names = [name for name in wanted if name in manifest.schema.names]
        rows = _rows(context, manifest, rids, names)
        counted = np.cumsum(np.asarray(is_its)) - 1
        places: Any = pa.array(counted, mask=~np.asarray(is_its))
        for name in names:
            mine = as_kind(whole(rows, name), wanted[name])
            columns[name] = pc.coalesce(columns[name], mine.take(places))
    return columns


def _by_rows(table: pa.Table) -> Any:
    """Say which predictions have no input of their own but rows in a snapshot, shape (n,)."""
    n_rows: Any = pc.list_value_length(whole(table, "input_row_ids"))
    has_rows = pc.greater(n_rows, pa.scalar(0, n_rows.type))
    mask = pc.and_(whole(table, "input").is_null(), has_rows.fill_null(fill_value=False))
    return pc.and_(mask, whole(table, "snapshot").is_valid())


def _rows(context: Context, manifest: Manifest, rids: Any, names: list[str]) -> pa.Table:
    """Read rows by their ids, in the order of these; null where a row is not there."""
    wanted = np.unique(np.asarray(rids, np.int64))
    held = read_where(context.blobs, manifest, wanted, names, own=[RID])
    return held.take(pc.index_in(rids, value_set=whole(held, RID)))


def _manifest(context: Context, name: str) -> Manifest | None:
    with suppress(NotFound):
        return manifest_of(context, find_snapshot(context, *split_at(name)))
    return None
