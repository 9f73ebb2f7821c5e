"""Says of each step of a plan or a run how finely the lineage of what it made is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from headgate.spine.lineage.levels import levels_of
from headgate.spine.store.snapshots import heads

if TYPE_CHECKING:
    from headgate.pipeline.reports import PipelineRun, Plan
    from headgate.spine.context import Context


def plan_with_levels(context: Context, plan: Plan) -> Plan:
    """Say it of each step by what it made last."""
    with context.catalog.read() as connection:
        known = heads(connection, context.tenant, [step.name for step in plan.steps])
        newest = [(name, snapshot.number) for name, snapshot in known.items()]
        found = levels_of(connection, context.tenant, newest)
    levels = {dataset: level for (dataset, _), level in found.items()}
    steps = tuple(replace(step, lineage=levels.get(step.name)) for step in plan.steps)
    return replace(plan, steps=steps)


def run_with_levels(context: Context, run: PipelineRun) -> PipelineRun:
    """Say it of each step that has rows."""
    made = {step.snapshot: _split(step.snapshot) for step in run.steps if step.snapshot}
    with context.catalog.read() as connection:
        found = levels_of(connection, context.tenant, list(made.values()))
    levels = {name: found.get(key) for name, key in made.items()}
    steps = tuple(replace(step, lineage=levels.get(step.snapshot or "")) for step in run.steps)
    return replace(run, steps=steps)


def _split(snapshot: str) -> tuple[str, int]:
    dataset, _, number = snapshot.rpartition("@")
    return dataset, int(number)
