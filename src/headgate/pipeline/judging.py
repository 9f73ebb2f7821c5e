"""Says whether a step has to run, or which of its partitions, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import NotFound
from headgate.pipeline.memo import KeptOut, Parts, changes, parts_of, root_of
from headgate.pipeline.partitions import require_short
from headgate.spine.guarding import promise_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.pipeline.partitions import Partitions
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.slices import Slices
    from headgate.pipeline.standing import Standing
    from headgate.pipeline.steps import Step

NEVER = "it never ran"
UNCHANGED = "nothing it depends on has changed"
AGAIN = "it was asked to run again"


class Verdict(NamedTuple):
    """Whether a step or a partition of it has to run, why, and what its rows depend on."""

    must_run: bool
    why: tuple[str, ...]
    parts: Parts
    memo: Memo | None = None


def judge(standing: Standing, step: Step, settings: Mapping[str, Any], *, again: bool) -> Verdict:
    """Say whether a step without partitions has to run."""
    inputs = standing.inputs(step)
    seen = {name: f"{name}@{snapshot.number}" for name, snapshot in inputs.items()}
    parts = parts_of(standing.context, step, settings)
    known = _known_roots(standing, step, parts, seen)
    roots = {
        name: known.get(name) or root_of(standing.context, snapshot, step.columns.get(name))
        for name, snapshot in inputs.items()
    }
    parts = msgspec.structs.replace(parts, inputs=roots, seen=seen)
    head = standing.head(step.name)
    holds = head.content_root if head is not None else None
    verdict = _judged(standing, step, parts, again=again)
    if verdict.memo is None or not verdict.memo.number:
        return verdict
    if holds is None:
        return verdict._replace(must_run=True, why=(f"{step.name} is gone",))
    if step.mode == "replace" and head is not None and holds != verdict.memo.content_root:
        by = head.run_id or "changed by hand"
        why = f"{step.name}@{head.number} is not what it made: {by}"
        return verdict._replace(must_run=True, why=(why,))
    return _held(standing, step, verdict)


def _held(standing: Standing, step: Step, verdict: Verdict) -> Verdict:
    """Have a step run again whose rows did not all go in once the gate may take them.

    One that appends would append once more what went in, so it is told only.
    """
    before = KeptOut() if verdict.memo is None or verdict.must_run else verdict.memo.held
    if not before.n_held:
        return verdict
    stands = promise_of(standing.context, step.name)
    many = f"{before.n_held} rows of it" if before.n_held > 1 else "1 row of it"
    if stands != before.held_by and step.mode != "append":
        why = f"{many} did not go in by {_told(before.held_by)}, and now stands {_told(stands)}"
        return verdict._replace(must_run=True, why=(why,))
    why = f"{many} did not go in: headgate quarantine show {step.name}"
    return verdict._replace(why=(*verdict.why, why))


def _told(promise: str) -> str:
    return promise or "no contract"


def judge_partitions(
    standing: Standing,
    step: Step,
    settings: Mapping[str, Any],
    keys: Sequence[str],
    *,
    again: bool,
) -> dict[str, Verdict]:
    """Say for each of some partitions of a step whether it has to be made."""
    fixed = parts_of(standing.context, step, settings)
    inputs = standing.inputs(step)
    sliced = {name: slices_of(standing, step, name) for name in inputs}
    whole = {
        name: root_of(standing.context, snapshot, step.columns.get(name))
        for name, snapshot in inputs.items()
        if sliced[name] is None
    }
    seen = {name: f"{name}@{snapshot.number}" for name, snapshot in inputs.items()}
    made = None if step.partitions is None else standing.slices(step.name, step.partitions)
    found: dict[str, Verdict] = {}
    for key in keys:
        roots = {name: one.root(key) for name, one in sliced.items() if one is not None}
        parts = msgspec.structs.replace(fixed, inputs=whole | roots, partition=key, seen=seen)
        verdict = _judged(standing, step, parts, again=again)
        if verdict.memo is not None and (
            made is None or made.mark(key) != verdict.memo.content_root
        ):
            verdict = verdict._replace(must_run=True, why=("its rows are not what it made",))
        found[key] = verdict
    return found


def slices_of(standing: Standing, step: Step, dataset: str) -> Slices | None:
    """See a dataset that a step reads by partitions, unless it is handed whole."""
    if dataset in step.whole or step.partitions is None:
        return None
    return standing.slices(dataset, step.partitions, step.columns.get(dataset))


def keys_of(standing: Standing, partitions: Partitions) -> list[str]:
    """List the partitions that there are now.

    Raises:
        NotFound: the dataset they are found in has no such column.
        Invalid: a value in it is too long to be a key.
    """
    if partitions.dataset is None:
        return partitions.known()
    snapshot = standing.head(partitions.dataset)
    if snapshot is None:
        return []
    found = standing.slices(partitions.dataset, partitions, (partitions.column,))
    if found is None:
        raise NotFound.among(
            f"column of {partitions.dataset}",
            partitions.column,
            [one.name for one in snapshot.columns],
        )
    require_short(found.keys, f"column {partitions.column} of {partitions.dataset}")
    return found.keys


def _known_roots(
    standing: Standing, step: Step, parts: Parts, seen: Mapping[str, str]
) -> dict[str, str]:
    """Return the roots that the last run found of the same columns of the same snapshots."""
    newest = standing.newest(step.name) if step.columns else None
    if newest is None or newest.known.how.get("columns") != parts.how.get("columns"):
        return {}
    before = newest.known
    return {
        name: before.inputs[name]
        for name in step.columns
        if name in seen and before.seen.get(name) == seen[name]
    }


def _judged(standing: Standing, step: Step, parts: Parts, *, again: bool) -> Verdict:
    """Judge by the memos alone."""
    if again:
        return Verdict(must_run=True, why=(AGAIN,), parts=parts)
    if not step.cache:
        return Verdict(must_run=True, why=("it is declared with cache=False",), parts=parts)
    memo = standing.memo(step.name, parts.key)
    if memo is not None:
        return Verdict(must_run=False, why=(UNCHANGED,), parts=parts, memo=memo)
    newest = standing.newest(step.name, parts.partition)
    why = (NEVER,) if newest is None else changes(newest.known, parts) or ("its parts changed",)
    return Verdict(must_run=True, why=why, parts=parts)
