"""Finds where an application that writes twice has written once: the database's changes beside it.

One side is fed by the database's own log, the other by the application. Rows are paired by key,
compared in the columns both have, and told with the two times: when the database changed the row,
and when the other side's row arrived.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.ingest import places
from headgate.ingest.requests import Apart, CompareReport, CompareRequest
from headgate.spine.context import Context
from headgate.spine.lineage.batches import by_rev
from headgate.spine.store import queries
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import REV
from headgate.spine.store.snapshots import find_snapshot, manifest_of


@dataclass(frozen=True)
class Table:
    """One of the two sides.

    Args:
        name: as `customers@3`.
        rows: all of them, with their batch.
        key: columns that identify a row, if the dataset has any.
    """

    name: str
    rows: pa.Table
    key: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The user's columns."""
        return [name for name in self.rows.column_names if name != REV]

    def at(self, index: int | None) -> dict[str, Any]:
        """Return one row, empty if there is none."""
        return {} if index is None else self.rows.slice(index, 1).to_pylist()[0]


@dataclass(frozen=True)
class Pair:
    """Where a key stands on the two sides that differ in it."""

    digest: str
    a: int | None
    b: int | None

    @property
    def kind(self) -> Literal["only changes", "only direct", "differing"]:
        """Name what is the matter."""
        if self.b is None:
            return "only changes"
        return "only direct" if self.a is None else "differing"


def compare(context: Context, request: CompareRequest) -> CompareReport:
    """Compare a dataset that changes feed with one that an application writes to.

    Raises:
        NotFound: there is no such dataset or key column.
        Invalid: no change ever came into the first one, or no key is known.
    """
    told = _told(context, request.changes)
    a, b = _opened(context, request.changes), _opened(context, request.direct)
    key = _key(request, a, b)
    pairs, n_same = _paired(a, b, key)
    found = list(zip(pairs, _timed(context, b, pairs, told), strict=True))
    until = now() - timedelta(seconds=request.settle_s)
    settled = [each for each in found if _newest(each[1]) <= until]
    settled.sort(key=lambda each: -abs(each[1].apart_s or 0.0))
    kinds = Counter(one.kind for _, one in settled)
    return CompareReport(
        changes=a.name,
        direct=b.name,
        key=key,
        n_same=n_same,
        n_only_changes=kinds["only changes"],
        n_only_direct=kinds["only direct"],
        n_differing=kinds["differing"],
        n_settling=len(found) - len(settled),
        columns_unpaired=tuple(sorted(set(a.columns) ^ set(b.columns))),
        apart=[_described(a, b, key, *each) for each in settled[: request.limit]],
        has_findings=bool(settled),
    )


def _told(context: Context, dataset: str) -> dict[str, tuple[datetime | None, bool]]:
    """Return by key's digest when the database changed a row, and whether it deleted it."""
    name = dataset.partition("@")[0] + places.SUFFIX
    with context.catalog.read() as connection:
        names = queries.dataset_names(connection, context.tenant)
    if name not in names and name.removesuffix(places.SUFFIX) in names:
        raise Invalid(
            f"no change ever came into {dataset}, so its rows have no time",
            mend=f"compare any two tables with: headgate dataset verify {dataset} OTHER",
        )
    if name not in names:
        raise NotFound.among("dataset", name.removesuffix(places.SUFFIX), names)
    state = manifest_of(context, find_snapshot(context, name))
    table = read_rows(context.blobs, state, ["key", "changed_at", "is_deleted"])
    columns = [column.to_pylist() for column in table.columns]
    return {digest: (at, gone) for digest, at, gone in zip(*columns, strict=True)}


def _opened(context: Context, ref: str) -> Table:
    snapshot = find_snapshot(context, ref)
    manifest = manifest_of(context, snapshot)
    rows = read_rows(context.blobs, manifest, own=(REV,))
    return Table(f"{snapshot.dataset}@{snapshot.number}", rows, manifest.key)


def _key(request: CompareRequest, a: Table, b: Table) -> tuple[str, ...]:
    key = request.key or a.key
    if not key:
        raise Invalid(f"{a.name} has no key to pair rows by", mend="name its columns: --key id")
    for table in (a, b):
        for name in key:
            if name not in table.columns:
                raise NotFound.among(f"key column of {table.name}", name, table.columns)
            if pc.any(pc.is_null(table.rows[name])).as_py():
                raise Invalid(f"key column {name} of {table.name} holds nulls", mend="use another")
    return key


def _paired(a: Table, b: Table, key: tuple[str, ...]) -> tuple[list[Pair], int]:
    """Return the keys in which two sides differ, and how many rows are the same."""
    common = [name for name in a.columns if name in b.columns]
    left, right = _places_of(a, key), _places_of(b, key)
    hashes = [row_hashes(canonical(table.rows.select(common))) for table in (a, b)]
    pairs = [Pair(digest, None, at) for digest, at in right.items() if digest not in left]
    n_same = 0
    for digest, at in left.items():
        other = right.get(digest)
        if other is not None and (hashes[0][at] == hashes[1][other]).all():
            n_same += 1
        else:
            pairs.append(Pair(digest, at, other))
    return pairs, n_same


def _places_of(table: Table, key: tuple[str, ...]) -> dict[str, int]:
    digests = places.digests_of(table.rows, key)
    found = {digest: index for index, digest in enumerate(digests) if digest is not None}
    if len(found) != len(digests):
        raise Invalid(
            f"{len(digests) - len(found)} rows of {table.name} have a key that another row has",
            mend="name all columns of the key: --key id,region",
        )
    return found


def _timed(
    context: Context,
    b: Table,
    pairs: list[Pair],
    told: dict[str, tuple[datetime | None, bool]],
) -> list[Apart]:
    """Say of each pair when the change was, when the other row arrived, and how far apart."""
    revs: list[Any] = b.rows[REV].to_pylist()
    arrived = _arrivals(context, sorted({revs[pair.b] for pair in pairs if pair.b is not None}))
    timed: list[Apart] = []
    for pair in pairs:
        changed_at, is_deleted = told.get(pair.digest, (None, False))
        at = None if pair.b is None else arrived.get(revs[pair.b])
        one = Apart(
            kind=pair.kind,
            key={},
            changed_at=changed_at,
            is_deleted=is_deleted,
            written_at=at,
            apart_s=(at - changed_at).total_seconds() if at and changed_at else None,
        )
        timed.append(one)
    return timed


def _arrivals(context: Context, revs: list[int]) -> dict[int, datetime]:
    with context.catalog.read() as connection:
        found = by_rev(connection, context.tenant, revs)
    return {batch.rev: batch.arrived_at for batch in found}


def _described(a: Table, b: Table, key: tuple[str, ...], pair: Pair, one: Apart) -> Apart:
    """Add the key's values, and where the two rows differ."""
    here, there = a.at(pair.a), b.at(pair.b)
    shared = [name for name in a.columns if name in b.columns]
    differs = [name for name in shared if here and there and here[name] != there[name]]
    values = {name: (here or there)[name] for name in key}
    return msgspec.structs.replace(one, key=values, columns=tuple(differs))


def _newest(one: Apart) -> datetime:
    """Return the later of a finding's two times; long ago if it has none."""
    times = [at for at in (one.changed_at, one.written_at) if at is not None]
    return max(times, default=datetime.fromtimestamp(0, now().tzinfo))
