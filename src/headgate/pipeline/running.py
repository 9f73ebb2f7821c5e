"""Runs steps: leaves out what need not run, tries again what fails, publishes all at once.

A step's rows, its memo and the end of its run land in one transaction. A process killed before
leaves nothing that counts; killed after, the step is not run again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from headgate.core.times import now
from headgate.pipeline.calling import call, place_of, told
from headgate.pipeline.judging import judge
from headgate.pipeline.parting import Parting
from headgate.pipeline.publishing import (
    Deed,
    Seen,
    conclude,
    deed_of,
    ended_badly,
    memo_of,
    publish,
)
from headgate.pipeline.reports import PipelineRun, StepRun
from headgate.pipeline.runs import PartRecord
from headgate.spine.context import Step as Progress

if TYPE_CHECKING:
    from headgate.pipeline.calling import Called
    from headgate.pipeline.judging import Verdict
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.steps import Step
    from headgate.pipeline.turn import Turn


def run_steps(turn: Turn) -> PipelineRun:
    """Run steps in their order; what follows a failed one is skipped."""
    done: list[StepRun] = []
    with turn.journal as journal:
        for index, step in enumerate(turn.steps):
            turn.context.progress(Progress("running steps", index, len(turn.steps), "steps"))
            done.append(_taken(turn, step))
            journal.tick()
        has_findings = any(one.state in ("failed", "skipped") for one in done)
        journal.finish("failed" if has_findings else "done")
    record = journal.record
    return PipelineRun(
        pipeline=record.pipeline,
        pipeline_run_id=record.pipeline_run_id,
        steps=tuple(done),
        has_findings=has_findings,
    )


def _taken(turn: Turn, step: Step) -> StepRun:
    """Take a step's turn: run it, or say why it is not."""
    broken = {one: turn.broken[one] for one in step.follows if one in turn.broken}
    wholly = [one for one, keys in broken.items() if not keys or step.partitions is None]
    if wholly:
        turn.broken[step.name] = frozenset()
        turn.journal.note(PartRecord(step.name, "", "skipped", now()))
        return StepRun(name=step.name, state="skipped", why=(f"{wholly[0]} failed",))
    if step.partitions is not None:
        out = frozenset[str]().union(*broken.values())
        parting = Parting(turn, step, step.partitions, out)
        found = parting.run()
        if parting.broken:
            turn.broken[step.name] = parting.broken
        return found
    found = _run(turn, step)
    if found.state == "failed":
        turn.broken[step.name] = frozenset()
    return found


def _run(turn: Turn, step: Step) -> StepRun:
    began = time.monotonic()
    settings = turn.chosen[step.name]
    verdict = judge(turn.standing, step, settings, again=turn.asked.again)
    if verdict.memo is not None and not verdict.must_run:
        return _left_out(turn, verdict, verdict.memo)
    reads = {name: Seen(one) for name, one in turn.standing.inputs(step).items()}
    deed = deed_of(turn.context, turn.journal, step, verdict.parts, reads)
    turn.journal.note(PartRecord(step.name, "", "running", deed.record.started_at))
    try:
        given = {name: turn.standing.rows(step, one.snapshot) for name, one in reads.items()}
        called = call(step, given, settings)
        return _published(turn, deed, verdict, called, began)
    except BaseException as error:
        part = PartRecord(step.name, "", "failed", now(), deed.record.run_id, error=told(error))
        turn.journal.note(part)
        ended_badly(deed, error)
        if not isinstance(error, Exception):
            raise
        return StepRun(
            name=step.name,
            state="failed",
            why=verdict.why,
            run_id=deed.record.run_id,
            took_ms=_ms_since(began),
            error=told(error),
            place=place_of(error, turn.context.root),
        )


def _left_out(turn: Turn, verdict: Verdict, memo: Memo) -> StepRun:
    turn.journal.note(PartRecord(memo.step, "", "cached", now(), memo.run_id))
    return StepRun(
        name=memo.step,
        state="cached",
        why=verdict.why,
        snapshot=f"{memo.step}@{memo.number}" if memo.number else None,
        run_id=memo.run_id,
    )


def _published(turn: Turn, deed: Deed, verdict: Verdict, called: Called, began: float) -> StepRun:
    step, run_id, parts = deed.step, deed.record.run_id, deed.parts
    turn.journal.note(PartRecord(step.name, "", "ran", now(), run_id, called.seconds))
    snapshot = None
    if called.rows is None:
        memo = memo_of(deed, parts, None, "", called.seconds)
        conclude(deed, memo)
        made = [memo]
    else:
        snapshot, made = publish(
            deed,
            called.rows,
            lambda one: [memo_of(deed, parts, one, one.content_root, called.seconds)],
        )
    turn.standing.made(snapshot, made)
    return StepRun(
        name=step.name,
        state="ran",
        why=verdict.why,
        snapshot=None if snapshot is None else f"{step.name}@{snapshot.number}",
        run_id=run_id,
        took_ms=_ms_since(began),
        n_rows=None if snapshot is None else snapshot.n_rows,
        n_tries=called.n_tries,
    )


def _ms_since(began: float) -> float:
    return (time.monotonic() - began) * 1000
