"""What runs of other tools told of the rows they wrote into a dataset, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import desc, exists, select

from headgate.spine.lineage.foreign.log import numbers_of_runs, read_events
from headgate.spine.lineage.foreign.readings import around
from headgate.spine.lineage.foreign.tables import foreign_runs, foreign_uses
from headgate.spine.lineage.foreign.told import SHARING, Named, moment, node_of, run_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

MOST_JOBS = 100
"""Jobs that write one dataset which are looked at [count]."""


class Written(NamedTuple):
    """What one run wrote.

    Args:
        run: its number.
        at: when it was done.
        n_rows: rows it told that it wrote; nothing if it did not tell [count].
    """

    run: int
    at: datetime
    n_rows: int | None


class _Counted(msgspec.Struct, rename="camel"):
    row_count: int | None = None


class _Facets(msgspec.Struct, rename="camel"):
    output_statistics: _Counted | None = None


class _Output(msgspec.Struct, rename="camel"):
    namespace: str
    name: str
    output_facets: _Facets | None = None


class _Run(msgspec.Struct, rename="camel"):
    run_id: str


class _Job(msgspec.Struct):
    namespace: str
    name: str


class _Event(msgspec.Struct):
    run: _Run
    job: _Job
    outputs: list[_Output] | None = None


def with_aliases(connection: Connection, tenant: str, nodes: Collection[int]) -> set[int]:
    """Add the other names of some datasets."""
    found = around(connection, tenant, sorted(nodes), "alias")
    return set(nodes).union(*found.values())


def newest_writes(
    connection: Connection, tenant: str, nodes: Collection[int], *, limit: int
) -> list[Written]:
    """List the newest runs that wrote a dataset and came to their end, the newest first.

    Args:
        connection: of a reading transaction.
        tenant: whose graph.
        nodes: the dataset, under each of its names.
        limit: runs at most [count].
    """
    jobs = {
        job for some in around(connection, tenant, sorted(nodes), "output").values() for job in some
    }
    ended: list[tuple[int, int]] = []
    for job in sorted(jobs)[:MOST_JOBS]:
        ended += _ended_runs(connection, tenant, job, (nodes, limit))
    newest = sorted(ended, reverse=True)[:limit]
    told = _told_rows(connection, tenant, nodes, [run for _, run in newest])
    return [Written(run, moment(at_us), told.get(run)) for at_us, run in newest]


def _ended_runs(
    connection: Connection, tenant: str, job: int, wanted: tuple[Collection[int], int]
) -> list[tuple[int, int]]:
    nodes, limit = wanted
    at, use = foreign_runs.c, foreign_uses.c
    wrote = exists().where(
        use.tenant == tenant, use.run == at.run, use.role == "output", use.node.in_(nodes)
    )
    query = select(at.state_us, at.run).where(
        at.tenant == tenant, at.job == job, at.state == "COMPLETE", wrote
    )
    return [
        (row[0], row[1])
        for row in connection.execute(query.order_by(desc(at.first_us)).limit(limit))
    ]


def _told_rows(
    connection: Connection, tenant: str, nodes: Collection[int], runs: list[int]
) -> Mapping[int, int]:
    """Read how many rows some runs told that they wrote; what was told last counts."""
    found: dict[int, int] = {}
    ids = sorted({run & -SHARING for run in runs})
    numbers = numbers_of_runs(connection, tenant, ids) if ids else []
    for body in read_events(connection, tenant, numbers).values():
        try:
            event = _EVENT.decode(body)
        except msgspec.DecodeError:
            # a facet that is not what it should be tells nothing
            continue
        job = node_of("job", Named(event.job.namespace, event.job.name))
        for one in event.outputs or ():
            counted = one.output_facets and one.output_facets.output_statistics
            is_it = node_of("dataset", Named(one.namespace, one.name)) in nodes
            if is_it and counted and counted.row_count is not None:
                found[run_in(event.run.run_id, job)] = counted.row_count
    return found


_EVENT = msgspec.json.Decoder(_Event)
