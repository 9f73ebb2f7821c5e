"""Says which steps have to run and why, with the settings of this run; nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from blake3 import blake3

from headgate.core.errors import Invalid
from headgate.pipeline.judging import AGAIN, NEVER, judge, judge_partitions, keys_of
from headgate.pipeline.leftovers import leftovers
from headgate.pipeline.parting import N_NAMED, asked_among
from headgate.pipeline.reports import PartCounts, Plan, PlannedStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.pipeline.judging import Verdict
    from headgate.pipeline.runs import Asked
    from headgate.pipeline.standing import Standing
    from headgate.pipeline.steps import Step


class Wish(NamedTuple):
    """What is to be run.

    Args:
        pipeline: its name.
        steps: in an order in which each comes after those it follows.
        chosen: for each step its settings.
        asked: what is wanted of them.
    """

    pipeline: str
    steps: Sequence[Step]
    chosen: Mapping[str, Mapping[str, Any]]
    asked: Asked


def plan_steps(standing: Standing, wish: Wish, *, n_keys: int | None = N_NAMED) -> Plan:
    """Say of each step whether it would run, and why.

    Args:
        standing: what there is.
        wish: what is wanted.
        n_keys: how many partitions of a step are named at most; all of them if none [count].
    """
    planned: list[PlannedStep] = []
    running: set[str] = set()
    for step in wish.steps:
        before = [name for name in step.follows if name in running]
        found = _plan_step(standing, wish, step, before)
        planned.append(msgspec.structs.replace(found, keys=found.keys[:n_keys]))
        if planned[-1].state != "cached":
            running.add(step.name)
    return Plan(pipeline=wish.pipeline, steps=tuple(planned), seconds=_sum_of(planned))


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


def _plan_step(standing: Standing, wish: Wish, step: Step, before: Sequence[str]) -> PlannedStep:
    if any(standing.head(name) is None for name in step.reads):
        return _planned(step, "run", (AGAIN if wish.asked.again else NEVER,))
    if step.partitions is None:
        return _whole(standing, wish, step, before)
    known = keys_of(standing, step.partitions)
    return _partitions(standing, wish, step, (before, known))


def _sum_of(planned: Sequence[PlannedStep]) -> float | None:
    """Add up what steps take; nothing if that is not known of one that runs [s]."""
    costs = [step.seconds for step in planned if step.state != "cached"]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _whole(standing: Standing, wish: Wish, step: Step, before: Sequence[str]) -> PlannedStep:
    verdict = judge(standing, step, wish.chosen[step.name], again=wish.asked.again)
    newest = standing.newest(step.name)
    seconds = None if newest is None else newest.seconds
    if verdict.must_run:
        found = _planned(step, "run", verdict.why, seconds)
        return msgspec.structs.replace(found, digest=_digest([verdict]))
    if before:
        return _planned(step, "wait", _because(before), seconds)
    return _planned(step, "cached", verdict.why)


def _partitions(
    standing: Standing, wish: Wish, step: Step, there: tuple[Sequence[str], Sequence[str]]
) -> PlannedStep:
    before, known = there
    keys = asked_among(wish.asked, known)
    verdicts = judge_partitions(
        standing, step, wish.chosen[step.name], keys, again=wish.asked.again
    )
    todo = [key for key, verdict in verdicts.items() if verdict.must_run]
    left = leftovers(standing, step, wish.asked, known)
    counts = PartCounts(
        n_total=len(keys),
        n_ran=len(todo),
        n_cached=len(keys) - len(todo),
        n_emptied=len(left.keys),
    )
    seconds = _cost(standing, step, todo)
    if todo or left.why:
        why = _reasons([verdicts[key].why for key in todo]) + left.why
        found = _planned(step, "run", why, seconds, counts, tuple(todo))
        digest = _digest([verdicts[key] for key in todo])
        return msgspec.structs.replace(found, digest=digest)
    state = "wait" if before else "cached"
    unchanged = next((one.why for one in verdicts.values()), ("it has no partition yet",))
    return _planned(step, state, _because(before) if before else unchanged, None, counts)


def _digest(verdicts: Sequence[Verdict]) -> str:
    """Digest what steps or partitions that run would be made of."""
    return blake3("".join(one.parts.key for one in verdicts).encode()).hexdigest(length=16)


def _cost(standing: Standing, step: Step, keys: Sequence[str]) -> float | None:
    """Reckon what some partitions take, by what they or others took last [s]."""
    memos = [standing.newest(step.name, key) for key in keys]
    known = [memo.seconds for memo in memos if memo is not None]
    if not known:
        others = [standing.newest(step.name, key) for key in standing.partitions_of(step.name)]
        known = [memo.seconds for memo in others if memo is not None]
    return sum(known) / len(known) * len(keys) if known else None


def _reasons(found: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Say why partitions run, each reason once, with how many it is given for."""
    counts: dict[str, int] = {}
    for why in found:
        for one in why:
            counts[one] = counts.get(one, 0) + 1
    return tuple(
        why if n == len(found) else f"{why} ({n} of {len(found)})" for why, n in counts.items()
    )


def _because(before: Sequence[str]) -> tuple[str, ...]:
    return (f"{before[0]} runs before it: it runs too unless that comes out as it was",)


def _planned(
    step: Step,
    state: Literal["run", "cached", "wait"],
    why: tuple[str, ...],
    seconds: float | None = None,
    *rest: Any,
) -> PlannedStep:
    return PlannedStep(step.name, state, why, step.reads, seconds, *rest)


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
