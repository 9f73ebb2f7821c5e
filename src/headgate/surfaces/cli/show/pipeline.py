"""How a terminal shows pipelines: their steps, what would run and why, and what ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count
from headgate.surfaces.cli.show.standing import retry_lines, status_lines

if TYPE_CHECKING:
    from headgate.pipeline.reports import PipelineList, PipelineRun, Plan
    from headgate.surfaces.cli.paint import Paint

__all__ = ["list_lines", "plan_lines", "retry_lines", "run_lines", "status_lines"]


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
    n_running = sum(step.state != "cached" for step in plan.steps)
    lines = [
        f"{paint.heading(plan.pipeline)}: {n_running} of {count(len(plan.steps), 'step')} to run"
    ]
    entries: list[tuple[str, str]] = []
    for step in plan.steps:
        entries += [(step.state, step.name), *(("", why) for why in step.why)]
    lines += paint.pairs(entries)
    if n_running:
        lines.append(f"run them: headgate pipeline run {plan.pipeline}")
    return lines


def run_lines(run: PipelineRun, paint: Paint) -> list[str]:
    """Show what became of each step, and what went wrong."""
    counts = [
        f"{n} {state}"
        for state in ("ran", "cached", "failed", "skipped")
        if (n := sum(step.state == state for step in run.steps))
    ]
    lines = [f"{paint.heading(run.pipeline)}: {', '.join(counts)}"]
    rows = [
        (step.state, step.name, step.snapshot, step.n_rows, "; ".join(step.why))
        for step in run.steps
    ]
    lines += paint.grid(("state", "step", "snapshot", "rows", "why"), rows)
    took_ms = sum(step.took_ms for step in run.steps)
    lines.append(paint.style("dim", f"took {took_ms:.0f} ms"))
    for step in run.steps:
        if step.error:
            lines += ["", *paint.told(f"{step.name} failed: {step.error}")]
            told = [("at", step.place), ("run", f"headgate run show {step.run_id}")]
            lines += paint.pairs([(name, text) for name, text in told if text])
    return lines
