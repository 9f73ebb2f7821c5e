"""How a terminal shows how pipelines stand: what is wrong first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.pipeline.schedule.promises import told
from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.pipeline.schedule.reports import (
        PipelineStatus,
        Retried,
        StatusReport,
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
    promised = [promise.promise for promise in one.promises]
    for trouble in one.troubles:
        if trouble.kind in promised:
            continue
        said = f"{trouble.kind} {trouble.subject}: {trouble.says}"
        lines += paint.told(said, "red")
    if one.n_more:
        lines += paint.told(f"and {count(one.n_more)} more like these", "red")
    if one.triggers:
        rows = [_trigger(trigger, at) for trigger in one.triggers]
        names = ("runs", "last", "took", "next", "waiting", "for")
        lines += paint.grid(names, rows)
    rows = [
        (
            step.name,
            step.state or "never ran",
            _seconds(step.last_s),
            _seconds(step.median_s),
            _seconds(step.total_s if step.n_runs else None),
            step.n_rows,
            _ago(step.made_at, at),
        )
        for step in one.steps
    ]
    if rows:
        lines += paint.grid(("step", "state", "took", "median", "in all", "rows", "made"), rows)
    for promise in one.promises:
        said = f"{promise.dataset}: {promise.wanted}; found {promise.found}"
        kept = paint.style(*(("green", "kept  ") if promise.is_kept else ("red", "broken")))
        first, *rest = paint.inset(8).told(said)
        lines += [f"{kept}  {first}", *(f"        {part}" for part in rest)]
        if not promise.is_kept:
            accounts = [
                trouble
                for trouble in one.troubles
                if (trouble.kind, trouble.subject) == (promise.promise, promise.dataset)
            ]
            said = [word for account in accounts for word in account.account]
            lines += [f"        {part}" for word in said for part in paint.inset(8).told(word)]
    return lines


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
