"""The verbs on pipelines and on runs.

What a run was given and how it failed may name people, so both stay in the table, where they
can be erased; the events of a run hold neither.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import msgspec

from headgate.core.errors import Conflict, HeadgateError, NotFound
from headgate.core.refs import check_name, mint
from headgate.core.times import now
from headgate.pipeline.hosts.reports import ExportedPipeline, ExportPipeline
from headgate.pipeline.reports import (
    Backfill,
    BackfillReport,
    CancelRun,
    History,
    ListPipelines,
    PipelineList,
    PipelineRun,
    Plan,
    PlanRequest,
    ResumeRun,
    RunHistory,
    RunLine,
    RunParts,
    RunPipeline,
    ShowPipelineRun,
    StepLine,
)
from headgate.pipeline.runs import EndState, PipelineRunRecord, RunDetail, RunList, RunRecord
from headgate.pipeline.schedule.reports import AskStatus, Retried, RetryTicks, StatusReport
from headgate.spine.context import Context
from headgate.spine.operations import operation

if TYPE_CHECKING:
    from sqlalchemy import Connection


class StartRun(msgspec.Struct, frozen=True):
    """What is about to run.

    Args:
        name: what the run does, such as `train`.
        parameters: what it is given, as text.
        code_hash: hash of the code that runs.
        environment: versions of what it runs on, by name.
    """

    name: str
    parameters: dict[str, str] = {}
    code_hash: str | None = None
    environment: dict[str, str] = {}


class FinishRun(msgspec.Struct, frozen=True):
    """How a run ended.

    Args:
        run_id: the run.
        state: whether it came to its end.
        error: why it failed.
        metrics: what it measured, by name; nothing in place of a number that is not finite.
    """

    run_id: str
    state: EndState
    error: str | None = None
    metrics: dict[str, float | None] = {}


class ListRuns(msgspec.Struct, frozen=True):
    """Which runs to list.

    Args:
        name: only runs of this name.
        limit: the most to list, the newest first [count].
    """

    name: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class ShowRun(msgspec.Struct, frozen=True):
    """Which run to show.

    Args:
        run_id: the run.
    """

    run_id: str


@operation("pipeline.list")
def list_pipelines(context: Context, _request: ListPipelines) -> PipelineList:
    """List the project's pipelines and the steps in them.

    Raises:
        NotFound: there is no pipeline file.
        Invalid: a file cannot be imported, or steps go round in a circle.
    """
    from headgate.pipeline.loading import load_steps

    return PipelineList(
        tuple(
            StepLine(
                name=step.name,
                pipeline=step.file,
                reads=step.reads,
                settings={name: str(value) for name, value in step.settings.items()},
                mode=step.mode,
            )
            for step in load_steps(context.root).all
        )
    )


@operation("pipeline.plan")
def plan(context: Context, request: PlanRequest) -> Plan:
    """Say which steps would run and why, without running one.

    Raises:
        NotFound: there is no such pipeline, or a dataset that is read.
        Invalid: a file cannot be imported, or no step has such a setting.
    """
    from headgate.pipeline.starting import plan_pipeline

    return plan_pipeline(context, request)


@operation("pipeline.run", writes=True)
def run_pipeline(context: Context, request: RunPipeline) -> PipelineRun:
    """Run the steps of a pipeline that have to run; the others are left out.

    A step runs if its code or the code it calls, a library it uses, a setting or the rows it
    reads have changed, or if what it made is no longer there. `pipeline.plan` says so beforehand.

    Raises:
        NotFound: there is no such pipeline or partition, or a dataset that is read.
        Invalid: a file cannot be imported, or no step has such a setting.
    """
    from headgate.pipeline.starting import start_run

    return start_run(context, request)


@operation("pipeline.backfill", writes=True)
def backfill(context: Context, request: Backfill) -> BackfillReport:
    """Make many partitions of a pipeline, or say which and why.

    Raises:
        NotFound: there is no such pipeline or partition, or a dataset that is read.
        Invalid: no step has partitions, or the request contradicts itself.
    """
    from headgate.pipeline.starting import start_backfill

    return start_backfill(context, request)


@operation("pipeline.resume", writes=True)
def resume_run(context: Context, request: ResumeRun) -> PipelineRun:
    """Take a run of a pipeline up again that failed, was cancelled or whose process went away.

    Raises:
        NotFound: there is no such run.
        Conflict: it goes on, or it is done.
    """
    from headgate.pipeline.starting import resume_pipeline

    return resume_pipeline(context, request)


@operation("pipeline.cancel", writes=True)
def cancel_run(context: Context, request: CancelRun) -> PipelineRunRecord:
    """Ask a run of a pipeline to end; it does before its next part, and what it made stays.

    Raises:
        NotFound: there is no such run.
        Conflict: it has ended.
    """
    from headgate.pipeline.journal import cancel

    return cancel(context, request.pipeline_run_id)


@operation("pipeline.history")
def history(context: Context, request: History) -> RunHistory:
    """List runs of pipelines, the newest first.

    Raises:
        NotFound: there is no such pipeline, and none of that name ever ran.
    """
    from headgate.pipeline import queries
    from headgate.pipeline.journal import seen

    with context.catalog.read() as connection:
        if request.pipeline is not None:
            _require_pipeline(connection, context, request.pipeline)
        found = queries.list_pipeline_runs(
            connection, context.tenant, pipeline=request.pipeline, limit=request.limit
        )
        names = [one.pipeline_run_id for one in found]
        counts = queries.count_parts(connection, context.tenant, names)
    at = now()
    return RunHistory(tuple(RunLine(seen(one, at), counts[one.pipeline_run_id]) for one in found))


@operation("pipeline.show")
def show_pipeline_run(context: Context, request: ShowPipelineRun) -> RunParts:
    """Show a run of a pipeline, what became of its parts, and what failed.

    Raises:
        NotFound: there is no such run.
    """
    from headgate.pipeline import queries
    from headgate.pipeline.journal import found

    with context.catalog.read() as connection:
        record = found(connection, context, request.pipeline_run_id)
        parts = queries.parts_of_run(connection, context.tenant, record.pipeline_run_id)
    steps: dict[str, dict[str, int]] = {}
    for part in parts:
        counts = steps.setdefault(part.step, {})
        counts[part.state] = counts.get(part.state, 0) + 1
    states = sorted({part.state for part in parts})
    return RunParts(
        run=record,
        parts={state: sum(counts.get(state, 0) for counts in steps.values()) for state in states},
        failed=tuple(part for part in parts if part.state == "failed"),
        steps=steps,
    )


@operation("pipeline.status")
def pipeline_status(context: Context, request: AskStatus) -> StatusReport:
    """Say how pipelines stand: what runs, what ran, what is due, late, missing or broken.

    It is reckoned from the pipelines' files and the catalog; no scheduler need run for it.

    Raises:
        NotFound: there is no such pipeline.
        Invalid: a file cannot be imported.
    """
    from headgate.pipeline.schedule.explaining import with_accounts
    from headgate.pipeline.schedule.found import find_declared
    from headgate.pipeline.schedule.status import status

    report = status(context, find_declared(context.root), now(), request.name)
    return with_accounts(context, report)


@operation("pipeline.retry", writes=True)
def retry(context: Context, request: RetryTicks) -> Retried:
    """Let the times and arrivals of a pipeline that failed wait for a scheduler again.

    Raises:
        NotFound: there is no such pipeline.
        Invalid: a file cannot be imported.
    """
    from headgate.pipeline.schedule.found import find_declared
    from headgate.pipeline.schedule.ticks import retry as wait_again

    names = [one.pipeline for one in find_declared(context.root)]
    if request.name not in names:
        raise NotFound.among("pipeline", request.name, names)
    return Retried(request.name, len(wait_again(context, request.name)))


@operation("pipeline.export", writes=True)
def export_pipeline(context: Context, request: ExportPipeline) -> ExportedPipeline:
    """Write a pipeline as a file that Airflow or Dagster runs: a task for each step.

    Raises:
        NotFound: there is no such pipeline.
        Invalid: a pipeline file cannot be imported, or the file cannot be written.
        Conflict: there is a file of that name that was not exported.
    """
    from headgate.pipeline.hosts.exporting import export

    return export(context, request)


@operation("run.start", writes=True)
def start(context: Context, request: StartRun) -> RunRecord:
    """Start a run: what is read and made in its name is tied to it.

    Raises:
        Invalid: the name cannot stand in references.
    """
    from headgate.pipeline import queries
    from headgate.pipeline.openlineage.letters import tell_run
    from headgate.pipeline.origin import parents_said
    from headgate.spine.work import Work

    record = RunRecord(
        run_id=mint("run"),
        name=check_name("run", request.name),
        state="running",
        actor=context.actor,
        started_at=now(),
        parameters=parents_said() | request.parameters,
        environment=request.environment,
        code_hash=request.code_hash,
    )
    with Work(context) as work:
        queries.put_run(work.connection, context.tenant, record)
        payload: dict[str, object] = {"name": record.name, "code_hash": record.code_hash}
        work.record("run_started", f"run:{record.run_id}", payload)
        tell_run(work, context, record, is_end=False)
    return record


@operation("run.finish", writes=True)
def finish(context: Context, request: FinishRun) -> RunRecord:
    """Say how a run ended; saying the same again changes nothing.

    Raises:
        NotFound: there is no such run.
        Conflict: it ended in the other way before.
    """
    from headgate.pipeline import queries
    from headgate.pipeline.openlineage.letters import tell_run
    from headgate.pipeline.openlineage.sending import start
    from headgate.spine.work import Work

    with Work(context) as work:
        record = _found(work.connection, context.tenant, request.run_id)
        if record.state == request.state:
            return record
        if record.state != "running":
            raise Conflict(
                f"run {record.run_id} ended before, as {record.state}",
                mend="start another run; how one ended is not written over",
            )
        ended = msgspec.structs.replace(record, error=request.error, metrics=request.metrics)
        queries.end_run(work.connection, context.tenant, ended, request.state, now())
        payload: dict[str, object] = {"name": record.name, "state": request.state}
        work.record("run_finished", f"run:{record.run_id}", payload)
        tell_run(work, context, record, is_end=True)
        done = _found(work.connection, context.tenant, request.run_id)
    start(context)
    return done


@operation("run.list")
def list_runs(context: Context, request: ListRuns) -> RunList:
    """List runs, the newest first.

    Raises:
        NotFound: no run has the name.
    """
    from headgate.pipeline import queries

    with context.catalog.read() as connection:
        found = queries.list_runs(connection, context.tenant, request.name, limit=request.limit)
        if request.name is not None and not found:
            names = queries.run_names(connection, context.tenant)
            raise NotFound.among("run", request.name, names)
    return RunList(runs=tuple(found))


@operation("run.show")
def show(context: Context, request: ShowRun) -> RunDetail:
    """Show a run, what it read and what it wrote.

    Raises:
        NotFound: there is no such run.
    """
    from headgate.pipeline import queries
    from headgate.spine.lineage.reads import reads_of

    with context.catalog.read() as connection:
        record = _found(connection, context.tenant, request.run_id)
        reads = reads_of(connection, context.tenant, [record.run_id])
        wrote = queries.written_by(connection, context.tenant, record.run_id)
    views = [read.seen for read in reads]
    return RunDetail(record=record, reads=tuple(views), wrote=tuple(wrote))


def _found(connection: Connection, tenant: str, run_id: str) -> RunRecord:
    from headgate.pipeline import queries
    from headgate.spine.lineage.runs import newest_runs

    record = queries.run_by_id(connection, tenant, run_id)
    if record is None:
        raise NotFound.among("run", run_id, newest_runs(connection, tenant))
    return record


def _require_pipeline(connection: Connection, context: Context, name: str) -> None:
    """Make sure that there is a pipeline of a name, or that one of it once ran."""
    from headgate.pipeline import queries
    from headgate.pipeline.loading import load_steps

    ran = queries.pipelines_that_ran(connection, context.tenant)
    if name in ran:
        return
    declared: list[str] = []
    # what ran can be looked up although a file is broken, or there is none
    with suppress(HeadgateError):
        steps = load_steps(context.root)
        declared = [*steps.files, *(one.name for one in steps.all)]
    if name not in declared:
        raise NotFound.among("pipeline", name, {*ran, *declared})
