"""The catalog's SQL on datasets, versions, batches and counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from sqlalchemy import desc, func, select

from headgate.core.nouns import Column, Snapshot
from headgate.spine.store import statements
from headgate.spine.store.refs import ancestry, steps_of
from headgate.spine.store.tables import batches, datasets, refs, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

HEAD = "main"
ERASURES = "erasures"
"""Counter of erasures; whoever stages a commit while it moves stages again."""
CONTRACTS = "contracts"
"""Counter of changes of which contracts are in force; a commit is staged again likewise."""


_COLUMNS = msgspec.json.Decoder(tuple[Column, ...])


class Pointer(NamedTuple):
    """A name that stands for one version of a dataset: its head, or a tag."""

    dataset: str
    name: str
    kind: Literal["branch", "tag"]
    number: int


def bump(connection: Connection, tenant: str, name: str, by: int) -> int:
    """Take the next `by` numbers of a counter and return the first, from 1 on."""
    taken = statements.BUMP.run(connection, {"of": tenant, "counter": name, "by": by}).scalar()
    if taken is None:
        statements.COUNT.run(connection, {"tenant": tenant, "name": name, "value": by})
        taken = by
    return taken - by + 1


def mint(connection: Connection, tenant: str, n_rows: int, n_batches: int) -> tuple[int, int]:
    """Take row ids and batch numbers and return the first of each, from 1 on."""
    taken = {"rid": n_rows, "rev": n_batches}
    rows = statements.MINT.run(connection, {"of": tenant, **taken})
    ends = {row.name: row.value for row in rows}
    rid, rev = (
        ends[name] - by + 1 if name in ends else bump(connection, tenant, name, by)
        for name, by in taken.items()
    )
    return rid, rev


def counted(connection: Connection, tenant: str, name: str) -> int:
    """Return the last number taken of a counter, 0 if none was."""
    return connection.execute(statements.COUNTED, {"tenant": tenant, "counter": name}).scalar() or 0


class Base(NamedTuple):
    """What a commit stands on; when any of it has moved, the commit is made again.

    Args:
        head: number of the branch's newest snapshot, 0 before the first.
        last: the highest number of the dataset, on whatever branch.
        n_erasures: erasures there have been in the project.
        key: the key the dataset was given; nothing if there is no such dataset.
        is_protected: the branch takes merges only.
        n_contracts: how often it changed which contracts are in force.
    """

    head: int
    last: int
    n_erasures: int
    key: tuple[str, ...] | None
    is_protected: bool
    n_contracts: int = 0


def base_of(connection: Connection, tenant: str, dataset: str, branch: str = HEAD) -> Base:
    """Return where a branch stands."""
    names = _standing(tenant, dataset, branch)
    return _base(statements.PLACE.run(connection, names).mappings().one())


def state_of(
    connection: Connection, tenant: str, dataset: str, branch: str = HEAD
) -> tuple[Base, Snapshot | None]:
    """Return where a branch stands, and its newest version if it has one."""
    names = _standing(tenant, dataset, branch)
    row = connection.execute(statements.STANDING, names).mappings().one()
    return _base(row), snapshot_of(row) if row["head"] else None


def _standing(tenant: str, dataset: str, branch: str) -> dict[str, str]:
    counters = {"erasures": ERASURES, "contracts": CONTRACTS}
    return {"tenant": tenant, "dataset": dataset, "branch": branch, **counters}


def _base(row: RowMapping) -> Base:
    key = row["dataset_key"]
    return Base(
        head=row["head"] or 0,
        last=row["last"] or 0,
        n_erasures=row["n_erasures"] or 0,
        key=None if key is None else tuple(msgspec.json.decode(key)),
        is_protected=bool(row["is_protected"]),
        n_contracts=row["n_contracts"] or 0,
    )


def head_number(connection: Connection, tenant: str, dataset: str, branch: str = HEAD) -> int:
    """Return the number of a branch's newest snapshot, 0 if there is none."""
    names = {"tenant": tenant, "dataset": dataset, "branch": branch}
    return connection.execute(statements.HEAD_NUMBER, names).scalar() or 0


