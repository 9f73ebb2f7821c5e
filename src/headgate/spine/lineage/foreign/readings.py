"""Readings of foreign lineage: namespaces, jobs, datasets, runs, and what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, desc, exists, func, or_, select

from headgate.spine.lineage.foreign.asking import asked
from headgate.spine.lineage.foreign.gather import NodeRow, RunRow
from headgate.spine.lineage.foreign.tables import (
    foreign_edges,
    foreign_nodes,
    foreign_runs,
    foreign_uses,
)
from headgate.spine.lineage.foreign.told import SHARING, Named, run_of
from headgate.spine.store.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, RowMapping

    from headgate.spine.lineage.foreign.told import Kind, Role


_NODES = "select {columns} from foreign_nodes where tenant = {tenant} and node in ({some})"
_RUNS = "select {columns} from foreign_runs where tenant = {tenant} and run in ({some})"
_AROUND = (
    "select {start}, {end} from foreign_edges "
    "where tenant = {tenant} and role = '{role}' and {start} in ({some})"
)
_LATEST = """
select (
    select run from foreign_runs where tenant = {tenant} and job = wanted.value
    order by first_us desc, run desc limit 1
) from ({some}) as wanted
"""
_USED = (
    "select run, role, node, version from foreign_uses where tenant = {tenant} and run in ({some})"
)


class Namespace(NamedTuple):
    """A namespace, and when something in it was first and last told of."""

    name: str
    first_us: int
    last_us: int


class Page(msgspec.Struct, frozen=True):
    """Which part of a long list is wanted.

    Args:
        limit: entries at most [count].
        offset: entries left out before them [count].
    """

    limit: int = 100
    offset: int = 0


def namespaces(connection: Connection, tenant: str) -> list[Namespace]:
    """List the namespaces in name order."""
    at = foreign_nodes.c
    query = select(at.namespace, func.min(at.first_us), func.max(at.last_us))
    query = query.where(at.tenant == tenant).group_by(at.namespace).order_by(at.namespace)
    return [Namespace(*row) for row in connection.execute(query)]


def list_nodes(
    connection: Connection, tenant: str, kind: Kind, namespace: str | None, page: Page
) -> tuple[list[NodeRow], int]:
    """List jobs or datasets in name order, of one namespace if it is given, and count them all."""
    at = foreign_nodes.c
    where = [at.tenant == tenant, at.kind == kind]
    if namespace is not None:
        where.append(at.namespace == namespace)
    n_all = connection.execute(select(func.count()).select_from(foreign_nodes).where(*where))
    query = select(foreign_nodes).where(*where).order_by(at.namespace, at.name)
    query = query.limit(page.limit).offset(page.offset)
    rows = connection.execute(query).mappings()
    return [_node(row) for row in rows], n_all.scalar() or 0


def jobs_in(connection: Connection, tenant: str, namespace: str) -> frozenset[int]:
    """Return the jobs of a namespace."""
    at = foreign_nodes.c
    query = select(at.node).where(at.tenant == tenant, at.kind == "job", at.namespace == namespace)
    return frozenset(connection.execute(query).scalars())


def nodes(connection: Connection, tenant: str, numbers: Iterable[int]) -> dict[int, NodeRow]:
    """Return some nodes by number; those nobody told of are left out."""
    columns = ", ".join(NodeRow.__struct_fields__)
    rows = asked(connection, _NODES, tenant, set(numbers), columns=columns)
    return {row[0]: NodeRow(*row) for row in rows}


def around(
    connection: Connection, tenant: str, numbers: Sequence[int], role: Role, *, back: bool = False
) -> dict[int, list[int]]:
    """List for some nodes those at the other end of their edges of a role.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        numbers: datasets, or jobs.
        role: `input`, `output`, `parent` or `alias`.
        back: the nodes stand at the end of the edges: jobs, or jobs that others started.
    """
    start, end = ("other", "node") if back else ("node", "other")
    ends = {"start": start, "end": end, "role": role}
    found: dict[int, list[int]] = {}
    for here, there in sorted(map(tuple, asked(connection, _AROUND, tenant, numbers, **ends))):
        found.setdefault(here, []).append(there)
    return found


def writers(
    connection: Connection, tenant: str, datasets: Sequence[int], until_us: int
) -> set[int]:
    """Return the jobs that wrote one of some datasets before a moment."""
    at = foreign_edges.c
    query = select(at.other).where(
        at.tenant == tenant,
        at.node.in_(datasets),
        at.role == "output",
        at.first_us <= until_us,
    )
    return set(connection.execute(query).scalars())


def runs_of_job(
    connection: Connection, tenant: str, job: int, page: Page
) -> tuple[list[RunRow], int]:
    """List the runs of a job, the newest first, and count them all."""
    where = (foreign_runs.c.tenant == tenant, foreign_runs.c.job == job)
    n_all = connection.execute(select(func.count()).select_from(foreign_runs).where(*where))
    query = select(foreign_runs).where(*where)
    query = query.order_by(desc(foreign_runs.c.first_us), foreign_runs.c.run)
    rows = connection.execute(query.limit(page.limit).offset(page.offset)).mappings()
    return [_run(row) for row in rows], n_all.scalar() or 0


def run_by_id(connection: Connection, tenant: str, run_id: str) -> RunRow | None:
    """Return the run of an id; the newest, where a tool gave it to several jobs."""
    first = run_of(run_id)
    query = select(foreign_runs).where(
        foreign_runs.c.tenant == tenant,
        foreign_runs.c.run.between(first, first + SHARING - 1),
    )
    query = query.order_by(desc(foreign_runs.c.first_us), foreign_runs.c.run)
    row = connection.execute(query).mappings().first()
    return None if row is None else _run(row)


def latest_runs(connection: Connection, tenant: str, jobs: Sequence[int]) -> list[RunRow]:
    """List the newest run of each of some jobs; those that never ran are left out."""
    last = [row[0] for row in asked(connection, _LATEST, tenant, jobs) if row[0] is not None]
    columns = ", ".join(RunRow.__struct_fields__)
    return [RunRow(*row) for row in asked(connection, _RUNS, tenant, last, columns=columns)]


def used_by(
    connection: Connection, tenant: str, runs: Sequence[int]
) -> dict[tuple[int, str], dict[int, str]]:
    """List what some runs read and wrote.

    Returns:
        For each run and role the datasets, with the version that was meant where it was told.
    """
    found: dict[tuple[int, str], dict[int, str]] = {}
    # sorted here, for SQLite would read every use by the other index to have them in order
    for run, role, node, version in sorted(map(tuple, asked(connection, _USED, tenant, runs))):
        found.setdefault((run, role), {})[node] = version
    return found


def last_reads(
    connection: Connection, tenant: str, node: int, since_us: int
) -> list[tuple[int, str, int]]:
    """List which jobs read which versions of a dataset in runs that were told of since a moment.

    Returns:
        For each job and version (empty where none was told) the last such moment
        [microseconds since 1970].
    """
    uses, runs, same = foreign_uses.c, foreign_runs.c, foreign_uses.alias()
    told = exists().where(
        same.c.tenant == uses.tenant,
        same.c.run == uses.run,
        same.c.role == uses.role,
        same.c.node == uses.node,
        same.c.version != "",
    )
    query = (
        select(runs.job, uses.version, func.max(runs.last_us))
        .join(foreign_runs, (runs.tenant == uses.tenant) & (runs.run == uses.run))
        .where(uses.tenant == tenant, uses.node == node, uses.role == "input")
        .where(runs.last_us >= since_us, or_(uses.version != "", ~told))
        .group_by(runs.job, uses.version)
    )
    return [(job, version, last) for job, version, last in connection.execute(query)]


def has_any(connection: Connection, tenant: str) -> bool:
    """Say whether anything was told of foreign lineage."""
    query = select(exists().where(foreign_nodes.c.tenant == tenant))
    return bool(connection.execute(query).scalar())


class Lineage(NamedTuple):
    """How many datasets and jobs there are, by whether it was told what they were made of.

    Args:
        n_known: datasets that a job wrote which told what it read, and those that are ours.
        n_unknown: the other datasets.
        n_seeing: jobs that told what they read, or wrote nothing.
        n_blind: jobs that wrote something without telling what they read.
    """

    n_known: int
    n_unknown: int
    n_seeing: int
    n_blind: int


def lineage_known(connection: Connection, tenant: str, ours: Iterable[int]) -> Lineage:
    """Count foreign datasets and jobs by whether it was told what they were made of.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        ours: the foreign datasets that are ours, whose lineage we know ourselves.
    """
    at, edge = foreign_nodes.c, foreign_edges.c
    query = select(at.kind, func.count().label("n")).where(at.tenant == tenant).group_by(at.kind)
    n_nodes = {row.kind: row.n for row in connection.execute(query)}
    wrote, read = _jobs("output"), _jobs("input")
    blind = select(func.count()).select_from(wrote.except_(read).subquery())
    n_blind = connection.execute(blind, {"tenant": tenant}).scalar() or 0
    made = select(edge.node).where(
        edge.tenant == tenant, edge.role == "output", edge.other.in_(read)
    )
    known = select(func.count()).select_from(made.distinct().subquery())
    n_known = connection.execute(known, {"tenant": tenant}).scalar() or 0
    own = sorted(nodes(connection, tenant, ours))
    among = made.where(edge.node.in_(own)).distinct()
    n_known += len(own) - len(connection.execute(among, {"tenant": tenant}).all())
    n_datasets, n_jobs = n_nodes.get("dataset", 0), n_nodes.get("job", 0)
    return Lineage(n_known, n_datasets - n_known, n_jobs - n_blind, n_blind)


def unknown_datasets(
    connection: Connection, tenant: str, ours: Iterable[int], most: int
) -> list[Named]:
    """List datasets of which nobody told what they were made of.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        ours: the foreign datasets that are ours.
        most: so many at most, the first by namespace [count].
    """
    at, made, own = foreign_nodes.c, foreign_edges.alias(), set(ours)
    wrote = made.c.tenant == tenant, made.c.node == at.node, made.c.role == "output"
    is_made = exists().where(*wrote, _tells(tenant, made.c.other, "input"))
    found = _first(connection, tenant, "dataset", [~is_made], most + len(own))
    return [named for node, named in found if node not in own][:most]


def unknown_jobs(connection: Connection, tenant: str, most: int) -> list[Named]:
    """List jobs that wrote something without telling what they read.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        most: so many at most, the first by namespace [count].
    """
    job = foreign_nodes.c.node
    is_blind = _tells(tenant, job, "output"), ~_tells(tenant, job, "input")
    return [named for _, named in _first(connection, tenant, "job", is_blind, most)]


def _tells(tenant: str, job: Any, role: Role) -> Any:
    """Ask whether a job told of a dataset that it read or wrote; one look at an index for each."""
    edge = foreign_edges.alias()
    return exists().where(edge.c.tenant == tenant, edge.c.other == job, edge.c.role == role)


def _first(
    connection: Connection, tenant: str, kind: Kind, conditions: Sequence[Any], most: int
) -> list[tuple[int, Named]]:
    """List the first nodes of a kind that meet conditions, without looking at all others."""
    at = foreign_nodes.c
    query = (
        select(at.node, at.namespace, at.name)
        .where(at.tenant == tenant, at.kind == kind, *conditions)
        .order_by(at.namespace, at.node)
        .limit(most)
    )
    found = [(node, Named(space, name)) for node, space, name in connection.execute(query)]
    return sorted(found, key=lambda one: one[1])


def made_knowingly(connection: Connection, tenant: str, wanted: Iterable[int]) -> set[int]:
    """Return those datasets that a job wrote which told what it read.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        wanted: the datasets, by number.
    """
    edge, found = foreign_edges.c, set[int]()
    read = _jobs("input")
    for some in chunks(sorted(set(wanted)), 5000):
        query = select(edge.node).where(
            edge.tenant == tenant,
            edge.role == "output",
            edge.other.in_(read),
            edge.node.in_(some),
        )
        found |= set(connection.execute(query, {"tenant": tenant}).scalars())
    return found


def _jobs(role: Role) -> Any:
    at = foreign_edges.c
    return select(at.other).where(at.tenant == bindparam("tenant"), at.role == role).distinct()


def _node(row: RowMapping) -> NodeRow:
    return NodeRow(**{name: row[name] for name in NodeRow.__struct_fields__})


def _run(row: RowMapping) -> RunRow:
    return RunRow(**{name: row[name] for name in RunRow.__struct_fields__})
