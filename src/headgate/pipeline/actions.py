"""Retrains: runs the pipeline that made what a model learned from, as an ordinary run.

What it makes is a candidate. Nothing is promoted by it; the memo makes a second run of the same
rows and code a run in which nothing is left to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.errors import Conflict, NotFound
from headgate.pipeline.loading import load_steps
from headgate.pipeline.reports import PlanRequest, RunPipeline
from headgate.pipeline.starting import plan_pipeline, start_run
from headgate.spine.lineage.between import made_of, reached
from headgate.spine.store import quarantine

if TYPE_CHECKING:
    from headgate.spine.context import Context


class RetrainAction:
    """Runs the pipeline of a target: `pipeline:NAME`, or `dataset:NAME` that a step makes."""

    name = "retrain"

    def plan(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Say which steps would run and why, and what waits in quarantine and would be left out.

        Raises:
            NotFound: no pipeline makes it.
        """
        del settings
        name = _pipeline(context, target)
        plan = plan_pipeline(context, PlanRequest(name=name))
        steps = [{"step": one.name, "would": one.state, "why": list(one.why)} for one in plan.steps]
        reads = sorted({read for one in plan.steps for read in one.reads})
        return {"pipeline": name, "steps": steps, "waiting": _waiting(context, reads)} | _after()

    def apply(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Run the pipeline.

        Raises:
            NotFound: no pipeline makes it.
            Conflict: the run failed.
        """
        del settings
        name = _pipeline(context, target)
        run = start_run(context, RunPipeline(name=name))
        states = {one.name: one.state for one in run.steps}
        if run.has_findings:
            raise Conflict(
                f"run {run.pipeline_run_id} of pipeline {name} failed",
                mend=f"see: headgate pipeline show {run.pipeline_run_id}",
            )
        return {"pipeline": name, "run": run.pipeline_run_id, "steps": states} | _after()


OFFERS = [RetrainAction()]


def _after() -> dict[str, Any]:
    return {
        "then": "what was made is a candidate; promote it once it beats the one in service",
        "undo": ["nothing was promoted; restore a dataset: headgate dataset restore NAME VERSION"],
    }


def _pipeline(context: Context, target: str) -> str:
    """Find the pipeline that is meant.

    Raises:
        NotFound: there is none of that name, or none makes that dataset.
    """
    kind, _, name = target.rpartition(":")
    steps = load_steps(context.root)
    if kind == "pipeline":
        if name not in steps.files:
            raise NotFound.among("pipeline", name, steps.files)
        return name
    files = [one.file for one in steps.all if one.name == name]
    if not files:
        raise NotFound(
            f"no pipeline makes dataset {name}",
            mend="name one in the rule of monitors/policy.yaml: `pipeline: NAME`",
        )
    return files[0]


def _waiting(context: Context, datasets: list[str]) -> dict[str, int]:
    """Count what waits in quarantine upstream of datasets; none of it is learned from."""
    with context.catalog.read() as connection:
        pairs = {(child, parent) for parent, child in made_of(connection, context.tenant)}
        found = quarantine.listed(connection, context.tenant)
    upstream = {name for start in datasets for name in reached(pairs, start)}
    counts: dict[str, int] = {}
    for one in found:
        if one.dataset in upstream and one.n_waiting:
            counts[one.dataset] = counts.get(one.dataset, 0) + one.n_waiting
    return counts
