"""Finds files that nothing names and that still hold a subject: of lost races, killed writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.erasing.words import holds_word, text_columns
from headgate.spine.store.sealed import read_sealed
from headgate.spine.store.sql import filter_rows
from headgate.spine.store.upkeep.marking import Marker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.context import Context

AREAS = ("segments", "predictions", "quarantine", "erasing", "trash")
SUFFIX = ".parquet"


def orphans_holding(context: Context, condition: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of unnamed files in which a subject is found."""
    marker = Marker(context)
    with context.catalog.read() as connection:
        marker.refresh(connection)
    keys = [stored.key for area in AREAS for stored in context.blobs.listed(area)]
    loose = [key for key in keys if key not in marker.keys and key.endswith(SUFFIX)]
    return tuple(key for key in loose if _holds(context, key, condition, words))


def _holds(context: Context, key: str, condition: str, words: Sequence[str]) -> bool:
    try:
        table = read_sealed(context.blobs, key)
    except (NotFound, pa.ArrowException, OSError):
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
