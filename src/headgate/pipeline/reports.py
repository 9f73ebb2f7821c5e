"""What the verbs on pipelines are asked and answer."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

StepState = Literal["ran", "cached", "failed", "skipped"]
Lineage = Literal["row", "dataset"] | None
Name = Annotated[
    str, Meta(description="a file of pipelines/ without .py, or a dataset that a step makes")
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
    """Ask which steps would run."""

    name: Name
    set: Set = {}


class PlannedStep(msgspec.Struct, frozen=True):
    """What would become of a step.

    Args:
        name: the dataset it makes.
        state: `run`, `cached`, or `wait` where it depends on what one before it makes.
        why: what it is decided by, a line each.
        reads: the datasets it reads.
        lineage: of what it made last: `row`, or `dataset` where only that is known.
    """

    name: str
    state: Literal["run", "cached", "wait"]
    why: tuple[str, ...]
    reads: tuple[str, ...]
    lineage: Lineage = None


class Plan(msgspec.Struct, frozen=True):
    """What a pipeline would do; nothing was run."""

    pipeline: str
    steps: tuple[PlannedStep, ...]


class RunPipeline(msgspec.Struct, frozen=True):
    """Run a pipeline, or what leads to a dataset."""

    name: Name
    set: Set = {}


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
    lineage: Lineage = None


class PipelineRun(msgspec.Struct, frozen=True):
    """What became of each step, in the order they were taken.

    Args:
        pipeline: what was asked for.
        steps: one each.
        has_findings: a step failed or was skipped.
    """

    pipeline: str
    steps: tuple[StepRun, ...]
    has_findings: bool = False
