"""Tells our runs as OpenLineage events: pure readings of what the catalog knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec

from headgate.core.errors import NotFound
from headgate.core.times import render
from headgate.pipeline import queries
from headgate.pipeline.openlineage import about, facets
from headgate.pipeline.openlineage.knowing import known_run
from headgate.pipeline.origin import parents_in
from headgate.spine.lineage.foreign.links import own_namespace
from headgate.spine.lineage.foreign.told import Named
from headgate.spine.lineage.runs import newest_runs, turns_of_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from headgate.pipeline.memo import Parts
    from headgate.pipeline.openlineage.knowing import Known
    from headgate.pipeline.openlineage.reports import EmitRuns
    from headgate.pipeline.origin import Started
    from headgate.pipeline.runs import PipelineRunRecord, RunRecord
    from headgate.spine.context import Context
    from headgate.spine.lineage.runs import Turn

Event = dict[str, Any]
Kind = Literal["START", "RUNNING", "END"]
STATES = {"running": "RUNNING", "done": "COMPLETE", "failed": "FAIL"}
ENDS = {"done": "COMPLETE", "failed": "FAIL", "cancelled": "ABORT"}
STOPPED = "KeyboardInterrupt"
"""What the error of a run begins with that somebody stopped."""
N_NAMED = 10
"""Failed steps that the end of a run of a pipeline names [count]."""


def emit_runs(context: Context, request: EmitRuns) -> bytes:
    """Tell runs as events, one a line, in the order they began and ended.

    Raises:
        NotFound: there is no such run.
    """
    tenant = context.tenant
    with context.catalog.read() as connection:
        turns = turns_of_runs(connection, tenant, request.after, request.run_id)
        if request.run_id is not None and not turns and not request.after:
            known = newest_runs(connection, tenant)
            raise NotFound.among("run", request.run_id, known)
        told = (one for turn in turns for one in _told(connection, context, turn))
        return b"".join(msgspec.json.encode(one) + b"\n" for one in told)


def _told(connection: Connection, context: Context, turn: Turn) -> Iterator[Event]:
    """Tell one turn of a run; one of a pipeline has its own time and state."""
    if turn.of == "pipeline_run":
        record = queries.pipeline_run_by_id(connection, context.tenant, turn.run_id)
        if record is not None:
            yield event_of_pipeline_run(connection, context, _as_it_was(record, turn), turn.kind)
        return
    run = known_run(connection, context, turn.run_id)
    if run is not None:
        yield event_of(run, own_namespace(context.settings), is_end=turn.kind == "END")


def _as_it_was(record: PipelineRunRecord, turn: Turn) -> PipelineRunRecord:
    """Return a run of a pipeline as it was at a turn: it may have been taken up again since."""
    ended = record.finished_at if turn.state == record.state else None
    at = turn.at if ended is None else min(ended, turn.at)
    state = turn.state or record.state
    return msgspec.structs.replace(record, state=state, seen_at=turn.at, finished_at=at)


def events_of_run(
    connection: Connection, context: Context, run_id: str, parts: Parts | None = None
) -> tuple[Event, Event]:
    """Make the events of a run's beginning and of its end, or of how it stands.

    Args:
        connection: of any transaction.
        context: the project.
        run_id: of a run there is.
        parts: what a step's rows depend on; that of its memo if nothing is given.

    Raises:
        NotFound: there is no such run.
    """
    run = known_run(connection, context, run_id, parts)
    if run is None:
        raise NotFound.among("run", run_id, newest_runs(connection, context.tenant))
    namespace = own_namespace(context.settings)
    return event_of(run, namespace, is_end=False), event_of(run, namespace, is_end=True)


def event_of(run: Known, namespace: str, *, is_end: bool) -> Event:
    """Make the event of a run's beginning or its end.

    Args:
        run: what is known of it.
        namespace: ours, in which its job and datasets are told.
        is_end: it is about the end; one that still runs has none, and is told as `RUNNING`.
    """
    record = run.record
    of_run = facets.of_run(record, is_end=is_end) | about.of_time(run.nominal)
    above = run.above
    parent, root = run.started
    if above is not None:
        name = facets.pipeline_job(above.pipeline)
        own = about.Above(uuid_of(namespace, above.pipeline_run_id), Named(namespace, name))
        of_run |= about.of_parent(own, _above(root) or own)
    else:
        of_run |= about.of_parent(_above(parent), _above(root))
    job = Named(namespace, record.name)
    of_job = facets.of_job(record) | about.of_source(run.parts)
    event = _event(_kind(record, is_end=is_end), facets.at(record, is_end=is_end))
    return event | {
        "run": {"runId": uuid_of(namespace, record.run_id), "facets": of_run},
        "job": {"namespace": job.namespace, "name": job.name, "facets": of_job},
        "inputs": about.inputs(run, namespace),
        "outputs": about.outputs(run, namespace) if is_end else [],
    }


def event_of_pipeline_run(
    connection: Connection, context: Context, record: PipelineRunRecord, kind: Kind
) -> Event:
    """Make the event that a run of a pipeline began, goes on again or ended."""
    namespace = own_namespace(context.settings)
    moments = {"START": record.started_at, "RUNNING": record.seen_at}
    at: datetime = moments.get(kind) or record.finished_at or record.seen_at
    state = ENDS.get(record.state, "FAIL") if kind == "END" else kind
    parent, root = parents_in(record.asked.parents)
    nominal = record.asked.nominal_at
    of_run = facets.of_pipeline_run(record) | about.of_parent(_above(parent), _above(root))
    of_run |= about.of_time(None if nominal is None else (nominal, None))
    if state == "FAIL":
        of_run |= facets.of_error(_failed(connection, context.tenant, record))
    name = facets.pipeline_job(record.pipeline)
    return _event(state, render(at)) | {
        "run": {"runId": uuid_of(namespace, record.pipeline_run_id), "facets": of_run},
        "job": {"namespace": namespace, "name": name, "facets": facets.of_pipeline()},
        "inputs": [],
        "outputs": [],
    }


def uuid_of(namespace: str, run_id: str) -> str:
    """Return the UUID under which a run is told; the same each time it is.

    >>> uuid_of("headgate://shop", "run_1")
    '7618d85d-3c28-5698-b9ff-dfcbb01cde58'
    """
    return str(uuid5(NAMESPACE_URL, f"{namespace}/{run_id}"))


def _event(kind: str, at: str) -> Event:
    return {
        "eventType": kind,
        "eventTime": at,
        "producer": facets.PRODUCER,
        "schemaURL": facets.EVENT_SCHEMA,
    }


def _kind(record: RunRecord, *, is_end: bool) -> str:
    if not is_end:
        return "START"
    is_stopped = record.state == "failed" and (record.error or "").startswith(STOPPED)
    return "ABORT" if is_stopped else STATES[record.state]


def _above(started: Started | None) -> about.Above | None:
    return None if started is None else about.Above(started.run_id, started.job)


def _failed(connection: Connection, tenant: str, record: PipelineRunRecord) -> str:
    """Say which steps failed; what they said stands with their own runs."""
    found = queries.parts_of_run(connection, tenant, record.pipeline_run_id, states=("failed",))
    names = list(dict.fromkeys(one.step for one in found))
    if not names:
        return "it failed before any of its steps did"
    more = f" and {len(names) - N_NAMED} more" if len(names) > N_NAMED else ""
    return f"failed: {', '.join(names[:N_NAMED])}{more}"