def branches(connection: Connection, tenant: str, dataset: str) -> dict[str, int]:
    """Return the branches of a dataset and the numbers of their newest snapshots."""
    query = select(refs.c.name, refs.c.number).where(
        refs.c.tenant == tenant, refs.c.dataset == dataset, refs.c.kind == "branch"
    )
    return {row.name: row.number for row in connection.execute(query.order_by(refs.c.name))}


def dataset_key(connection: Connection, tenant: str, dataset: str) -> tuple[str, ...] | None:
    """Return the key a dataset was given, nothing if there is no such dataset."""
    text = connection.execute(statements.KEY, {"tenant": tenant, "dataset": dataset}).scalar()
    return None if text is None else tuple(msgspec.json.decode(text))


def dataset_names(connection: Connection, tenant: str) -> list[str]:
    """List the datasets there are, in name order."""
    query = select(datasets.c.name).where(datasets.c.tenant == tenant).order_by(datasets.c.name)
    return list(connection.execute(query).scalars())


def put_dataset(
    connection: Connection, tenant: str, dataset: str, key: tuple[str, ...], at: datetime
) -> None:
    """Make a dataset."""
    row = {"tenant": tenant, "name": dataset, "key": _text(key), "created_at": at}
    statements.ADD_DATASET.run(connection, row)


def put_key(connection: Connection, tenant: str, dataset: str, key: tuple[str, ...]) -> None:
    """Give a dataset another key."""
    statements.SET_KEY.run(connection, {"of": tenant, "dataset": dataset, "to": _text(key)})


def put_version(connection: Connection, tenant: str, row: dict[str, Any]) -> None:
    """Add a version and move its branch to it; the first of a dataset makes the branch."""
    statements.ADD_VERSION.run(connection, {"tenant": tenant, **row})
    to = Pointer(row["dataset"], row["branch"], "branch", row["number"])
    if row["parent"] is None:
        _add_ref(connection, tenant, to)
    else:
        _move_ref(connection, tenant, to)


def put_ref(connection: Connection, tenant: str, to: Pointer) -> None:
    """Point a branch or tag at a version."""
    if not _move_ref(connection, tenant, to):
        _add_ref(connection, tenant, to)


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
    names = {"tenant": tenant, "dataset": dataset, "number": number}
    row = connection.execute(statements.VERSION, names).mappings().first()
    return None if row is None else snapshot_of(row)


def is_kept(connection: Connection, tenant: str, dataset: str, number: int) -> bool:
    """Say whether there is a version whose files retention has not given up."""
    names = {"tenant": tenant, "dataset": dataset, "number": number}
    return statements.IS_KEPT.run(connection, names).first() is not None


def head_versions(connection: Connection, tenant: str, names: list[str]) -> list[Snapshot]:
    """List the newest versions of the main branches of some datasets, in any order."""
    given = {"tenant": tenant, "names": names, "branch": HEAD}
    return [snapshot_of(row) for row in connection.execute(statements.HEADS, given).mappings()]


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


def put_batches(connection: Connection, tenant: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add batches; at least one."""
    statements.ADD_BATCH.run_all(connection, [{"tenant": tenant, **row} for row in rows])


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


def snapshot_of(row: Mapping[Any, Any]) -> Snapshot:
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
        columns=_COLUMNS.decode(row["columns"]),
        **{name: row[name] for name in ("branch", "parent", "merged_from", "kind", "expired_at")},
    )


def _add_ref(connection: Connection, tenant: str, to: Pointer) -> None:
    statements.ADD_REF.run(connection, {"tenant": tenant, **to._asdict()})


def _move_ref(connection: Connection, tenant: str, to: Pointer) -> bool:
    """Point a name that is there at a version; say whether it was."""
    where = {"of": tenant, "in_dataset": to.dataset, "named": to.name}
    moved = statements.MOVE_REF.run(connection, {**where, "to": to.number})
    return moved.rowcount > 0


def _text(key: tuple[str, ...]) -> str:
    return msgspec.json.encode(key).decode()
