"""Getting single rows by key or row id: the key column first, then only the row groups needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.dataset.fit import fit
from headgate.dataset.reads import remember
from headgate.spine.store.lookup import live_ids, rids_of_keys, take_rows
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.dataset.get_reports import GetRequest
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


def get_rows(context: Context, request: GetRequest) -> pa.Table:
    """Get rows in the order they are asked for, and remember them for the run that asks.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: nothing or two things are asked for, or keys do not fit the key column.
    """
    if bool(request.keys) == bool(request.ids):
        raise Invalid(
            f"rows of {request.name} are got by keys or by ids", mend="give one of the two"
        )
    snapshot = find_snapshot(context, request.name, request.at)
    manifest = manifest_of(context, snapshot)
    if request.keys:
        values = _fitted(manifest, request.keys)
        rids = rids_of_keys(context.blobs, manifest, manifest.key[0], values)
    else:
        rids = live_ids(context.blobs, manifest, np.array(request.ids, np.int64))
    own = ["_rid"] if request.row_ids else []
    table = take_rows(context.blobs, manifest, rids, request.columns, own=own)
    if request.run is not None:
        how = f"{manifest.key[0]} among keys" if request.keys else "_rid among ids"
        remember(context, request.run, snapshot, condition=how, rids=np.unique(rids))
    return table


def _fitted(manifest: Manifest, keys: tuple[int | float | str, ...]) -> Any:
    """Give keys the type of the key column.

    Raises:
        Invalid: the key is none or several columns, or a key does not fit.
    """
    if len(manifest.key) != 1:
        names = ", ".join(manifest.key) or "no column"
        raise Invalid(
            f"the key of {manifest.dataset} is {names}, and keys are values of one column",
            mend="read with a condition, such as where=\"city = 'Oslo' and day = 3\"",
        )
    kind = manifest.schema.field(manifest.key[0]).type
    is_text = any(isinstance(key, str) for key in keys) or pa.types.is_string(kind)
    plain: Any = [str(key) for key in keys] if is_text else list(keys)
    given: Any = pa.array(plain)
    values, misfits = fit(given, kind)
    if misfits.any():
        first = keys[int(np.flatnonzero(misfits)[0])]
        raise Invalid(
            f"{first!r} is no key of {manifest.dataset}: column {manifest.key[0]!r} is {kind}",
            mend="give keys as the column holds them",
        )
    return values
