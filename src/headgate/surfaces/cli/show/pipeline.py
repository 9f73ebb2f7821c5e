"""How a terminal shows pipelines: their steps, what would run and why, and what ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count, said, shorten
from headgate.surfaces.cli.show.standing import retry_lines, status_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.pipeline.hosts.reports import ExportedPipeline
    from headgate.pipeline.reports import (
        BackfillReport,
        PartCounts,
        PipelineList,
        PipelineRun,
        Plan,
        RunHistory,
        RunParts,
        StepRun,
    )
    from headgate.pipeline.runs import PipelineRunRecord
    from headgate.surfaces.cli.paint import Paint

__all__ = [
    "backfill_lines",
    "cancel_lines",
    "export_lines",
    "history_lines",
    "list_lines",
    "plan_lines",
    "retry_lines",
    "run_lines",
    "show_lines",
    "status_lines",
]
MINUTE_S = 60
MOST_SAID = 600
"""Of an error; `headgate run show` has all of it [characters]."""


def list_lines(found: PipelineList, paint: Paint) -> list[str]:
    """Show the steps of every pipeline file."""
    lines: list[str] = []
    for pipeline in sorted({step.pipeline for step in found.steps}):
        rows = [
            (step.name, cell(step.reads), cell(step.settings), step.mode)
            for step in found.steps
            if step.pipeline == pipeline
        ]
        lines += [paint.heading(pipeline), *paint.grid(("step", "reads", "settings", "mode"), rows)]
        lines.append("")
    first = found.steps[0].pipeline if found.steps else "NAME"
    return [*lines, f"what would run, and why: headgate pipeline plan {first}"]


def plan_lines(plan: Plan, paint: Paint) -> list[str]:
    """Show which steps would run, each with its reasons."""
    lines = _planned(plan, paint)
    if any(step.state != "cached" for step in plan.steps):
        lines.append(f"run them: headgate pipeline run {plan.pipeline}")
    return lines


def run_lines(run: PipelineRun, paint: Paint) -> list[str]:
    """Show what became of each step, and what went wrong."""
    lines = [f"{paint.heading(run.pipeline)}: {_counted([step.state for step in run.steps])}"]
    rows = [(step.state, step.name, step.snapshot, step.n_rows, _why(step)) for step in run.steps]
    lines += paint.grid(("state", "step", "snapshot", "rows", "why"), rows)
    coarse = [step.name for step in run.steps if step.lineage == "dataset"]
    if coarse:
        lines += paint.told(
            f"lineage between datasets only: {', '.join(coarse)}; rows returned with _rid or "
            f"_parents are followed one by one",
            "dim",
        )
    took_ms = sum(step.took_ms for step in run.steps)
    lines.append(paint.style("dim", f"took {took_ms:.0f} ms"))
    for step in run.steps:
        if step.error:
            lines += ["", *paint.told(f"{step.name} failed: {_said(step.error)}")]
            told = [("at", step.place), ("run", f"headgate run show {step.run_id}")]
            lines += paint.pairs([(name, text) for name, text in told if text])
    if any(step.partitions and step.partitions.n_failed for step in run.steps):
        again = f"headgate pipeline resume {run.pipeline_run_id} --failed-only"
        lines += ["", *paint.told(f"only what failed, again: {again}")]
    return lines


resume_lines = run_lines


def backfill_lines(report: BackfillReport, paint: Paint) -> list[str]:
    """Show what a backfill would make, or what it made."""
    if report.run is not None:
        return run_lines(report.run, paint)
    keys = report.partitions
    span = f": {keys[0]} to {keys[-1]}" if len(keys) > 1 else "".join(f": {key}" for key in keys)
    lines = [f"{count(len(keys), 'partition')}{span}", *_planned(report.plan, paint)]
    if any(step.state != "cached" for step in report.plan.steps):
        lines.append("do it: the same with --apply")
    return lines


def export_lines(found: ExportedPipeline, paint: Paint) -> list[str]:
    """Show the file as it is, or where it was written and what it does not do."""
    if found.path is None:
        return found.text.splitlines()
    lines = paint.told(f"{found.path}: {found.name}, to be run by {found.to}")
    for note in found.notes:
        lines += paint.told(f"- {note}", "dim")
    return lines


def cancel_lines(record: PipelineRunRecord, _paint: Paint) -> list[str]:
    """Show that a run was asked to end."""
    if record.state == "cancelled":
        return [f"{record.pipeline_run_id} is cancelled; its process was gone"]
    return [f"{record.pipeline_run_id} ends before its next part; what it made stays"]


def history_lines(found: RunHistory, paint: Paint) -> list[str]:
    """Show runs of pipelines, the newest first."""
    if not found.runs:
        return ["no pipeline has run yet"]
    rows = [
        (
            line.run.state,
            line.run.pipeline,
            line.run.kind,
            line.run.started_at,
            _took(line.run),
            ", ".join(f"{n:,} {state}" for state, n in line.parts.items()),
            line.run.pipeline_run_id,
        )
        for line in found.runs
    ]
    names = ("state", "pipeline", "kind", "started", "took", "parts", "id")
    return [
        *paint.grid(names, rows),
        *paint.told(f"one: headgate pipeline show {found.runs[0].run.pipeline_run_id}"),
    ]


def show_lines(found: RunParts, paint: Paint) -> list[str]:
    """Show a run of a pipeline, what became of its parts, and what failed."""
    run = found.run
    facts = [
        ("state", run.state),
        ("by", run.actor),
        ("from", cell(run.started_at)),
        ("took", _took(run)),
        ("settings", cell(run.settings) if run.settings else "as declared"),
        ("process", f"{run.pid} on {run.host}"),
    ]
    lines = [paint.heading(f"{run.pipeline_run_id} {run.kind} of {run.pipeline}")]
    lines += paint.pairs(facts)
    states = list(found.parts)
    rows = [(step, *(counts.get(one, 0) for one in states)) for step, counts in found.steps.items()]
    if rows:
        lines += ["", *paint.grid(("step", *states), rows)]
    for part in found.failed:
        name = f"{part.step} {part.partition}".rstrip()
        lines += ["", *paint.told(f"{name} failed: {_said(part.error)}")]
        lines += paint.pairs([("run", f"headgate run show {part.run_id}")])
    if run.state in ("failed", "cancelled", "lost"):
        lines += ["", *paint.told(f"go on: headgate pipeline resume {run.pipeline_run_id}")]
    return lines


def _planned(plan: Plan, paint: Paint) -> list[str]:
    n_running = sum(step.state != "cached" for step in plan.steps)
    about = f", about {_told_s(plan.seconds)}" if plan.seconds and n_running else ""
    head = f"{n_running} of {count(len(plan.steps), 'step')} to run{about}"
    entries: list[tuple[str, str]] = []
    for step in plan.steps:
        entries.append((step.state, step.name))
        if step.partitions is not None:
            entries.append(("", _parts(step.partitions, "to make")))
        if step.keys:
            more = step.partitions.n_ran - len(step.keys) if step.partitions else 0
            entries.append(("", ", ".join(step.keys) + (f" and {more:,} more" if more else "")))
        entries += [("", why) for why in step.why]
    return [f"{paint.heading(plan.pipeline)}: {head}", *paint.pairs(entries)]


def _parts(parts: PartCounts, ran: str) -> str:
    """Say what became of partitions, or would."""
    told = (
        (parts.n_ran, ran),
        (parts.n_cached, "unchanged"),
        (parts.n_failed, "failed"),
        (parts.n_skipped, "skipped"),
        (parts.n_emptied, "emptied" if ran == "made" else "to empty"),
    )
    found = ", ".join(f"{n:,} {what}" for n, what in told if n)
    return f"{count(parts.n_total, 'partition')}: {found}" if found else "no partition"


def _why(step: StepRun) -> str:
    own = () if step.partitions is None else (_parts(step.partitions, "made"),)
    return "; ".join((*own, *step.why))


def _said(error: str | None) -> str:
    return shorten(said(error or "-"), MOST_SAID)


def _counted(states: Sequence[str]) -> str:
    return ", ".join(
        f"{n} {state}"
        for state in ("ran", "cached", "failed", "skipped")
        if (n := states.count(state))
    )


def _took(run: PipelineRunRecord) -> str:
    if run.finished_at is None:
        return "-"
    return _told_s((run.finished_at - run.started_at).total_seconds())


def _told_s(seconds: float) -> str:
    """Write how long something takes.

    >>> _told_s(0.25), _told_s(75), _told_s(7300)
    ('0.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE_S)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"
