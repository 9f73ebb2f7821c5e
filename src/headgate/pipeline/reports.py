"""What the verbs on pipelines are asked and answer."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from headgate.pipeline.runs import PartRecord, PipelineRunRecord

StepState = Literal["ran", "cached", "failed", "skipped"]
Lineage = Literal["row", "dataset"] | None
Name = Annotated[
    str, Meta(description="a file of pipelines/ without .py, or a dataset that a step makes")
]
OneStep = Annotated[str | None, Meta(description="only this step, and not those that lead to it")]
Once = Annotated[
    bool, Meta(description="try no step again: whoever asks does, such as another orchestrator")
]
Chosen = Annotated[
    Literal["local", "ray"] | None,
    Meta(description="what calls the functions of the steps; what they say if none"),
]
Set = Annotated[
    dict[str, str], Meta(description="values that take the place of the steps' settings")
]


class ListPipelines(msgspec.Struct, frozen=True):
    """List the project's pipelines and their steps."""


class StepLine(msgspec.Struct, frozen=True):
    """A declared step.

    Args:
        name: the dataset it makes.
        pipeline: the file it stands in.
        reads: the datasets it reads.
        settings: its settings, as text.
        mode: how its rows come into the dataset.
    """

    name: str
    pipeline: str
    reads: tuple[str, ...]
    settings: dict[str, str]
    mode: str


class PipelineList(msgspec.Struct, frozen=True):
    """Every step, each after those it reads from."""

    steps: tuple[StepLine, ...]


class PlanRequest(msgspec.Struct, frozen=True):
    """Ask which steps would run.

    Args:
        name: what would.
        step: only this step of it.
        keys: name every partition that would be made.
        set: values in the place of the steps' settings.
    """

    name: Name
    step: OneStep = None
    keys: Annotated[bool, Meta(description="name every partition that would be made")] = False
    set: Set = {}


class PartCounts(msgspec.Struct, frozen=True):
    """What became of the partitions of a step, or would.

    Args:
        n_total: partitions that it is about [count].
        n_ran: made anew.
        n_cached: left out, for nothing they depend on has changed.
        n_failed: kept as they were, for their function failed.
        n_skipped: left out, for what they read failed.
        n_emptied: given up, for they are there no more.
        failed: keys of the first that failed.
    """

    n_total: int
    n_ran: int = 0
    n_cached: int = 0
    n_failed: int = 0
    n_skipped: int = 0
    n_emptied: int = 0
    failed: tuple[str, ...] = ()


