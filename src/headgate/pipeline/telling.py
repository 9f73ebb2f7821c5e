"""Tells the notifiers of `pipelines.notify` which steps fail, and when they are well again.

What is told names the step, its run and the kind of error. The error's own words may name people,
so they stay in the run. A step is known by the dataset it makes, whichever pipeline it ran in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from headgate.pipeline.reports import PipelineRun
    from headgate.pipeline.runs import RunRecord
    from headgate.spine.context import Context
    from headgate.spine.work import Work


def key_of(step: str) -> str:
    """Return the dedup key of what is told of a step.

    >>> key_of("totals")
    'step/totals'
    """
    return f"step/{step}"


def is_asked_for(context: Context) -> bool:
    """Say whether somebody is to be told at all."""
    return bool(context.settings.text("pipelines.notify"))


def check(context: Context) -> None:
    """Make sure, before anything runs, that there is a notifier of each name.

    Raises:
        NotFound: there is not.
    """
    if is_asked_for(context):
        from headgate.spine.outbox.notifiers import require

        require(context.root, _listeners(context))


def tell_failed(work: Work, context: Context, record: RunRecord, error: BaseException) -> None:
    """Put a trigger into the outbox, in the unit that records that a step failed."""
    if not isinstance(error, Exception) or not is_asked_for(context):
        return
    from headgate.pipeline.calling import kind_of
    from headgate.spine.outbox.writing import put

    pipeline = record.parameters.get("pipeline", "")
    kind = kind_of(error)
    message = Message(
        kind="trigger",
        dedup_key=key_of(record.name),
        title=f"step {record.name} of pipeline {pipeline} failed",
        body=f"{kind}. What it said: headgate run show {record.run_id}",
        details={"step": record.name, "pipeline": pipeline, "run": record.run_id},
    )
    put(work, context, message, to=_listeners(context))


def tell_well(work: Work, context: Context, steps: list[str]) -> None:
    """Put a resolve into the outbox for those steps that were told to have failed."""
    if not is_asked_for(context):
        return
    from headgate.spine.outbox.writing import resolve

    for step in steps:
        message = Message(
            kind="resolve",
            dedup_key=key_of(step),
            title=f"step {step} is well again",
            severity="info",
            details={"step": step},
        )
        resolve(work, context, message, to=_listeners(context))


def settle(context: Context, run: PipelineRun, keys_of: Callable[[str], Collection[str]]) -> None:
    """Resolve what was told of steps that need not run any more, and deliver what was told.

    A step with partitions is well when each of them is, whether or not this run was about it.

    Args:
        context: the project.
        run: what became of its steps.
        keys_of: lists the partitions that a step has now.
    """
    if not is_asked_for(context):
        return
    from headgate.spine.outbox.delivering import deliver
    from headgate.spine.work import Work

    well = [
        one.name
        for one in run.steps
        if one.state == "cached" or (one.state == "ran" and one.partitions is not None)
    ]
    parted = {one.name for one in run.steps if one.partitions is not None}
    known = [
        step
        for step in _open(context, well)
        if step not in parted or _failing(context, step).isdisjoint(keys_of(step))
    ]
    if known:
        with Work(context) as work:
            tell_well(work, context, known)
    deliver(context, keys=[key_of(one.name) for one in run.steps])


def _failing(context: Context, step: str) -> set[str]:
    from headgate.pipeline import queries

    with context.catalog.read() as connection:
        return queries.failing_partitions(connection, context.tenant, step)


def _open(context: Context, steps: list[str]) -> list[str]:
    from headgate.spine.outbox.queries import open_keys

    keys = [key_of(step) for step in steps]
    with context.catalog.read() as connection:
        found = [open_keys(connection, context.tenant, name, keys) for name in _listeners(context)]
    return [step for step in steps if key_of(step) in set[str]().union(*found)]


def _listeners(context: Context) -> list[str]:
    from headgate.spine.outbox.writing import listeners

    return listeners(context)
