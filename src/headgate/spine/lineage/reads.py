"""What each run read: the snapshots, and which rows of them after filtering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3
from pyroaring import BitMap64
from sqlalchemy import bindparam, insert, select

from headgate.core.nouns import SnapshotRead
from headgate.spine.store.prepared import Prepared
from headgate.spine.store.tables import reads, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.store.blobs import Blobs


_ADD = Prepared(insert(reads))


class Read(msgspec.Struct, frozen=True):
    """A run's reading of one snapshot.

    Args:
        rowset: key of the bitmap of row ids that were read; none means all rows.
    """

    run_id: str
    dataset: str
    number: int
    version_id: str
    condition: str | None
    rowset: str | None
    n_rows: int

    @property
    def seen(self) -> SnapshotRead:
        """What a reader is told of it."""
        return SnapshotRead(
            dataset=self.dataset,
            number=self.number,
            version_id=self.version_id,
            condition=self.condition,
            n_rows=self.n_rows,
            is_whole=self.rowset is None,
        )


_ALL = (
    select(*(reads.c[name] for name in Read.__struct_fields__))
    .where(reads.c.tenant == bindparam("tenant"))
    .order_by(reads.c.run_id, reads.c.position)
)
_OF_RUNS = _ALL.where(reads.c.run_id.in_(bindparam("run_ids", expanding=True)))


def save_rowset(blobs: Blobs, rids: NDArray[np.int64]) -> str:
    """Write a set of row ids as a bitmap and return its key."""
    bitmap = BitMap64(rids.astype("u8"))
    bitmap.run_optimize()
    data = bitmap.serialize()
    digest = blake3(data).hexdigest()
    key = f"rowsets/{digest[:2]}/{digest}.roaring"
    blobs.put(key, data)
    return key


def load_rowset(blobs: Blobs, key: str) -> BitMap64:
    """Read a set of row ids."""
    return BitMap64.deserialize(blobs.get(key))


def put_read(
    connection: Connection,
    tenant: str,
    read: Read,
) -> bool:
    """Record a read; the same rows of the same snapshot are recorded once in a run.

    Returns:
        Whether it was new.
    """
    known = reads_of(connection, tenant, [read.run_id])
    if any((one.version_id, one.rowset) == (read.version_id, read.rowset) for one in known):
        return False
    _add(connection, tenant, [read], first=len(known))
    return True


def put_reads(connection: Connection, tenant: str, found: Sequence[Read]) -> None:
    """Record what a run read that is put down with it, so that there are no others of it."""
    each = {(one.version_id, one.rowset): one for one in found}
    if each:
        _add(connection, tenant, each.values(), first=0)


def read_of(
    run_id: str, snapshot: Snapshot, *, condition: str | None, rowset: str | None, n_rows: int
) -> Read:
    """Say that a run read rows of a snapshot."""
    return Read(
        run_id=run_id,
        dataset=snapshot.dataset,
        number=snapshot.number,
        version_id=snapshot.version_id,
        condition=condition,
        rowset=rowset,
        n_rows=n_rows,
    )


def reads_of(connection: Connection, tenant: str, run_ids: list[str] | None = None) -> list[Read]:
    """List the reads of some runs, or of all, in the order they were done."""
    given = {"tenant": tenant} if run_ids is None else {"tenant": tenant, "run_ids": run_ids}
    query = _ALL if run_ids is None else _OF_RUNS
    return [Read(*row) for row in connection.execute(query, given)]


def by_run(reads: Iterable[Read]) -> dict[str, list[Read]]:
    """Group reads by their run, each run's in their order."""
    grouped: dict[str, list[Read]] = {}
    for read in reads:
        grouped.setdefault(read.run_id, []).append(read)
    return grouped


def readers_among(
    connection: Connection, tenant: str, dataset: str, numbers: Iterable[int]
) -> set[str]:
    """Return the runs that read one of some snapshots of a dataset."""
    wanted = set(numbers)
    query = select(reads.c.run_id, reads.c.number).where(
        reads.c.tenant == tenant, reads.c.dataset == dataset
    )
    return {row.run_id for row in connection.execute(query) if row.number in wanted}


def written_by(
    connection: Connection, tenant: str, run_ids: Iterable[str]
) -> list[tuple[str, int]]:
    """List the snapshots that some runs wrote, as dataset and number."""
    query = (
        select(versions.c.dataset, versions.c.number)
        .where(versions.c.tenant == tenant, versions.c.run_id.in_(sorted(run_ids)))
        .order_by(versions.c.dataset, versions.c.number)
    )
    return [(row.dataset, row.number) for row in connection.execute(query)]


def _add(connection: Connection, tenant: str, found: Iterable[Read], *, first: int) -> None:
    """Add reads of a run; `first` is the place of the first among them."""
    rows = [
        {"tenant": tenant, "position": position, **msgspec.structs.asdict(read)}
        for position, read in enumerate(found, start=first)
    ]
    _ADD.run_all(connection, rows)
