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
from headgate.spine.store import quarantine, quarantine_deeds, queries, tables
from headgate.spine.store.erasing.blanking import Replacement, blanked, planned
from headgate.spine.store.erasing.words import holds_word, rub_out
from headgate.spine.store.packs.index import hex_of
from headgate.spine.store.packs.upkeep import digests_of_rows, erase_files
from headgate.spine.store.sealed import GROUP_ROWS, read_sealed

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject
    from headgate.spine.store.segments import I64

NO_ROW = pa.scalar(0, pa.int64())
_SEARCHED = ("raw", "reason", "uri")
_KEPT = ("batch", "line", "number", "rid")
_TEXTS = (
    tables.versions.c.message,
    tables.reads.c.condition,
    tables.batches.c.uri,
    tables.runs.c.parameters,
    tables.runs.c.environment,
    tables.runs.c.metrics,
    tables.runs.c.error,
    tables.quarantine_deeds.c.because,
)


class QuarantineEraser:
    """Blanks quarantined records that name a subject, or became one of its rows.

    Old and new text of a record go together; that it was there stays known.
    """

    name = "quarantined rows"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find the records, in whatever state, and stage every file that tells of them anew."""
        with context.catalog.read() as connection:
            waiting = quarantine.listed(connection, context.tenant)
            done = quarantine_deeds.deeds_of(connection, context.tenant)
        replacements: list[Replacement] = []
        n_records = 0
        for entry in waiting:
            files = [entry.blob, *(one.blob for one in done.get(entry.rev, []) if one.blob)]
            contents = {blob: read_sealed(context.blobs, blob) for blob in dict.fromkeys(files)}
            hits = np.unique(np.concatenate([_named(one, subject) for one in contents.values()]))
            n_records += len(hits)
            for blob, table in contents.items() if len(hits) else ():
                positions = np.flatnonzero(np.isin(_numbers(table), hits))
                replacements += _replaced(context, blob, positions, subject)
        return Traces(kind=self.name, n=n_records, replacements=tuple(replacements))

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


def _numbers(table: pa.Table) -> I64:
    """Return the number of the record that each row of a file tells of."""
    if "number" in table.column_names:
        return table["number"].to_numpy()
    return np.arange(1, table.num_rows + 1)


def _named(table: pa.Table, subject: Subject) -> I64:
    """Return the numbers of the records that name a subject, or became one of its rows."""
    hits = np.zeros(table.num_rows, np.bool_)
    for name in _SEARCHED if subject.words else ():
        if name in table.column_names:
            hits |= holds_word(table[name], subject.words)
    if "rid" in table.column_names:
        gone = subject.affected.any_revision
        hits |= np.array([rid in gone for rid in table["rid"].fill_null(NO_ROW).to_pylist()])
    return _numbers(table)[hits]


def _replaced(
    context: Context, blob: str, positions: I64, subject: Subject
) -> tuple[Replacement, ...]:
    if not len(positions):
        return ()
    if subject.is_plan:
        return (planned(blob, positions),)
    return (blanked(context.blobs, blob, positions, layout=_layout, keep=_KEPT),)


def _layout(_table: pa.Table) -> dict[str, Any]:
    return {"compression": "zstd", "row_group_size": GROUP_ROWS}