class PlannedStep(msgspec.Struct, frozen=True):
    """What would become of a step.

    Args:
        name: the dataset it makes.
        state: `run`, `cached`, or `wait` where it depends on what one before it makes.
        why: what it is decided by, a line each.
        reads: the datasets it reads.
        seconds: how long it would take, judged by the last time [s].
        partitions: how many would be made and left out, where it has any.
        keys: of the first partitions that would be made.
        lineage: of what it made last: `row`, or `dataset` where only that is known.
        digest: of all that a step that runs would be made of; the same while nothing changes.
    """

    name: str
    state: Literal["run", "cached", "wait"]
    why: tuple[str, ...]
    reads: tuple[str, ...]
    seconds: float | None = None
    partitions: PartCounts | None = None
    keys: tuple[str, ...] = ()
    lineage: Lineage = None
    digest: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What a pipeline would do; nothing was run.

    Args:
        pipeline: what was asked for.
        steps: one each, in the order they are taken.
        seconds: how long it would take, if every step that runs ran before [s].
    """

    pipeline: str
    steps: tuple[PlannedStep, ...]
    seconds: float | None = None


class RunPipeline(msgspec.Struct, frozen=True):
    """Run a pipeline, or what leads to a dataset.

    Args:
        name: what to run.
        partition: only this partition of the steps that have partitions.
        step: only this step.
        once: no step is tried again after an error.
        set: values in the place of the steps' settings.
        engine: what calls the functions of the steps.
    """

    name: Name
    partition: Annotated[
        str | None, Meta(description="the one partition to make; all that have to be if none")
    ] = None
    step: OneStep = None
    once: Once = False
    set: Set = {}
    engine: Chosen = None


class Backfill(msgspec.Struct, frozen=True):
    """Make many partitions, with a plan before.

    Args:
        name: what to run.
        from_: key of the first partition; from the beginning if none.
        until: key of the last partition; to the end if none.
        partitions: keys, in the place of a range.
        again: make those too that need not be made.
        plan: say what would be done.
        apply: do it; without it what would be done is told.
        step: only this step.
        once: no step is tried again after an error.
        set: values in the place of the steps' settings.
        engine: what calls the functions of the steps.
    """

    name: Name
    from_: Annotated[str | None, Meta(description="key of the first partition")] = msgspec.field(
        name="from", default=None
    )
    until: Annotated[str | None, Meta(description="key of the last partition")] = None
    partitions: Annotated[tuple[str, ...], Meta(description="keys, in the place of a range")] = ()
    again: Annotated[bool, Meta(description="make those too on which nothing has changed")] = False
    plan: Annotated[bool, Meta(description="say what would be done, as without --apply")] = False
    apply: Annotated[bool, Meta(description="do it")] = False
    step: OneStep = None
    once: Once = False
    set: Set = {}
    engine: Chosen = None


class ResumeRun(msgspec.Struct, frozen=True):
    """Take a run up again that failed, was cancelled or whose process went away.

    Args:
        pipeline_run_id: the run.
        failed_only: only the partitions that failed, not those it did not come to.
    """

    pipeline_run_id: str
    failed_only: Annotated[
        bool, Meta(description="only what failed, not what it did not come to")
    ] = False


class CancelRun(msgspec.Struct, frozen=True):
    """Ask a run to end before its next part.

    Args:
        pipeline_run_id: the run.
    """

    pipeline_run_id: str


class History(msgspec.Struct, frozen=True):
    """Which runs of pipelines to list.

    Args:
        pipeline: only runs of this one.
        limit: the most to list, the newest first [count].
    """

    pipeline: str | None = None
    limit: Annotated[int, Meta(ge=1)] = 20


class RunLine(msgspec.Struct, frozen=True):
    """A run of a pipeline, with how many of its parts came to what.

    Args:
        run: the run.
        parts: parts by their state [count].
    """

    run: PipelineRunRecord
    parts: dict[str, int]


class RunHistory(msgspec.Struct, frozen=True):
    """Runs of pipelines, the newest first."""

    runs: tuple[RunLine, ...]


class ShowPipelineRun(msgspec.Struct, frozen=True):
    """Which run of a pipeline to show.

    Args:
        pipeline_run_id: the run.
    """

    pipeline_run_id: str


class RunParts(msgspec.Struct, frozen=True):
    """A run of a pipeline and what became of its parts.

    Args:
        run: the run.
        parts: parts by their state [count].
        failed: those that failed, with their errors.
        steps: for each step its parts by their state [count].
    """

    run: PipelineRunRecord
    parts: dict[str, int]
    failed: tuple[PartRecord, ...]
    steps: dict[str, dict[str, int]]


class StepRun(msgspec.Struct, frozen=True):
    """What became of a step.

    Args:
        name: the dataset it makes.
        state: `ran`, `cached`, `failed`, or `skipped` because one it reads from failed.
        why: why it ran or not.
        snapshot: where its rows stand, as `name@number`.
        run_id: the run that made them, or that failed.
        took_ms: how long it took, publishing included [ms].
        n_rows: rows of the snapshot [count].
        n_tries: how often its function was called [count].
        error: what went wrong.
        place: file and line of the project's where it did.
        partitions: what became of each, where the step has any.
        lineage: `row` where it is known which rows its rows were made of, `dataset` where it is
            only known which datasets; nothing where it reads none.
    """

    name: str
    state: StepState
    why: tuple[str, ...] = ()
    snapshot: str | None = None
    run_id: str | None = None
    took_ms: float = 0.0
    n_rows: int | None = None
    n_tries: int = 0
    error: str | None = None
    place: str | None = None
    partitions: PartCounts | None = None
    lineage: Lineage = None


class PipelineRun(msgspec.Struct, frozen=True):
    """What became of each step, in the order they were taken.

    Args:
        pipeline: what was asked for.
        pipeline_run_id: what the run is called.
        steps: one each.
        has_findings: a step failed or was skipped.
    """

    pipeline: str
    pipeline_run_id: str
    steps: tuple[StepRun, ...]
    has_findings: bool = False


class BackfillReport(msgspec.Struct, frozen=True):
    """What a backfill would make, or made.

    Args:
        pipeline: what was asked for.
        partitions: keys it is about.
        plan: what it would do.
        run: what it did; nothing if it was only planned.
        has_findings: a step failed or was skipped.
    """

    pipeline: str
    partitions: tuple[str, ...]
    plan: Plan
    run: PipelineRun | None = None
    has_findings: bool = False
