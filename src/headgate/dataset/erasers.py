"""Erases a subject from quarantine, and its words from what the catalog keeps as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyroaring import BitMap64

from headgate.dataset.erasing.orphans import loose_digests
from headgate.dataset.erasing.survey import history_of
from headgate.dataset.upkeep.packs import all_packs
from headgate.spine.ports import Traces
from headgate.spine.store import quarantine, queries
from headgate.spine.store.erasing.blanking import Replacement, blanked, planned
from headgate.spine.store.erasing.words import holds_word, rub_out
from headgate.spine.store.packs.index import hex_of
from headgate.spine.store.packs.upkeep import digests_of_rows, erase_files
from headgate.spine.store.sealed import read_sealed
from headgate.spine.store.tables import batches, reads, runs, versions

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject
    from headgate.spine.store.segments import I64

_SEARCHED = ("raw", "reason", "uri")
_KEPT = ("batch", "line")
_TEXTS = (
    versions.c.message,
    reads.c.condition,
    batches.c.uri,
    runs.c.parameters,
    runs.c.environment,
    runs.c.metrics,
    runs.c.error,
)


class QuarantineEraser:
    """Blanks quarantined rows that name a subject; that a row waited there stays known."""

    name = "quarantined rows"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find the rows and stage their files anew."""
        with context.catalog.read() as connection:
            waiting = quarantine.listed(connection, context.tenant)
        replacements: list[Replacement] = []
        for blob in sorted({one.blob for one in waiting}):
            positions = _positions(context, blob, subject)
            if len(positions) and subject.is_plan:
                replacements.append(planned(blob, positions))
            elif len(positions):
                replacements.append(
                    blanked(context.blobs, blob, positions, layout=_layout, keep=_KEPT)
                )
        n = sum(one.n_rows for one in replacements)
        return Traces(kind=self.name, n=n, replacements=tuple(replacements))

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of messages, conditions, addresses and parameters."""
        return rub_out(connection, context.tenant, _TEXTS, subject.words)


class FileEraser:
    """Zeroes the bytes of erased rows' files in their packs, unless other rows name them too."""

    name = "files"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find the files of the rows and stage their packs without them."""
        shelf = all_packs(context)
        if not shelf.packs:
            return Traces(kind=self.name, n=0)
        with context.catalog.read() as connection:
            names = queries.dataset_names(connection, context.tenant)
        rows = BitMap64.union(subject.affected.any_revision, *subject.affected.batches.values())
        manifests = [one for name in names for one in history_of(context, name).manifests.values()]
        loose = loose_digests(context, rows, subject.words)
        own, shared = digests_of_rows(context.blobs, manifests, rows, loose)
        staged = erase_files(context.blobs, shelf, own, is_plan=subject.is_plan)
        obligations = tuple(
            ("file", f"file:{digest}", 1, "other rows name the same bytes: erase those too")
            for digest in hex_of(shared)
        )
        n = sum(one.n_rows for one in staged)
        return Traces(kind=self.name, n=n, replacements=staged, obligations=obligations)

    def rub_out(self, _connection: Any, _context: Context, _subject: Subject) -> int:
        """Change nothing: the catalog holds no names of files."""
        return 0


OFFERS = [QuarantineEraser(), FileEraser()]


def _positions(context: Context, blob: str, subject: Subject) -> I64:
    if not subject.words:
        return np.empty(0, np.int64)
    table = read_sealed(context.blobs, blob, list(_SEARCHED))
    hits = np.zeros(table.num_rows, np.bool_)
    for name in _SEARCHED:
        hits |= holds_word(table[name], subject.words)
    return np.flatnonzero(hits)


def _layout(_table: pa.Table) -> dict[str, Any]:
    return {"compression": "zstd"}
