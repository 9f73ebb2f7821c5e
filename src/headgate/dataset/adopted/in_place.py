"""Puts tables that stay where they lie on record: a row for each piece, with its digest.

A piece is a file, or a whole table of a database. Nothing of it is copied.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from headgate.core.errors import Conflict
from headgate.dataset.adopted.reports import TableAdopted
from headgate.spine.lineage.foreign import links
from headgate.spine.lineage.foreign.told import node_of
from headgate.spine.store.queries import dataset_names
from headgate.spine.store.reading import read_rows
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.told import Named

SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("digest", pa.string()),
        ("n_rows", pa.int64()),
        ("n_bytes", pa.int64()),
    ]
)


class Piece(NamedTuple):
    """A file, or a table of a database, as it is now.

    Args:
        path: where it lies.
        digest: of its content.
        n_rows: rows in it [count].
        n_bytes: its size [bytes].
        changed_at: since when it may be as it is.
    """

    path: str
    digest: str
    n_rows: int
    n_bytes: int
    changed_at: datetime


class Before(NamedTuple):
    """What stands of an adopted table: the digests by path, and since when."""

    digests: dict[str, str]
    at: datetime | None


def standing(context: Context, name: str) -> Before:
    """Return the newest version of an adopted table; nothing in it if there is none.

    Raises:
        Conflict: there is a dataset of that name that is no adopted table.
    """
    with context.catalog.read() as connection:
        if name not in dataset_names(connection, context.tenant):
            return Before({}, None)
    snapshot = find_snapshot(context, name)
    rows = pieces_of(context, snapshot)
    if rows is None:
        raise Conflict(
            f"there is a dataset {name!r} already, and it is no adopted table",
            mend="choose another name: --as NAME",
        )
    digests = {one["path"]: one["digest"] for one in rows.to_pylist()}
    return Before(digests, snapshot.created_at)


def pieces_of(context: Context, snapshot: Snapshot) -> pa.Table | None:
    """Return the pieces of a version, in order of path; nothing if it is no adopted table."""
    rows = read_rows(context.blobs, manifest_of(context, snapshot))
    return rows.sort_by("path") if rows.schema.names == SCHEMA.names else None


def put_version(
    context: Context, name: str, pieces: Sequence[Piece], places: Sequence[Named]
) -> TableAdopted:
    """Put a table's pieces on record as its next version, if any is not as it was.

    Args:
        context: the project.
        name: the dataset's name.
        pieces: all of the table.
        places: what others may call the table, or a part of it.

    Raises:
        Conflict: there is a dataset of that name that is no adopted table.
    """
    known = standing(context, name).digests
    write = Write(name, key=("path",), message="adopted")
    with Work(context) as work:
        snapshot = work.write(write, _parts(name, pieces, known))
        _link(context, work, name, places)
    return TableAdopted(
        dataset=name,
        snapshot=f"{name}@{snapshot.number}",
        n_files=len(pieces),
        n_rows=sum(one.n_rows for one in pieces),
        n_bytes=sum(one.n_bytes for one in pieces),
        is_new=known != {one.path: one.digest for one in pieces},
    )


def _parts(name: str, pieces: Sequence[Piece], known: dict[str, str]) -> list[Part]:
    """Make a batch of each piece that is new or changed, and one of all others."""
    fresh = [one for one in pieces if known.get(one.path) != one.digest]
    same = [one for one in pieces if known.get(one.path) == one.digest]
    parts = [_part(name, [one]) for one in fresh]
    return [_part(name, same), *parts] if same else parts


def _part(name: str, pieces: Sequence[Piece]) -> Part:
    rows: list[dict[str, Any]] = [
        {field: getattr(one, field) for field in SCHEMA.names} for one in pieces
    ]
    origin = Origin(
        kind="ingest",
        arrived_at=min(one.changed_at for one in pieces),
        source=name,
        uri=pieces[0].path,
    )
    return Part(pa.Table.from_pylist(rows, SCHEMA), origin)


def _link(context: Context, work: Work, name: str, places: Sequence[Named]) -> None:
    """Say that these places are ours, whoever may tell of them."""
    tenant, actor = context.tenant, context.actor
    fresh = [
        place
        for place in places
        if links.put_link(work.connection, tenant, node_of("dataset", place), name, actor)
    ]
    if fresh:
        work.record("table_adopted", f"dataset:{name}", {"n_places": len(fresh)})
