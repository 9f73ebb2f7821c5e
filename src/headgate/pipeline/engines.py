"""Says what calls the functions of a run's steps: this machine, or a Ray cluster."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.pipeline.arguments import ENGINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.pipeline.arguments import Engine
    from headgate.pipeline.ray.cluster import Cluster
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context


def placed(context: Context, steps: Sequence[Step], wanted: str | None) -> list[Step]:
    """Say of each step what calls its function.

    Args:
        context: the project, which says it of steps that do not.
        steps: the steps.
        wanted: what the run was asked to use for all of them.

    Raises:
        Invalid: there is no such engine.
    """
    usual = _known(context.settings.text("engine"))
    return [_on(step, _known(wanted or step.engine or usual)) for step in steps]


def require_engines(context: Context, steps: Sequence[Step]) -> None:
    """Make sure that what is to call the functions of steps is there, before anything is begun.

    Raises:
        Invalid: a setting of an engine is wrong.
        Unavailable: Ray is not installed, and a step is to run there.
    """
    if any(step.engine == "ray" for step in steps):
        from headgate.pipeline.ray.cluster import require_ray

        require_ray()
        calls_of(context)


def cluster_of(context: Context, steps: Sequence[Step]) -> Cluster | None:
    """Return the cluster that steps run on, not reached yet; nothing if none does.

    Raises:
        Unavailable: Ray is not installed.
    """
    there = [step for step in steps if step.engine == "ray"]
    if not there:
        return None
    from headgate.pipeline.ray.cluster import Cluster

    return Cluster(context, there)


def calls_of(context: Context) -> int:
    """Return how many calls a run hands to a cluster at once [count].

    Raises:
        Invalid: the setting is no such number.
    """
    found = context.settings.number("ray.jobs")
    if found < 1:
        raise Invalid(f"setting 'ray.jobs' is {found}", mend="write jobs = 1 or more in [ray]")
    return found


def _known(name: str) -> Engine:
    if name not in ENGINES:
        raise Invalid(
            f"setting 'engine' is {name!r}", mend=f"write {' or '.join(map(repr, ENGINES))}"
        )
    return name


def _on(step: Step, engine: Engine) -> Step:
    """Let a step run beside others where its function is not called here."""
    return dataclasses.replace(step, engine=engine, process=step.process or engine == "ray")
