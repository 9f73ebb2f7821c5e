"""Tells our runs as OpenLineage events: pure readings of what the catalog knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import msgspec

from headgate.core.errors import NotFound
from headgate.pipeline import queries
from headgate.pipeline.openlineage import facets
from headgate.spine.lineage.batches import of_run, ways_of
from headgate.spine.lineage.foreign.links import own_namespace
from headgate.spine.lineage.reads import reads_of
from headgate.spine.lineage.runs import newest_runs, turns_of_runs
from headgate.spine.store.queries import version_by_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.openlineage.reports import EmitRuns
    from headgate.pipeline.runs import RunRecord
    from headgate.spine.context import Context
    from headgate.spine.lineage.reads import Read

STATES = {"running": "RUNNING", "done": "COMPLETE", "failed": "FAIL"}


class Known(NamedTuple):
    """A run with what it read and wrote.

    Args:
        inputs: what it read, each with its snapshot.
        outputs: the snapshots it made, each with the rows it wrote.
    """

    record: RunRecord
    inputs: Sequence[tuple[Read, Snapshot]]
    outputs: Sequence[tuple[Snapshot, Sequence[facets.Batch]]]


def emit_runs(context: Context, request: EmitRuns) -> bytes:
    """Tell runs as events, one a line, in the order they began and ended.

    Raises:
        NotFound: there is no such run.
    """
    namespace = own_namespace(context.settings)
    lines: list[bytes] = []
    with context.catalog.read() as connection:
        turns = turns_of_runs(connection, context.tenant, request.after, request.run_id)
        if request.run_id is not None and not turns and not request.after:
            known = newest_runs(connection, context.tenant)
            raise NotFound.among("run", request.run_id, known)
        for run_id, is_end in turns:
            run = known_run(connection, context.tenant, run_id)
            if run is not None:
                lines.append(msgspec.json.encode(event_of(run, namespace, is_end=is_end)) + b"\n")
    return b"".join(lines)


def known_run(connection: Connection, tenant: str, run_id: str) -> Known | None:
    """Read what the catalog knows of a run."""
    record = queries.run_by_id(connection, tenant, run_id)
    if record is None:
        return None
    inputs = [
        (read, snapshot)
        for read in reads_of(connection, tenant, [run_id])
        if (snapshot := version_by_number(connection, tenant, read.dataset, read.number))
    ]
    batches = list(_batches(connection, tenant, run_id))
    made = (
        version_by_number(connection, tenant, wrote.dataset, wrote.number)
        for wrote in queries.written_by(connection, tenant, run_id)
    )
    outputs = [(one, [each for each in batches if _is_in(each, one)]) for one in made if one]
    return Known(record, inputs, outputs)


def event_of(run: Known, namespace: str, *, is_end: bool) -> dict[str, Any]:
    """Make the event of a run's beginning or its end.

    Args:
        run: what is known of it.
        namespace: ours, in which its job and datasets are told.
        is_end: it is about the end; one that still runs has none, and is told as `RUNNING`.
    """
    record = run.record
    told = {
        "eventType": STATES[record.state] if is_end else "START",
        "eventTime": facets.at(record, is_end=is_end),
        "producer": facets.PRODUCER,
        "schemaURL": facets.EVENT_SCHEMA,
        "run": {
            "runId": uuid_of(namespace, record.run_id),
            "facets": facets.of_run(record, is_end=is_end),
        },
        "job": {"namespace": namespace, "name": record.name, "facets": facets.of_job(record)},
        "inputs": [
            {
                "namespace": namespace,
                "name": read.dataset,
                "facets": facets.of_snapshot(snapshot, namespace),
                "inputFacets": facets.of_input(read.n_rows),
            }
            for read, snapshot in run.inputs
        ],
    }
    return told | {"outputs": _outputs(run, namespace) if is_end else []}


def uuid_of(namespace: str, run_id: str) -> str:
    """Return the UUID under which a run is told; the same each time it is.

    >>> uuid_of("headgate://shop", "run_1")
    '7618d85d-3c28-5698-b9ff-dfcbb01cde58'
    """
    return str(uuid5(NAMESPACE_URL, f"{namespace}/{run_id}"))


def _outputs(run: Known, namespace: str) -> list[dict[str, Any]]:
    return [
        {
            "namespace": namespace,
            "name": snapshot.dataset,
            "facets": facets.of_snapshot(snapshot, namespace) | facets.of_change(snapshot),
            "outputFacets": facets.of_output(batches),
        }
        for snapshot, batches in run.outputs
    ]


def _is_in(batch: facets.Batch, snapshot: Snapshot) -> bool:
    return (batch.dataset, batch.number) == (snapshot.dataset, snapshot.number)


def _batches(connection: Connection, tenant: str, run_id: str) -> Iterator[facets.Batch]:
    found = of_run(connection, tenant, run_id)
    ways = ways_of(connection, tenant, [batch.rev for batch in found])
    for batch in found:
        kind, edges = ways.get(batch.rev, (None, None))
        yield facets.Batch(
            dataset=batch.dataset,
            number=batch.number,
            rid_lo=batch.rid_lo,
            rid_hi=batch.rid_hi,
            n_rows=batch.n_rows,
            kind=kind,
            edges=edges,
        )
