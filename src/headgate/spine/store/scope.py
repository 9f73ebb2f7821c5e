"""Which rows a condition means: of a snapshot by their ids, of a table by their positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from headgate.spine.store.reading import target_of
from headgate.spine.store.scanning import live_dataset
from headgate.spine.store.segments import I64, RID
from headgate.spine.store.sql import filter_rows

if TYPE_CHECKING:
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest


def rids_meeting(blobs: Blobs, manifest: Manifest, condition: str) -> I64:
    """Return the ids of a snapshot's rows that meet a condition, sorted, shape (n,).

    Only the columns it names are read, and no row group that its statistics exclude.

    Raises:
        Invalid: the condition cannot be read.
    """
    rows = live_dataset(blobs, manifest.segments, target_of(manifest, own=[RID]))
    return np.sort(_integers(filter_rows(rows, condition, [RID])))


def positions_meeting(rows: pa.Table, condition: str) -> I64:
    """Return the positions of a table's rows that meet a condition, ascending, shape (n,).

    Raises:
        Invalid: the condition cannot be read.
    """
    numbered = rows.append_column(RID, pa.array(np.arange(rows.num_rows)))
    return np.sort(_integers(filter_rows(numbered, condition, [RID])))


def _integers(rows: pa.Table) -> I64:
    return np.asarray(rows[RID].combine_chunks(), np.int64)
