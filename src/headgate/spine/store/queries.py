"""The catalog's SQL on datasets, versions, batches and counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from sqlalchemy import bindparam, desc, func, insert, select, update

from headgate.core.nouns import Column, Snapshot
from headgate.spine.store.refs import ancestry, steps_of
from headgate.spine.store.tables import batches, counters, datasets, refs, versions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

HEAD = "main"
ERASURES = "erasures"
"""Counter of erasures; whoever stages a commit while it moves stages again."""


_HEADS = (
    select(versions)
    .join(
        refs,
        (refs.c.tenant == versions.c.tenant)
        & (refs.c.dataset == versions.c.dataset)
        & (refs.c.number == versions.c.number),
    )
    .where(
        refs.c.tenant == bindparam("tenant"),
        refs.c.dataset.in_(bindparam("names", expanding=True)),
        refs.c.name == HEAD,
        refs.c.kind == "branch",
    )
)


class Pointer(NamedTuple):
    """A name that stands for one version of a dataset: its head, or a tag."""

    dataset: str
    name: str
    kind: Literal["branch", "tag"]
    number: int


def bump(connection: Connection, tenant: str, name: str, by: int) -> int:
    """Take the next `by` numbers of a counter and return the first, from 1 on."""
    where = (counters.c.tenant == tenant, counters.c.name == name)
    taken = connection.execute(
        update(counters)
        .where(*where)
        .values(value=counters.c.value + by)
        .returning(counters.c.value)
    ).scalar()
    if taken is None:
        connection.execute(insert(counters).values(tenant=tenant, name=name, value=by))
        taken = by
    return taken - by + 1


def counted(connection: Connection, tenant: str, name: str) -> int:
    """Return the last number taken of a counter, 0 if none was."""
    query = select(counters.c.value).where(counters.c.tenant == tenant, counters.c.name == name)
    return connection.execute(query).scalar() or 0


class Base(NamedTuple):
    """What a commit stands on; when any of it has moved, the commit is made again.

    Args:
        head: number of the branch's newest snapshot, 0 before the first.
        last: the highest number of the dataset, on whatever branch.
        n_erasures: erasures there have been in the project.
    """

    head: int
    last: int
    n_erasures: int


def base_of(connection: Connection, tenant: str, dataset: str, branch: str = HEAD) -> Base:
    """Return where a branch stands."""
    query = select(func.max(versions.c.number)).where(
        versions.c.tenant == tenant, versions.c.dataset == dataset
    )
    return Base(
        head=head_number(connection, tenant, dataset, branch),
        last=connection.execute(query).scalar() or 0,
        n_erasures=counted(connection, tenant, ERASURES),
    )


def head_number(connection: Connection, tenant: str, dataset: str, branch: str = HEAD) -> int:
    """Return the number of a branch's newest snapshot, 0 if there is none."""
    query = select(refs.c.number).where(
        refs.c.tenant == tenant,
        refs.c.dataset == dataset,
        refs.c.name == branch,
        refs.c.kind == "branch",
    )
    return connection.execute(query).scalar() or 0


def branches(connection: Connection, tenant: str, dataset: str) -> dict[str, int]:
    """Return the branches of a dataset and the numbers of their newest snapshots."""
    query = select(refs.c.name, refs.c.number).where(
        refs.c.tenant == tenant, refs.c.dataset == dataset, refs.c.kind == "branch"
    )
    return {row.name: row.number for row in connection.execute(query.order_by(refs.c.name))}


def dataset_key(connection: Connection, tenant: str, dataset: str) -> tuple[str, ...] | None:
    """Return the key a dataset was given, nothing if there is no such dataset."""
    text = connection.execute(
        select(datasets.c.key).where(datasets.c.tenant == tenant, datasets.c.name == dataset)
    ).scalar()
    return None if text is None else tuple(msgspec.json.decode(text))


def dataset_names(connection: Connection, tenant: str) -> list[str]:
    """List the datasets there are, in name order."""
    query = select(datasets.c.name).where(datasets.c.tenant == tenant).order_by(datasets.c.name)
    return list(connection.execute(query).scalars())


def put_dataset(
    connection: Connection, tenant: str, dataset: str, key: tuple[str, ...], at: datetime
) -> None:
    """Make a dataset, or give an existing one a key it had not."""
    text = msgspec.json.encode(key).decode()
    known = dataset_key(connection, tenant, dataset)
    where = (datasets.c.tenant == tenant, datasets.c.name == dataset)
    if known is None:
        row = {"tenant": tenant, "name": dataset, "key": text, "created_at": at}
        connection.execute(insert(datasets).values(row))
    elif key and key != known:
        connection.execute(update(datasets).where(*where).values(key=text))


