"""Pipelines with schedules and sensors, written by tests, asked at moments of their choosing."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headgate.pipeline.operations import run_pipeline
from headgate.pipeline.reports import RunPipeline
from headgate.pipeline.schedule import queries
from headgate.pipeline.schedule.asking import ask_schedule, ask_sensor
from headgate.pipeline.schedule.found import find_declared
from headgate.pipeline.schedule.scheduler import Scheduler
from headgate.pipeline.schedule.status import status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.pipeline.reports import PipelineRun
    from headgate.pipeline.schedule.nouns import Tick
    from headgate.pipeline.schedule.reports import PipelineStatus
    from headgate.pipeline.schedule.scheduler import Round
    from headgate.spine.context import Context

LOG = """
    from headgate import Schedule, Sensor, Promise, step

    @step(mode="append", cache=True)
    def log(*, what: str = "", when: str = ""):
        return [{"what": what, "when": when}]
"""
"""A step that keeps what it was run for."""


def at(text: str) -> datetime:
    """Read a moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ask(context: Context, text: str) -> list[Tick]:
    """Ask every trigger of the project at a moment; return what is new."""
    found: list[Tick] = []
    for one in find_declared(context.root):
        for schedule in one.schedules:
            found += ask_schedule(context, one, schedule, at(text))
        for sensor in one.sensors:
            found += ask_sensor(context, one.pipeline, sensor, at(text))
    return found


def stand(context: Context, text: str) -> PipelineStatus:
    """Return how the only pipeline stands at a moment."""
    (one,) = status(context, find_declared(context.root), at(text)).pipelines
    return one


def troubles(context: Context, text: str) -> list[tuple[str, str]]:
    """Return kind and key of what is wrong at a moment."""
    return [(one.kind, one.key) for one in stand(context, text).troubles]


def once(context: Context, text: str) -> Round:
    """Run what is due by a moment, as `headgate up --once` does."""

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        chosen = dict(settings)
        partition = chosen.pop("partition", None)
        return run_pipeline(context, RunPipeline(name=name, partition=partition, set=chosen))

    return Scheduler(context, run, clock=lambda: at(text)).once(threading.Event())


def ticks_of(context: Context, pipeline: str = "flow", trigger: str = "schedule") -> list[Tick]:
    """List a trigger's ticks, the oldest first."""
    with context.catalog.read() as connection:
        found = queries.newest_ticks(connection, context.tenant, pipeline, trigger, 1000)
    return found[::-1]


def states(context: Context, pipeline: str = "flow", trigger: str = "schedule") -> list[str]:
    """List the states of a trigger's ticks, the oldest first."""
    return [one.state for one in ticks_of(context, pipeline, trigger)]


def kinds(context: Context, subject: str = "pipeline:flow") -> list[str]:
    """List the kinds of event on a pipeline, the oldest first."""
    from headgate.spine.lineage.events import list_events

    with context.catalog.read() as connection:
        found = list_events(connection, context.tenant, subject=subject)
    return [one.kind for one in found][::-1]
