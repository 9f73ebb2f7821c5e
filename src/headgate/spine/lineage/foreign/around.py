"""What stands around a foreign dataset: the jobs that make it, and what people look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from headgate.spine.lineage.foreign.links import nodes_by_number
from headgate.spine.lineage.foreign.readings import around, latest_runs
from headgate.spine.lineage.foreign.tables import foreign_edges
from headgate.spine.lineage.foreign.told import moment
from headgate.spine.lineage.foreign.writes import with_aliases
from headgate.spine.store.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from headgate.spine.lineage.foreign.told import Role

DASHBOARDS = frozenset({"dashboard", "report", "exposure", "notebook", "application"})
"""Types of datasets that somebody looks at."""
FAILED = frozenset({"FAIL", "ABORT"})
MOST_HOPS = 10
MOST_JOBS = 1000
"""Jobs that are looked at upstream [count]."""


class Maker(NamedTuple):
    """A job that makes a dataset.

    Args:
        name: its namespace and name.
        state: of its newest run; empty if it never ran.
        at: when it came to that.
    """

    name: str
    state: str = ""
    at: datetime | None = None


def makers_of(connection: Connection, tenant: str, nodes: Collection[int]) -> list[Maker]:
    """List the jobs that write some datasets, the one that was heard of last first."""
    return _told(connection, tenant, _writers(connection, tenant, nodes))


def failed_behind(connection: Connection, tenant: str, nodes: Collection[int]) -> list[Maker]:
    """List the jobs upstream of some datasets whose newest run failed, the nearest first.

    Those that write the datasets themselves are not among them.
    """
    found: list[Maker] = []
    known = _writers(connection, tenant, nodes)
    fresh = known
    for _ in range(MOST_HOPS):
        read = around(connection, tenant, sorted(fresh), "input", back=True).values()
        tables = with_aliases(connection, tenant, set[int]().union(*read))
        fresh = _writers(connection, tenant, tables) - known
        known = known | fresh
        found += [one for one in _told(connection, tenant, fresh) if one.state in FAILED]
        if not fresh or len(known) > MOST_JOBS:
            break
    return found


class Looked(NamedTuple):
    """What stands on some datasets.

    Args:
        names: of the dashboards and their like, the nearest first.
        nodes: every dataset that was reached.
    """

    names: list[str]
    nodes: frozenset[int]


def looked_at(connection: Connection, tenant: str, nodes: Collection[int], since_us: int) -> Looked:
    """Find the dashboards and their like that stand on some datasets.

    Unlike a blast it asks what will be made of them, not what was: a job that read them before
    they became what they are will read them again.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        nodes: the datasets.
        since_us: what no run told of since then is left out [microseconds since 1970].
    """
    distance = dict.fromkeys(nodes, 0)
    fresh, jobs = set(nodes), set[int]()
    while fresh:
        hop = max(distance.values()) + 1
        same = _after(connection, tenant, fresh, ("alias", 0))
        active = _after(connection, tenant, fresh | same, ("input", since_us)) - jobs
        while active:
            jobs |= active
            wrote = _after(connection, tenant, active, ("output", since_us), back=True)
            same |= wrote
            active = _after(connection, tenant, active, ("parent", since_us)) - jobs
        fresh = same - distance.keys()
        distance |= dict.fromkeys(fresh, hop)
    known = nodes_by_number(connection, tenant, distance)
    seen = [one for one in known.values() if one.type in DASHBOARDS and one.node not in nodes]
    seen.sort(key=lambda one: (distance[one.node], one.shown))
    return Looked([one.shown for one in seen], frozenset(distance))


def _after(
    connection: Connection,
    tenant: str,
    numbers: Collection[int],
    wanted: tuple[Role, int],
    *,
    back: bool = False,
) -> set[int]:
    """Follow edges of a role that were told of since a moment; see `readings.around`."""
    (role, since_us), at = wanted, foreign_edges.c
    start, end = (at.other, at.node) if back else (at.node, at.other)
    found = set[int]()
    for some in chunks(sorted(numbers)):
        query = select(end).where(at.tenant == tenant, at.role == role, start.in_(some))
        found.update(connection.execute(query.where(at.last_us >= since_us)).scalars())
    return found


def _writers(connection: Connection, tenant: str, nodes: Collection[int]) -> set[int]:
    found = around(connection, tenant, sorted(nodes), "output").values()
    return set[int]().union(*found)


def _told(connection: Connection, tenant: str, jobs: Collection[int]) -> list[Maker]:
    known = nodes_by_number(connection, tenant, jobs)
    newest = {one.job: one for one in latest_runs(connection, tenant, sorted(jobs))}
    found: list[Maker] = []
    for node, job in known.items():
        run = newest.get(node)
        found.append(
            Maker(job.shown) if run is None else Maker(job.shown, run.state, moment(run.state_us))
        )
    return sorted(found, key=lambda one: (one.at is None, -one.at.timestamp() if one.at else 0))
