"""The catalog's SQL on packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from headgate.core.times import now
from headgate.spine.store.packs.index import Pack
from headgate.spine.store.tables import datasets, packs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection


def pack_rows(connection: Connection, tenant: str) -> tuple[Pack, ...]:
    """List the packs there are, in the order of their keys."""
    query = select(packs).where(packs.c.tenant == tenant).order_by(packs.c.pack)
    return tuple(
        Pack(pack=row.pack, files=row.files, n_files=row.n_files, n_bytes=row.n_bytes)
        for row in connection.execute(query)
    )


def put_packs(connection: Connection, tenant: str, written: Sequence[Pack]) -> None:
    """Name packs; one that is named already stays as it is."""
    known = {one.pack for one in pack_rows(connection, tenant)}
    at = now()
    rows = [
        {
            "tenant": tenant,
            "pack": one.pack,
            "files": one.files,
            "n_files": one.n_files,
            "n_bytes": one.n_bytes,
            "created_at": at,
        }
        for one in {one.pack: one for one in written}.values()
        if one.pack not in known
    ]
    if rows:
        connection.execute(insert(packs), rows)


def reindex_pack(connection: Connection, tenant: str, pack: Pack) -> None:
    """Give a pack another index."""
    where = (packs.c.tenant == tenant, packs.c.pack == pack.pack)
    values = {"files": pack.files, "n_files": pack.n_files}
    connection.execute(update(packs).where(*where).values(values))


def drop_packs(connection: Connection, tenant: str, keys: Iterable[str]) -> None:
    """Name packs no more; their blobs stay until they are collected."""
    for key in keys:
        connection.execute(delete(packs).where(packs.c.tenant == tenant, packs.c.pack == key))


def dataset_kind(connection: Connection, tenant: str, dataset: str) -> str | None:
    """Say whether a dataset holds a table or files; nothing if there is none of that name."""
    query = select(datasets.c.kind).where(datasets.c.tenant == tenant, datasets.c.name == dataset)
    return connection.execute(query).scalar()


def mark_files(connection: Connection, tenant: str, dataset: str) -> None:
    """Remember that a dataset holds files."""
    where = (datasets.c.tenant == tenant, datasets.c.name == dataset, datasets.c.kind != "files")
    connection.execute(update(datasets).where(*where).values(kind="files"))
