"""How pipelines stand, reckoned from their files and the catalog; no scheduler need run for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import NotFound
from headgate.core.times import render, told
from headgate.pipeline import queries as runs
from headgate.pipeline.journal import seen
from headgate.pipeline.schedule import expected, queries
from headgate.pipeline.schedule.asking import begin_of
from headgate.pipeline.schedule.declared import Schedule, Sensor
from headgate.pipeline.schedule.explaining import is_foreign, nodes_of
from headgate.pipeline.schedule.nouns import Commit
from headgate.pipeline.schedule.promises import N_BEFORE, PromiseLine, keep_promises
from headgate.pipeline.schedule.reports import (
    PipelineState,
    PipelineStatus,
    StatusReport,
    StepStatus,
    TriggerLine,
    Trouble,
)
from headgate.spine.lineage.between import n_written
from headgate.spine.lineage.foreign.writes import newest_writes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.pipeline.runs import RunState
    from headgate.pipeline.schedule.declared import Promise
    from headgate.pipeline.schedule.found import Declared
    from headgate.pipeline.schedule.nouns import Tick
    from headgate.spine.context import Context

N_TICKS = 2 * expected.N_RECENT
N_TROUBLES = 20
"""Troubles of one trigger that are listed, the newest [count]."""
N_RUNS = 100
N_GOING = 10
SCHEDULER = ("", "scheduler")
"""The place of the cursor in which schedulers are heard of."""


class _Stand(NamedTuple):
    """How a trigger stands."""

    line: TriggerLine
    troubles: list[Trouble]


def status(
    context: Context, declared: Sequence[Declared], at: datetime, name: str | None = None
) -> StatusReport:
    """Say how pipelines stand.

    Args:
        context: the project.
        declared: what its pipelines declare.
        at: the present moment.
        name: the pipeline; all of them if none.

    Raises:
        NotFound: there is none of that name.
    """
    wanted = [one for one in declared if name in (None, one.pipeline)]
    if name is not None and not wanted:
        raise NotFound.among("pipeline", name, [one.pipeline for one in declared])
    with context.catalog.read() as connection:
        view = _View(connection, context.tenant, at)
        found = tuple(view.pipeline(one) for one in wanted)
        heard = queries.cursor_of(connection, context.tenant, *SCHEDULER)
    return StatusReport(
        at=at,
        pipelines=found,
        heard_at=heard.moved_at if heard else None,
        has_findings=any(one.troubles for one in found),
    )


class _View:
    """One state of the catalog, seen at one moment."""

    def __init__(self, connection: Connection, tenant: str, at: datetime) -> None:
        self._connection = connection
        self._tenant = tenant
        self._at = at

    def pipeline(self, declared: Declared) -> PipelineStatus:
        stands = [self._trigger(declared, one) for one in (*declared.schedules, *declared.sensors)]
        lines = tuple(one.line for one in stands)
        promises = tuple(
            line
            for dataset, promise in declared.promises.items()
            for line in keep_promises(dataset, promise, self._writes(dataset, promise), self._at)
        )
        listed = [one for stand in stands for one in stand.troubles[-N_TROUBLES:]]
        going = self._going(declared.pipeline)
        is_running = going is not None or any(one.n_running for one in lines)
        states = self._failing(declared.pipeline)
        for name in going or ():
            states[name] = "running"
        steps = tuple(self._step(name, states.get(name)) for name in declared.steps)
        return PipelineStatus(
            pipeline=declared.pipeline,
            state=_state(lines, is_running=is_running),
            triggers=lines,
            steps=steps,
            promises=promises,
            troubles=(*listed, *_broken(promises)),
            n_more=sum(max(len(stand.troubles) - N_TROUBLES, 0) for stand in stands),
        )

    def _trigger(self, declared: Declared, trigger: Schedule | Sensor) -> _Stand:
        place = (declared.pipeline, trigger.name)
        known = queries.newest_ticks(self._connection, self._tenant, *place, N_TICKS)
        cursor = queries.cursor_of(self._connection, self._tenant, *place)
        troubles = list(self._ticks_in_trouble(trigger, known))
        next_at = None
        if isinstance(trigger, Schedule):
            since = begin_of(trigger, declared.written_at, cursor)
            ticks = {one.due_at: one for one in known}
            found = expected.reckon(trigger, since, ticks, self._at)
            next_at = found.next_at
            troubles += self._not_run(trigger, found)
        elif cursor and cursor.error:
            troubles.append(Trouble("blind", trigger.name, "", cursor.error, cursor.moved_at))
        return _Stand(_line(trigger, known, next_at), troubles)

    def _ticks_in_trouble(
        self, trigger: Schedule | Sensor, known: Sequence[Tick]
    ) -> Iterator[Trouble]:
        """List what failed, is stalled, or came from a sensor and waits for too long."""
        is_timed = isinstance(trigger, Schedule)
        ended = [one for one in known if one.state in ("done", "failed")]
        failed = [one for one in (ended[:1] if is_timed else ended) if one.state == "failed"]
        for one in reversed(failed):
            says = f"{one.arrival['uri']}: {one.why}" if one.arrival else one.why
            yield Trouble("failed", trigger.name, _key(one), says, one.finished_at)
        for one in known:
            if one.state == "running" and one.held_until and one.held_until < self._at:
                says = "whoever ran it is not heard of any more"
                yield Trouble("stalled", trigger.name, _key(one), says, one.held_until)
            if one.state == "waiting" and not is_timed and one.due_at + trigger.patience < self._at:
                says = f"it has waited for {told(self._at - one.due_at)}"
                yield Trouble("late", trigger.name, _key(one), says, one.due_at)

    def _not_run(self, schedule: Schedule, found: expected.Reckoned) -> Iterator[Trouble]:
        for one in found.missing:
            says = f"due {_shown(schedule, one)}, it never began"
            yield Trouble("missing", schedule.name, render(one), says, one)
        for one in found.late:
            says = f"due {_shown(schedule, one)}, {told(self._at - one)} ago"
            yield Trouble("late", schedule.name, render(one), says, one)

    def _going(self, pipeline: str) -> set[str] | None:
        """Name the steps that run in a pipeline's run, nothing if it runs nowhere."""
        found = runs.list_pipeline_runs(
            self._connection, self._tenant, pipeline=pipeline, state="running", limit=N_GOING
        )
        going = [one for one in found if seen(one, self._at).state == "running"]
        if not going:
            return None
        return {
            part.step
            for one in going
            for part in runs.parts_of_run(
                self._connection, self._tenant, one.pipeline_run_id, ["running"]
            )
        }

    def _failing(self, pipeline: str) -> dict[str, RunState]:
        """Name the steps that failed in the newest run of a pipeline, be it in one partition."""
        newest = runs.list_pipeline_runs(self._connection, self._tenant, pipeline=pipeline, limit=1)
        return {
            part.step: "failed"
            for one in newest
            for part in runs.parts_of_run(
                self._connection, self._tenant, one.pipeline_run_id, ["failed"]
            )
        }

    def _step(self, name: str, state: RunState | None) -> StepStatus:
        found = runs.list_runs(self._connection, self._tenant, name, limit=N_RUNS)
        took = [
            (one.finished_at - one.started_at).total_seconds() for one in found if one.finished_at
        ]
        newest = next(iter(self._commits(name)), None)
        last = found[0] if found else None
        return StepStatus(
            name=name,
            state=state or (last and last.state),
            run_id=last and last.run_id,
            started_at=last and last.started_at,
            last_s=took[0] if last and last.finished_at else None,
            median_s=median(took) if took else None,
            total_s=sum(took),
            n_runs=len(found),
            n_rows=newest and newest.n_rows,
            made_at=newest and newest.created_at,
            error=last and last.error,
        )

    def _writes(self, dataset: str, promise: Promise) -> list[Commit]:
        """List how a dataset of ours or of another tool was written, as a promise needs it."""
        if is_foreign(dataset):
            nodes = nodes_of(self._connection, self._tenant, dataset)
            found = newest_writes(self._connection, self._tenant, nodes, limit=N_BEFORE + 1)
            return [Commit(0, one.n_rows, one.at, one.n_rows) for one in found]
        commits = self._commits(dataset)
        if promise.min_written is None or not commits:
            return commits
        newest = commits[0]
        n_rows = n_written(self._connection, self._tenant, dataset, newest.number)
        return [newest._replace(n_written=n_rows), *commits[1:]]

    def _commits(self, dataset: str) -> list[Commit]:
        return queries.snapshots_of(self._connection, self._tenant, dataset, limit=N_BEFORE + 1)


