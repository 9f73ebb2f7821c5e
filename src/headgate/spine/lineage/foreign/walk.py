"""The walk over foreign lineage: what lies downstream of some datasets and jobs, and since when.

An edge is followed if it was told of at or after the moment from which its beginning may be bad.
Whether a job really read the bad part is not known, so whatever is reached is possible, no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from headgate.spine.lineage.foreign.asking import asked
from headgate.spine.store.queries import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from headgate.spine.lineage.foreign.told import Role

SHARED = "foreign_shared"
"""Counter of the times that jobs were told of which share the id of a run."""
_EDGES = (
    "select {start}, {end}, first_us, last_us from foreign_edges "
    "where tenant = {tenant} and role = '{role}' and {start} in ({some})"
)
LONG_AGO = -(2**63)
"""Since always [microseconds since 1970]."""


class Step(NamedTuple):
    """How a node was reached.

    Args:
        since_us: from when on it may be bad [microseconds since 1970].
        distance: edges from where the walk began [count].
        through: the node before it; nothing where the walk began.
    """

    since_us: int
    distance: int = 0
    through: int | None = None


class Start(NamedTuple):
    """Where a walk begins: datasets and jobs, each with since when it may be bad.

    Moments are microseconds since 1970.
    """

    datasets: Mapping[int, int]
    jobs: Mapping[int, int]


class Reached(NamedTuple):
    """What a walk reached, by node: datasets and jobs, those it began at included."""

    datasets: dict[int, Step]
    jobs: dict[int, Step]


class _Edge(NamedTuple):
    start: int
    end: int
    first_us: int
    last_us: int


def downstream(
    connection: Connection,
    tenant: str,
    start: Start,
    *,
    except_reads: frozenset[tuple[int, int]] = frozenset(),
    except_jobs: frozenset[int] = frozenset(),
) -> Reached:
    """Walk from datasets to the jobs that read them, to what those wrote, and on.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        start: where to begin.
        except_reads: datasets and jobs that read them, but nothing bad of them.
        except_jobs: jobs not to go through.
    """
    found = Reached({}, {})
    is_sharing = counted(connection, tenant, SHARED) > 0
    tables = _marked(found.datasets, {one: Step(since) for one, since in start.datasets.items()})
    active = _marked(found.jobs, {one: Step(since) for one, since in start.jobs.items()})
    while tables or active:
        same = _next(found.datasets, _edges(connection, tenant, "alias", tables), is_timeless=True)
        aliased = _marked(found.datasets, same)
        tables |= aliased
        reads = _edges(connection, tenant, "input", tables)
        reads = (
            one
            for one in reads
            if (one.start, one.end) not in except_reads and one.end not in except_jobs
        )
        active |= _marked(found.jobs, _next(found.datasets, reads))
        started = _next(found.jobs, _edges(connection, tenant, "parent", active))
        grown = _marked(found.jobs, _without(started, except_jobs))
        if is_sharing:
            shared = _sharing(connection, tenant, found.jobs, active | grown)
            grown |= _marked(found.jobs, _without(shared, except_jobs))
        wrote = _next(found.jobs, _edges(connection, tenant, "output", active | grown, back=True))
        tables, active = _marked(found.datasets, wrote) | aliased, grown
    return found


def _without(reached: Mapping[int, Step], jobs: frozenset[int]) -> dict[int, Step]:
    return {job: step for job, step in reached.items() if job not in jobs}


def _sharing(
    connection: Connection, tenant: str, known: Mapping[int, Step], jobs: Iterable[int]
) -> dict[int, Step]:
    """Follow jobs to those that share the id of a run with them."""
    ids = _next(known, _edges(connection, tenant, "shared", jobs))
    through = {one: step._replace(distance=step.distance - 1) for one, step in ids.items()}
    found = _next(through, _edges(connection, tenant, "shared", ids, back=True))
    return {
        job: step._replace(through=ids[step.through or 0].through) for job, step in found.items()
    }


def _marked(known: dict[int, Step], reached: Mapping[int, Step]) -> set[int]:
    """Note what was reached for the first time, or from an earlier moment; return it."""
    fresh: set[int] = set()
    for node, step in reached.items():
        before = known.get(node)
        if before is None or step.since_us < before.since_us:
            known[node] = step if before is None else before._replace(since_us=step.since_us)
            fresh.add(node)
    return fresh


def _next(
    known: Mapping[int, Step], edges: Iterable[_Edge], *, is_timeless: bool = False
) -> dict[int, Step]:
    """Follow edges one step; the earliest moment counts where several lead to one node."""
    reached: dict[int, Step] = {}
    for edge in edges:
        before = known[edge.start]
        if not is_timeless and edge.last_us < before.since_us:
            continue
        since = before.since_us if is_timeless else max(before.since_us, edge.first_us)
        other = reached.get(edge.end)
        if other is None or since < other.since_us:
            reached[edge.end] = Step(since, before.distance + 1, edge.start)
    return reached


def _edges(
    connection: Connection, tenant: str, role: Role, nodes: Iterable[int], *, back: bool = False
) -> Iterator[_Edge]:
    """List the edges of a role at some nodes; `back` if they end there."""
    start, end = ("other", "node") if back else ("node", "other")
    ends = {"start": start, "end": end, "role": role}
    return map(_Edge._make, asked(connection, _EDGES, tenant, list(nodes), **ends))
