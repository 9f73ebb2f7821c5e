"""Parts a snapshot's rows by where they came from, and holds each part against the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from headgate.core.errors import NotFound
from headgate.monitor.sources.comparing import Rows, differences
from headgate.monitor.sources.reports import SourceDiffReport, SourceDiffRequest, SourceWording
from headgate.spine.context import Step
from headgate.spine.lineage.batches import of_dataset
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import REV, RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.lineage.batches import Batch

NO_SOURCE = "(by hand)"
EVER = datetime(1, 1, 1, tzinfo=UTC)


def diff(context: Context, request: SourceDiffRequest) -> SourceDiffReport:
    """Say what sources have otherwise than the others.

    Raises:
        NotFound: there is no such dataset, snapshot, column or source.
    """
    snapshot = find_snapshot(context, request.dataset, request.at)
    manifest = manifest_of(context, snapshot)
    table = read_rows(context.blobs, manifest, list(request.columns) or None, own=[RID, REV])
    columns = [name for name in table.column_names if name not in {RID, REV}]
    revs = np.asarray(table[REV].combine_chunks())
    with context.catalog.read() as connection:
        batches = of_dataset(connection, context.tenant, snapshot.dataset, EVER)
    origin = {one.rev: _named(one) for one in batches}
    names = _newest_first(batches)
    if request.source is not None and request.source not in names:
        raise NotFound.among(f"source of {request.dataset}", request.source, names)
    known, codes = np.unique([origin[rev] for rev in revs.tolist()], return_inverse=True)
    found: list[SourceWording] = []
    wanted = [name for name in names if request.source in {None, name}]
    for done, name in enumerate(wanted):
        context.progress(Step("comparing", done, len(wanted), "sources"))
        mine = (
            codes == np.searchsorted(known, name) if name in known else np.zeros(len(codes), bool)
        )
        told = differences(Rows(table, mine), columns) if 0 < mine.sum() < len(mine) else []
        shown = tuple(told[: request.limit])
        found.append(
            SourceWording(
                source=name,
                first_at=names[name],
                n_rows=int(mine.sum()),
                n_quarantined=sum(each.n_quarantined for each in batches if _named(each) == name),
                differences=shown,
                n_more=len(told) - len(shown),
            )
        )
    return SourceDiffReport(f"{snapshot.dataset}@{snapshot.number}", tuple(found))


def _newest_first(batches: list[Batch]) -> dict[str, str]:
    """Return when the first rows of each source came, the newest source first."""
    first: dict[str, str] = {}
    for one in sorted(batches, key=lambda one: one.arrived_at):
        first.setdefault(_named(one), one.arrived_at.isoformat())
    return dict(sorted(first.items(), key=lambda one: one[1], reverse=True))


def _named(batch: Batch) -> str:
    return batch.source or NO_SOURCE
