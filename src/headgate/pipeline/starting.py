"""Begins runs of pipelines: plain ones, backfills, and such as are taken up again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline import queries, telling
from headgate.pipeline.calling import Caller, jobs_of
from headgate.pipeline.engines import placed, require_engines
from headgate.pipeline.journal import begin, resume
from headgate.pipeline.judging import keys_of
from headgate.pipeline.levels import plan_with_levels, run_with_levels
from headgate.pipeline.loading import load_steps
from headgate.pipeline.openlineage.sending import start
from headgate.pipeline.parting import N_NAMED
from headgate.pipeline.planning import Wish, choose, plan_steps
from headgate.pipeline.reports import BackfillReport
from headgate.pipeline.running import run_steps
from headgate.pipeline.runs import Asked
from headgate.pipeline.standing import Standing
from headgate.pipeline.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.pipeline.journal import Journal
    from headgate.pipeline.partitions import Partitions
    from headgate.pipeline.reports import (
        Backfill,
        PipelineRun,
        Plan,
        PlanRequest,
        ResumeRun,
        RunPipeline,
    )
    from headgate.pipeline.runs import PartRecord
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context


def plan_pipeline(context: Context, request: PlanRequest) -> Plan:
    """Say which steps would run, and why.

    Raises:
        NotFound: there is no such pipeline or dataset.
        Invalid: a file cannot be imported, or no step has such a setting.
    """
    wish = _wish(context, request.name, request.set, Asked(steps=_only(request.step)))
    n_keys = None if request.keys else N_NAMED
    plan = plan_steps(Standing(context, wish.steps), wish, n_keys=n_keys)
    return plan_with_levels(context, plan)


def start_run(context: Context, request: RunPipeline) -> PipelineRun:
    """Run what has to run of a pipeline.

    Raises:
        NotFound: there is no such pipeline, dataset or partition.
        Invalid: a file cannot be imported, no step has such a setting, or none has partitions.
    """
    keys = None if request.partition is None else (request.partition,)
    asked = Asked(
        steps=_only(request.step), partitions=keys, once=request.once, engine=request.engine
    )
    wish = _wish(context, request.name, request.set, asked)
    standing = Standing(context, wish.steps)
    if request.partition is not None:
        _require_keys(standing, wish.steps, [request.partition])
    require_engines(context, wish.steps)
    return _run(context, wish, standing, begin(context, request.name, request.set, asked))


def start_backfill(context: Context, request: Backfill) -> BackfillReport:
    """Plan a backfill, and do it if that is asked for.

    Raises:
        NotFound: there is no such pipeline, dataset or partition.
        Invalid: no step has partitions, or the request contradicts itself.
    """
    if request.plan and request.apply:
        raise Invalid("both --plan and --apply were given", mend="plan first, then apply")
    if request.partitions and (request.from_ or request.until):
        raise Invalid("keys and a range of them were given", mend="give one of the two")
    asked = Asked(
        steps=_only(request.step), again=request.again, once=request.once, engine=request.engine
    )
    wish = _wish(context, request.name, request.set, asked)
    standing = Standing(context, wish.steps)
    keys = _chosen_keys(standing, wish.steps, request)
    wish = wish._replace(asked=msgspec.structs.replace(asked, partitions=tuple(keys)))
    plan = plan_with_levels(context, plan_steps(standing, wish))
    if not request.apply:
        return BackfillReport(request.name, tuple(keys), plan)
    require_engines(context, wish.steps)
    journal = begin(context, request.name, request.set, wish.asked, kind="backfill")
    run = _run(context, wish, standing, journal)
    return BackfillReport(request.name, tuple(keys), plan, run, has_findings=run.has_findings)


def resume_pipeline(context: Context, request: ResumeRun) -> PipelineRun:
    """Take a run up again; what it made stays, and what it failed at or did not come to is made.

    Raises:
        NotFound: there is no such run.
        Conflict: it goes on, or it is done; or only what failed is wanted, and nothing did.
    """
    journal = resume(context, request.pipeline_run_id, failed_only=request.failed_only)
    record = journal.record
    try:
        with context.catalog.read() as connection:
            parts = queries.parts_of_run(connection, context.tenant, record.pipeline_run_id)
        wish = _wish(context, record.pipeline, record.settings, record.asked)
        standing = Standing(context, wish.steps)
        left = _failed(record.asked, parts) if request.failed_only else _left(wish, standing, parts)
        wish = wish._replace(asked=left)
        require_engines(context, wish.steps)
    except BaseException:
        journal.finish("failed")
        raise
    return _run(context, wish, standing, journal)


def _failed(asked: Asked, parts: Sequence[PartRecord]) -> Asked:
    """Return what is to be asked for so that what failed is made."""
    keys = {one.partition for one in parts if one.state == "failed" and one.partition}
    if not keys and not asked.again:
        return asked
    return msgspec.structs.replace(asked, partitions=tuple(sorted(keys)))


def _left(wish: Wish, standing: Standing, parts: Sequence[PartRecord]) -> Asked:
    """Return what is to be asked for so that what was not done is.

    Where nothing need have changed for a partition to be made, those that some step has still to
    make are told by what was done.
    """
    asked = wish.asked
    if not asked.again or asked.partitions is None:
        return asked
    done = {(one.step, one.partition) for one in parts if one.state in ("ran", "cached")}
    known = {key for _, key in done}
    owed = {
        key
        for step in wish.steps
        if step.partitions is not None
        for key in keys_of(standing, step.partitions)
        if (step.name, key) not in done
    }
    rest = [key for key in asked.partitions if key in owed or key not in known]
    return msgspec.structs.replace(asked, partitions=tuple(rest))


def _wish(context: Context, name: str, settings: Mapping[str, str], asked: Asked) -> Wish:
    steps = placed(context, load_steps(context.root).of(name), asked.engine)
    telling.check(context)
    jobs_of(context)
    chosen = choose(steps, settings)
    if asked.steps is not None:
        names = [step.name for step in steps]
        for one in asked.steps:
            if one not in names:
                raise NotFound.among(f"step of {name}", one, names)
        steps = [step for step in steps if step.name in asked.steps]
    if asked.once:
        steps = [dataclasses.replace(step, retries=0) for step in steps]
    return Wish(name, steps, chosen, asked)


def _only(step: str | None) -> tuple[str, ...] | None:
    return None if step is None else (step,)


def _run(context: Context, wish: Wish, standing: Standing, journal: Journal) -> PipelineRun:
    caller = Caller(context, journal.tick, wish.steps)
    turn = Turn(context, wish.steps, wish.chosen, wish.asked, standing, journal, caller)
    run = run_with_levels(context, run_steps(turn))
    telling.settle(context, run, lambda step: _keys_of(turn, step))
    start(context)
    return run


def _keys_of(turn: Turn, name: str) -> list[str]:
    found = [one.partitions for one in turn.steps if one.name == name]
    return [key for one in found if one is not None for key in keys_of(turn.standing, one)]


def _chosen_keys(standing: Standing, steps: Sequence[Step], request: Backfill) -> list[str]:
    if request.partitions:
        return _require_keys(standing, steps, request.partitions)
    found: list[str] = []
    for partitions in _partitions_of(steps):
        known = keys_of(standing, partitions)
        if request.from_ or request.until:
            known = partitions.between(known, request.from_, request.until)
        found += known
    return list(dict.fromkeys(found))


def _require_keys(standing: Standing, steps: Sequence[Step], keys: Sequence[str]) -> list[str]:
    """Make sure that each key is one of a partition; those found at run time may come yet."""
    known: dict[str, Literal[True]] = {}
    for partitions in _partitions_of(steps):
        for key in keys:
            partitions.check(key)
        known |= dict.fromkeys(keys_of(standing, partitions), True)
        if partitions.dataset is not None and standing.head(partitions.dataset) is None:
            known |= dict.fromkeys(keys, True)
    for key in keys:
        if key not in known:
            raise NotFound.among("partition", key, list(known))
    return list(dict.fromkeys(keys))


def _partitions_of(steps: Sequence[Step]) -> list[Partitions]:
    found = [step.partitions for step in steps if step.partitions is not None]
    if not found:
        raise Invalid(
            "no step of the pipeline has partitions",
            mend="declare them: @step(partitions=daily('day', '2026-11-01'))",
        )
    return found
