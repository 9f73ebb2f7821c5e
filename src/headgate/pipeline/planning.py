"""Says which steps have to run and why, with the settings of this run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline import queries
from headgate.pipeline.memo import Parts, changes, parts_of
from headgate.pipeline.reports import Plan, PlannedStep
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context


class Verdict(NamedTuple):
    """Whether a step has to run, and why."""

    must_run: bool
    why: tuple[str, ...]
    memo: Memo | None = None


def plan_steps(
    context: Context, name: str, steps: Sequence[Step], settings: Mapping[str, Any]
) -> Plan:
    """Say of each step whether it would run, and why.

    Raises:
        Invalid: no step has a setting of that name, or it takes no such value.
        NotFound: a step reads a dataset that nobody made.
    """
    chosen = choose(steps, settings)
    require_inputs(context, steps)
    planned: list[PlannedStep] = []
    running: set[str] = set()
    for step in steps:
        before = [read for read in step.reads if read in running]
        inputs = inputs_of(context, step)
        if len(inputs) < len(step.reads):
            verdict = Verdict(must_run=True, why=("it never ran",))
        else:
            verdict = judge(context, step, parts_of(context, step, chosen[step.name], inputs))
        state = "run" if verdict.must_run else "cached"
        why = verdict.why
        if before and not verdict.must_run:
            state = "wait"
            why = (f"{before[0]} runs before it: it runs too unless that comes out as it was",)
        if state != "cached":
            running.add(step.name)
        planned.append(PlannedStep(step.name, state, why, step.reads))
    return Plan(pipeline=name, steps=tuple(planned))


def judge(context: Context, step: Step, parts: Parts) -> Verdict:
    """Say whether a step has to run, given all its rows depend on."""
    if not step.cache:
        return Verdict(must_run=True, why=("it is declared with cache=False",))
    with context.catalog.read() as connection:
        memo = queries.memo_of(connection, context.tenant, step.name, parts.key)
        newest = memo or queries.newest_memo(connection, context.tenant, step.name)
    head = found(context, step.name)
    if newest is None:
        return Verdict(must_run=True, why=("it never ran",))
    if memo is None:
        return Verdict(must_run=True, why=changes(newest.parts, parts) or ("its parts changed",))
    if head is None:
        return Verdict(must_run=True, why=(f"{step.name} is gone",))
    if step.mode == "replace" and head.content_root != memo.content_root:
        why = f"{step.name}@{head.number} is not what it made: {head.run_id or 'changed by hand'}"
        return Verdict(must_run=True, why=(why,))
    return Verdict(must_run=False, why=("nothing it depends on has changed",), memo=memo)


def choose(steps: Sequence[Step], settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Put the settings of a run in the place of the steps' own, each as its default's type.

    Raises:
        Invalid: no step has a setting of that name, or it takes no such value.
    """
    known = {name for step in steps for name in step.settings}
    for name in settings:
        if name not in known:
            raise Invalid(
                f"no step has a setting {name!r}",
                mend=f"there are: {', '.join(sorted(known)) or 'none'}",
            )
    return {
        step.name: {
            name: _as(settings[name], default, name) if name in settings else default
            for name, default in step.settings.items()
        }
        for step in steps
    }


def require_inputs(context: Context, steps: Sequence[Step]) -> None:
    """Make sure that each dataset is there or made by a step before.

    Raises:
        NotFound: one is not.
    """
    made: set[str] = set()
    for step in steps:
        for read in step.reads:
            if read not in made and found(context, read) is None:
                with context.catalog.read() as connection:
                    names = queries.dataset_names(connection, context.tenant)
                raise NotFound.among("dataset", read, [*names, *made])
        made.add(step.name)


def inputs_of(context: Context, step: Step) -> dict[str, Snapshot]:
    """Return the newest snapshot of each dataset a step reads, as far as it is there."""
    known = {read: found(context, read) for read in step.reads}
    return {read: snapshot for read, snapshot in known.items() if snapshot is not None}


def found(context: Context, name: str) -> Snapshot | None:
    """Return the newest snapshot of a dataset, if there is one."""
    try:
        return find_snapshot(context, name)
    except NotFound:
        return None


def _as(value: Any, default: Any, name: str) -> Any:
    if default is None:
        return value
    try:
        return msgspec.convert(value, type(default), strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"setting {name} is {value!r}, which is no {type(default).__name__}",
            mend=f"give a value like its own, {default!r}",
        ) from error
