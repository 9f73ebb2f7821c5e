"""Commits rows that an import brings, and says which types they are to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.spine.store.arrow_types import type_named
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.core.nouns import Snapshot
    from headgate.dataset.moving.reports import ImportRequest
    from headgate.spine.context import Context


def told_types(context: Context, request: ImportRequest) -> pa.Schema | None:
    """Gather the types of columns: those the caller gives, then those the dataset has.

    Raises:
        Invalid: a type has no such name.
    """
    kinds: dict[str, pa.DataType] = {}
    try:
        known = manifest_of(context, find_snapshot(context, request.name)).schema
        kinds |= {field.name: field.type for field in known if not pa.types.is_null(field.type)}
    except NotFound:
        pass
    kinds |= {name: type_named(text) for name, text in request.types.items()}
    return pa.schema([pa.field(name, kind) for name, kind in kinds.items()]) if kinds else None


def take(
    context: Context,
    request: ImportRequest,
    rows: pa.Table,
    *,
    uri: str,
    arrived_at: datetime | None = None,
) -> Snapshot:
    """Commit rows as an import asks.

    Args:
        context: the project.
        request: the dataset, the mode, the key and the message.
        rows: what came.
        uri: where from.
        arrived_at: when the rows came into being, if not now.

    Raises:
        Invalid: the rows do not fit the dataset's types or key; nothing is changed.
    """
    if not rows.num_columns:
        raise Invalid(f"{uri} holds no column", mend="import a table with columns")
    write = Write(dataset=request.name, mode=request.mode, key=request.key, message=request.message)
    origin = Origin(kind="commit", arrived_at=arrived_at or now(), uri=uri)
    with Work(context) as work:
        return work.write(write, [Part(rows=rows, origin=origin)])