def put_version(connection: Connection, tenant: str, row: dict[str, Any]) -> None:
    """Add a version and move its branch to it."""
    connection.execute(insert(versions).values(tenant=tenant, **row))
    put_ref(connection, tenant, Pointer(row["dataset"], row["branch"], "branch", row["number"]))


def put_ref(connection: Connection, tenant: str, to: Pointer) -> None:
    """Point a branch or tag at a version."""
    where = (refs.c.tenant == tenant, refs.c.dataset == to.dataset, refs.c.name == to.name)
    moved = connection.execute(update(refs).where(*where).values(number=to.number))
    if not moved.rowcount:
        connection.execute(insert(refs).values(tenant=tenant, **to._asdict()))


def tags(connection: Connection, tenant: str, dataset: str) -> dict[str, int]:
    """Return the tags of a dataset and the numbers they point at."""
    query = select(refs.c.name, refs.c.number).where(
        refs.c.tenant == tenant, refs.c.dataset == dataset, refs.c.kind == "tag"
    )
    return {row.name: row.number for row in connection.execute(query)}


def version_by_number(
    connection: Connection, tenant: str, dataset: str, number: int
) -> Snapshot | None:
    """Return one version of a dataset."""
    query = select(versions).where(
        versions.c.tenant == tenant, versions.c.dataset == dataset, versions.c.number == number
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else snapshot_of(row)


def head_versions(connection: Connection, tenant: str, names: list[str]) -> list[Snapshot]:
    """List the newest versions of the main branches of some datasets, in any order."""
    return [
        snapshot_of(row)
        for row in connection.execute(_HEADS, {"tenant": tenant, "names": names}).mappings()
    ]


def version_rows(
    connection: Connection, tenant: str, dataset: str | None = None, *, limit: int | None = None
) -> list[Snapshot]:
    """List versions, the newest first; of every dataset if none is named."""
    query = select(versions).where(versions.c.tenant == tenant)
    if dataset is not None:
        query = query.where(versions.c.dataset == dataset)
    query = query.order_by(desc(versions.c.created_at), desc(versions.c.number)).limit(limit)
    return [snapshot_of(row) for row in connection.execute(query).mappings()]


def versions_by_id(connection: Connection, tenant: str, prefix: str) -> list[Snapshot]:
    """List versions whose id begins with some hexadecimal digits."""
    query = select(versions).where(
        versions.c.tenant == tenant, versions.c.version_id.startswith(prefix, autoescape=True)
    )
    return [snapshot_of(row) for row in connection.execute(query).mappings()]


def version_before(
    connection: Connection, tenant: str, dataset: str, moment: datetime
) -> Snapshot | None:
    """Return the version of the main branch that stood at a moment."""
    query = (
        select(versions)
        .where(
            versions.c.tenant == tenant,
            versions.c.dataset == dataset,
            versions.c.branch == HEAD,
            versions.c.created_at <= moment,
        )
        .order_by(desc(versions.c.number))
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else snapshot_of(row)


def put_batch(connection: Connection, tenant: str, row: dict[str, Any]) -> None:
    """Add a batch."""
    connection.execute(insert(batches).values(tenant=tenant, **row))


def taken_digests(
    connection: Connection, tenant: str, dataset: str, digests: list[str], branch: str = HEAD
) -> set[str]:
    """Return those digests of objects that a branch of a dataset has taken in already.

    What was taken on another branch counts from the merge on.
    """
    query = select(batches.c.digest, batches.c.number).where(
        batches.c.tenant == tenant,
        batches.c.dataset == dataset,
        batches.c.digest.in_(digests),
    )
    taken = connection.execute(query).all()
    if not taken:
        return set()
    head = head_number(connection, tenant, dataset, branch)
    stands_on = ancestry(steps_of(connection, tenant, dataset), head)
    return {row.digest for row in taken if row.number in stands_on}


def count_versions(connection: Connection, tenant: str) -> dict[str, int]:
    """Return the number of versions of each dataset."""
    query = (
        select(versions.c.dataset, func.count().label("n_versions"))
        .where(versions.c.tenant == tenant)
        .group_by(versions.c.dataset)
    )
    return {row.dataset: row.n_versions for row in connection.execute(query)}


def snapshot_of(row: RowMapping) -> Snapshot:
    """Read a version's row as a snapshot."""
    return Snapshot(
        dataset=row["dataset"],
        number=row["number"],
        version_id=row["version_id"],
        content_root=row["content_root"],
        n_rows=row["n_rows"],
        n_added=row["n_added"],
        n_removed=row["n_removed"],
        n_changed=row["n_changed"],
        n_quarantined=row["n_quarantined"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        message=row["message"],
        run_id=row["run_id"],
        columns=tuple(msgspec.json.decode(row["columns"], type=list[Column])),
        **{name: row[name] for name in ("branch", "parent", "merged_from", "kind", "expired_at")},
    )
