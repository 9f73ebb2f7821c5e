"""Finds files that nothing names and that still hold a subject: of lost races, killed writers.

What a killed writer left half-written nobody can read, so all of that goes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.spine.store.erasing.words import holds_word, text_columns
from headgate.spine.store.packs.index import digests_of
from headgate.spine.store.sealed import read_sealed
from headgate.spine.store.segments import RID, read_file
from headgate.spine.store.sql import filter_rows
from headgate.spine.store.upkeep.file_checks import UNREADABLE
from headgate.spine.store.upkeep.marking import Marker
from headgate.spine.store.upkeep.sweeping import is_abandoned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyroaring import BitMap64

    from headgate.spine.context import Context
    from headgate.spine.store.packs.index import Digests

AREAS = ("segments", "predictions", "quarantine", "erasing", "trash")
SUFFIX = ".parquet"


def orphans_holding(context: Context, condition: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of unnamed files in which a subject is found."""
    return tuple(key for key in _loose(context, AREAS) if _holds(context, key, condition, words))


def remove_late(context: Context, condition: str, words: Sequence[str]) -> None:
    """Remove what others staged of a subject while it was erased; they find it gone, and go again.

    Args:
        context: the project.
        condition: that the subject's rows meet.
        words: by which the subject is found.
    """
    late = orphans_holding(context, condition, words)
    if not late:
        return
    marker = Marker(context)
    with context.catalog.read() as connection:
        marker.refresh(connection)
    with context.catalog.write() as connection:
        marker.refresh(connection)
        for key in late:
            if key not in marker.keys:
                context.blobs.delete(key)
    context.blobs.settle()


def half_written(context: Context) -> tuple[str, ...]:
    """Return the keys of what dead processes left half-written, whatever it may hold."""
    return tuple(one.key for one in context.blobs.listed() if is_abandoned(one.key))


def loose_digests(context: Context, rids: BitMap64, words: Sequence[str]) -> Digests:
    """Gather the digests of files that a subject's rows name in files which no snapshot has.

    Args:
        context: the project.
        rids: ids of the subject's rows.
        words: by which the subject is found, in a path too.
    """
    found = [digests_of(())]
    for key in _loose(context, ("segments", "trash")):
        with suppress(*UNREADABLE):
            table = read_file(context.blobs, key, [RID, "path", "digest"])
            if table.column_names == [RID, "path", "digest"]:
                found.append(_named(table, rids, words))
    return np.unique(np.concatenate(found))


def _named(table: pa.Table, rids: BitMap64, words: Sequence[str]) -> Digests:
    """Take the digests beside some ids, and beside paths in which a word is found."""
    ids: list[Any] = table[RID].to_pylist()
    is_own = np.fromiter((one in rids for one in ids), np.bool_, len(ids))
    if pa.types.is_string(table["path"].type):
        is_own |= holds_word(table["path"], words)
    texts: list[Any] = table.filter(pa.array(is_own))["digest"].to_pylist()
    return digests_of([text for text in texts if text is not None])


def _loose(context: Context, areas: Sequence[str]) -> list[str]:
    """List the Parquet files of some areas that nothing names."""
    marker = Marker(context)
    with context.catalog.read() as connection:
        marker.refresh(connection)
    keys = [stored.key for area in areas for stored in context.blobs.listed(area)]
    return [key for key in keys if key not in marker.keys and key.endswith(SUFFIX)]


def _holds(context: Context, key: str, condition: str, words: Sequence[str]) -> bool:
    try:
        table = read_sealed(context.blobs, key)
    except UNREADABLE:
        return False
    if any(holds_word(table[name], words).any() for name in text_columns(table.schema)):
        return True
    return _meets(table, condition)


def _meets(table: pa.Table, condition: str) -> bool:
    """Say whether a row meets the condition; a file without its columns does not."""
    try:
        return filter_rows(table, condition).num_rows > 0
    except Invalid:
        return False