def _line(
    trigger: Schedule | Sensor, known: Sequence[Tick], next_at: datetime | None
) -> TriggerLine:
    states = [one.state for one in known]
    last = max(
        (one for one in known if one.state in ("done", "failed") and one.finished_at),
        key=lambda one: (one.finished_at, one.key),
        default=None,
    )
    took_s = None
    if last and last.finished_at and last.started_at:
        took_s = (last.finished_at - last.started_at).total_seconds()
    return TriggerLine(
        name=trigger.name,
        about=trigger.about,
        next_at=next_at,
        last_at=last and last.finished_at,
        last_state=last and last.state,
        last_s=took_s,
        n_waiting=states.count("waiting"),
        n_running=states.count("running"),
    )


def _state(lines: Sequence[TriggerLine], *, is_running: bool) -> PipelineState:
    if is_running:
        return "running"
    if any(one.n_waiting for one in lines):
        return "waiting"
    return "idle" if lines else "manual"


def _broken(promises: Sequence[PromiseLine]) -> Iterator[Trouble]:
    for one in promises:
        if not one.is_kept:
            says = f"promised {one.wanted}; found {one.found}"
            yield Trouble(one.promise, one.dataset, "", says)


def _key(tick: Tick) -> str:
    """Name a tick: the time of a schedule, or the beginning of an arrival's digest."""
    return tick.key[:12] if tick.arrival else render(tick.due_at)


def _shown(schedule: Schedule, moment: datetime) -> str:
    return f"{schedule.clock.local(moment):%a %d %b %Y %H:%M %Z}"
