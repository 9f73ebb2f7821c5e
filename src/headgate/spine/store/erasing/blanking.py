"""Blanks rows of sealed files in place: payload gone, position kept, same name.

A segment, log file or quarantine file keeps its key, so every version that names it still
resolves and bitmaps of deleted positions stay true. Blanked rows have null in every column but
those that are kept, and a row hash of sixteen zero bytes; which ones they are stands in the file's
metadata. The new content is written beside the old one first, as a blob of the area `erasing`,
and takes its place when the erasure is named in the catalog.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyroaring import BitMap

from headgate.spine.store.canonical import content_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.layout import I64

AREA = "erasing"
MARK = b"headgate.erased"
ROW_HASH = "_rh"


class Replacement(msgspec.Struct, frozen=True):
    """A blob whose content is to be replaced in place.

    Args:
        key: the blob.
        staged: where its new content waits; empty in a plan.
        digest: content digest of what it will hold; empty in a plan.
        n_rows: rows that are blanked in it.
    """

    key: str
    staged: str
    digest: str
    n_rows: int


def planned(key: str, positions: I64) -> Replacement:
    """Say what would be blanked, writing nothing."""
    return Replacement(key=key, staged="", digest="", n_rows=len(positions))


def blanked(
    blobs: Blobs,
    key: str,
    positions: I64,
    *,
    layout: Callable[[pa.Table], dict[str, Any]],
    keep: Sequence[str] = (),
) -> Replacement:
    """Write a file's content anew without the payload of some rows.

    Args:
        blobs: where it lies.
        key: the file.
        positions: rows to blank, counted from 0, shape (n,).
        layout: says how Parquet is written, as the file was.
        keep: columns that keep their values.
    """
    table = pq.read_table(blobs.locate(key), memory_map=True)
    marked = erased_positions(table.schema) | BitMap(positions.astype(np.uint32))
    table = blank_rows(table, positions, keep=keep)
    digest = content_digest(table)
    sink = pa.BufferOutputStream()
    pq.write_table(with_erased(table, marked), sink, **layout(table))
    staged = f"{AREA}/{digest[:2]}/{digest}.parquet"
    blobs.put(staged, sink.getvalue())
    return Replacement(key=key, staged=staged, digest=digest, n_rows=len(positions))


def blank_rows(table: pa.Table, positions: I64, *, keep: Sequence[str] = ()) -> pa.Table:
    """Null every cell of some rows but those of the columns to keep; hashes become zero."""
    gone = np.zeros(table.num_rows, np.bool_)
    gone[positions] = True
    mask: Any = pa.array(gone)
    for index, field in enumerate(table.schema):
        if field.name not in keep:
            column = pc.if_else(mask, _blank(field), table[field.name])
            table = table.set_column(index, field, column)
    return table


def with_erased(table: pa.Table, positions: BitMap) -> pa.Table:
    """Say in a table's metadata which of its rows were blanked."""
    metadata = {**(table.schema.metadata or {}), MARK: positions.serialize().hex().encode()}
    return table.replace_schema_metadata(metadata)


def erased_positions(schema: pa.Schema) -> BitMap:
    """Return which rows of a file were blanked, by its metadata."""
    mark = (schema.metadata or {}).get(MARK)
    return BitMap() if mark is None else BitMap.deserialize(bytes.fromhex(mark.decode()))


def _blank(field: pa.Field[Any]) -> Any:
    if field.name == ROW_HASH:
        return pa.scalar(bytes(16), field.type)
    if not field.nullable:
        return pa.scalar(0, field.type)
    return pa.scalar(None, field.type)
