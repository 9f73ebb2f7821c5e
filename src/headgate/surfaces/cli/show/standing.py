"""How a terminal shows how pipelines stand: what is wrong first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.times import told
from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headgate.pipeline.schedule.promises import PromiseLine
    from headgate.pipeline.schedule.reports import (
        PipelineStatus,
        Retried,
        StatusReport,
        StepStatus,
        TriggerLine,
    )
    from headgate.surfaces.cli.paint import Paint

_COLORS = {"running": "cyan", "waiting": "yellow"}


def status_lines(report: StatusReport, paint: Paint) -> list[str]:
    """Show each pipeline, and when a scheduler was last heard of."""
    lines: list[str] = []
    for one in report.pipelines:
        lines += [*_pipeline(one, report.at, paint), ""]
    said = "no scheduler was ever heard of: headgate up"
    if not any(one.triggers for one in report.pipelines):
        said = "nothing runs by itself: write schedule = Schedule(…) in a pipeline's file"
    elif report.heard_at:
        said = f"a scheduler was last heard of {_ago(report.heard_at, report.at)}"
    return [*lines, *paint.told(said, "dim")]


def retry_lines(found: Retried, paint: Paint) -> list[str]:
    """Say how many ticks wait again."""
    return paint.told(f"{found.pipeline}: {count(found.n_ticks, 'tick')} to run again")


def _pipeline(one: PipelineStatus, at: datetime, paint: Paint) -> list[str]:
    state = f"{one.state}, in trouble" if one.troubles else one.state
    color = "red" if one.troubles else _COLORS.get(one.state, "green")
    lines = [f"{paint.heading(one.pipeline)}: {paint.style(color, state)}"]
    lines += _troubles(one, paint)
    if one.triggers:
        rows = [_trigger(trigger, at) for trigger in one.triggers]
        lines += paint.grid(("runs", "last", "took", "next", "waiting", "for"), rows)
    if one.steps:
        rows = [_step(step, at) for step in one.steps]
        lines += paint.grid(("step", "state", "took", "median", "in all", "rows", "made"), rows)
    for promise in one.promises:
        lines += _promise(promise, one, paint)
    return lines


def _troubles(one: PipelineStatus, paint: Paint) -> Iterator[str]:
    """Say what is wrong; a promise that is broken is told with the promises."""
    promised = [promise.promise for promise in one.promises]
    for trouble in one.troubles:
        if trouble.kind not in promised:
            yield from paint.told(f"{trouble.kind} {trouble.subject}: {trouble.says}", "red")
    if one.n_more:
        yield from paint.told(f"and {count(one.n_more)} more like these", "red")


def _step(step: StepStatus, at: datetime) -> tuple[object, ...]:
    return (
        step.name,
        step.state or "never ran",
        _seconds(step.last_s),
        _seconds(step.median_s),
        _seconds(step.total_s if step.n_runs else None),
        step.n_rows,
        _ago(step.made_at, at),
    )


def _promise(promise: PromiseLine, one: PipelineStatus, paint: Paint) -> Iterator[str]:
    """Say whether a promise is kept; of a broken one also who is to look, and who is hit."""
    said = f"{promise.dataset}: {promise.wanted}; found {promise.found}"
    kept = paint.style(*(("green", "kept  ") if promise.is_kept else ("red", "broken")))
    first, *rest = paint.inset(8).told(said)
    yield f"{kept}  {first}"
    yield from (f"        {part}" for part in rest)
    told_of = (promise.promise, promise.dataset)
    for trouble in () if promise.is_kept else one.troubles:
        if (trouble.kind, trouble.subject) == told_of:
            for words in trouble.account:
                yield from (f"        {part}" for part in paint.inset(8).told(words))


def _trigger(one: TriggerLine, at: datetime) -> tuple[object, ...]:
    last = f"{one.last_state} {_ago(one.last_at, at)}" if one.last_at else "never"
    if one.n_running:
        last = "running"
    due = "-" if one.next_at is None else f"in {told(one.next_at - at)}"
    return one.name, last, _seconds(one.last_s), due, one.n_waiting, cell(one.about)


def _ago(moment: datetime | None, at: datetime) -> str:
    return "-" if moment is None else f"{told(at - moment)} ago"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:,.1f} s"
