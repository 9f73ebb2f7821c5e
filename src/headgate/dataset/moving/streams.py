"""A snapshot's rows as a stream in constant memory, and the content root of any stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import NotFound
from headgate.dataset.formats.files import Stream
from headgate.dataset.formats.form import BATCH_ROWS
from headgate.spine.context import Step
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.manifest import root_of, shifted
from headgate.spine.store.reading import fitted
from headgate.spine.store.segments import RID, read_segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

_NONE = np.empty((0, 2), np.uint64)


class Tally:
    """Adds up rows into the content root that a snapshot of them would have."""

    def __init__(self) -> None:
        self.n_rows = 0
        self.lanes = (0, 0)
        self.names: tuple[str, ...] = ()

    def add(self, rows: pa.Table) -> Any:
        """Add rows; return their hashes, shape (n, 2)."""
        hashes = row_hashes(canonical(rows))
        self.names = tuple(rows.column_names)
        self.n_rows += rows.num_rows
        self.lanes = shifted(self.lanes, added=hashes, removed=_NONE)
        return hashes

    @property
    def content_root(self) -> str:
        """The content root of what was added."""
        return root_of(self.n_rows, self.names, self.lanes)


def tallied(stream: Stream, target: pa.Schema | None = None) -> Tally:
    """Read a stream to its end and add it up.

    Args:
        stream: the rows.
        target: the types to read them as.
    """
    tally = Tally()
    tally.names = tuple(stream.schema.names)
    for batch in stream:
        rows = pa.Table.from_batches([batch])
        tally.add(rows if target is None else fitted(rows, target, rows.num_rows))
    return tally


def rows_of(
    context: Context,
    snapshot: Snapshot,
    manifest: Manifest,
    columns: Sequence[str] | None = None,
    *,
    row_ids: bool = False,
) -> Stream:
    """Read a snapshot segment by segment; progress is told in rows.

    Args:
        context: the project.
        snapshot: which.
        manifest: its manifest.
        columns: of the user's; all if not given.
        row_ids: put each row's id first.

    Raises:
        NotFound: the snapshot has no such column.
    """
    schema = manifest.schema
    for name in columns or ():
        if name not in schema.names:
            raise NotFound.among(f"column of {snapshot.dataset}", name, schema.names)
    own = [pa.field(RID, pa.int64())] if row_ids else []
    names = schema.names if columns is None else columns
    target = pa.schema([*own, *(schema.field(name) for name in names)])

    def batches() -> Iterator[Any]:
        done = 0
        for segment in manifest.segments:
            rows = read_segment(context.blobs, segment, target.names)
            yield from fitted(rows, target, segment.n_live).to_batches(max_chunksize=BATCH_ROWS)
            done += segment.n_live
            context.progress(Step(f"reading {snapshot.dataset}", done, manifest.n_rows))

    return Stream(target, batches())
