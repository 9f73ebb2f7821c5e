"""Runs steps: leaves out what need not run, tries again what fails, publishes all at once.

A step's rows, its memo and the end of its run land in one transaction. A process killed before
leaves nothing that counts; killed after, the step is not run again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.times import now
from headgate.pipeline.calling import place_of, told, wait_for
from headgate.pipeline.failing import fail, note_failed
from headgate.pipeline.journal import Cancelled
from headgate.pipeline.judging import judge
from headgate.pipeline.parting import Parting
from headgate.pipeline.publishing import (
    Deed,
    Seen,
    conclude,
    deed_of,
    memo_of,
    publish,
)
from headgate.pipeline.reports import PipelineRun, StepRun
from headgate.pipeline.returned import with_known_columns
from headgate.pipeline.runs import PartRecord
from headgate.spine.context import Step as Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    import pyarrow as pa

    from headgate.pipeline.calling import Called
    from headgate.pipeline.judging import Verdict
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.steps import Step
    from headgate.pipeline.turn import Turn


class _Begun(NamedTuple):
    """A step whose function is to be called, or is being.

    Args:
        began: when its turn came, on the monotonic clock [s].
    """

    deed: Deed
    verdict: Verdict
    given: Mapping[str, pa.Table]
    began: float


def run_steps(turn: Turn) -> PipelineRun:
    """Run steps, each when what it follows is done; what follows a failed one is skipped."""
    with turn.journal as journal, turn.caller:
        done = _Round(turn).run()
        has_findings = any(one.state in ("failed", "skipped") for one in done)
        journal.finish("failed" if has_findings else "done")
    record = journal.record
    return PipelineRun(
        pipeline=record.pipeline,
        pipeline_run_id=record.pipeline_run_id,
        steps=tuple(done),
        has_findings=has_findings,
    )


class _Round:
    """The steps of a run, some of which run in other processes while others have their turn."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._waiting = list(turn.steps)
        self._open = {step.name for step in turn.steps}
        self._away: dict[Future[Called], _Begun] = {}
        self._done: dict[str, StepRun] = {}

    def run(self) -> list[StepRun]:
        """Let every step have its turn."""
        turn = self._turn
        while self._waiting or self._away:
            step = self._ready()
            n_done = len(self._done)
            turn.context.progress(Progress("running steps", n_done, len(turn.steps), "steps"))
            if step is not None:
                self._take(step)
            else:
                self._await()
            turn.journal.tick()
        return [self._done[step.name] for step in turn.steps]

    def _ready(self) -> Step | None:
        """Return the first step that waits for nothing, if there is room for it."""
        for step in self._waiting:
            has_room = not step.process or len(self._away) < self._turn.caller.jobs
            if has_room and not self._open.intersection(step.follows):
                return step
        return None

    def _note_done(self, found: StepRun) -> None:
        self._done[found.name] = found
        self._open.discard(found.name)

    def _take(self, step: Step) -> None:
        """Give a step its turn: run it, let it run, or say why it does not."""
        turn = self._turn
        self._waiting.remove(step)
        broken = {one: turn.broken[one] for one in step.follows if one in turn.broken}
        wholly = [one for one, keys in broken.items() if not keys or step.partitions is None]
        if wholly:
            turn.broken[step.name] = frozenset()
            turn.journal.note(PartRecord(step.name, "", "skipped", now()))
            why = (f"{wholly[0]} failed",)
            self._note_done(StepRun(name=step.name, state="skipped", why=why))
        elif step.partitions is not None:
            out = frozenset[str]().union(*broken.values())
            parting = Parting(turn, step, step.partitions, out)
            self._note_done(parting.run())
            if parting.broken is not None:
                turn.broken[step.name] = parting.broken
        else:
            self._begin(step)

    def _begin(self, step: Step) -> None:
        turn = self._turn
        begun = _begun(turn, step)
        if isinstance(begun, StepRun):
            self._note_done(begun)
            if begun.state == "failed":
                turn.broken[step.name] = frozenset()
        elif step.process:
            self._away[turn.caller.submit(step, begun.given, turn.chosen[step.name])] = begun
        else:
            settings = turn.chosen[step.name]
            self._end(begun, lambda: turn.caller.call(step, begun.given, settings))

    def _await(self) -> None:
        for call in wait_for(self._away, self._turn.journal.tick):
            self._end(self._away.pop(call), call.result)

    def _end(self, begun: _Begun, called: Callable[[], Called]) -> None:
        turn, step = self._turn, begun.deed.step
        try:
            found = _published(turn, begun, called())
        except Cancelled:
            raise
        except BaseException as error:
            found = _failed(turn, begun, error)
            if not isinstance(error, Exception):
                raise
        self._note_done(found)
        if found.state == "failed":
            turn.broken[step.name] = frozenset()


def _begun(turn: Turn, step: Step) -> _Begun | StepRun:
    """Read what a step reads, unless it need not run or cannot."""
    began = time.monotonic()
    try:
        verdict = judge(turn.standing, step, turn.chosen[step.name], again=turn.asked.again)
    except Exception as error:  # noqa: BLE001 - whatever it is, steps that do not need it go on
        return fail(turn, step, error, began)
    if verdict.memo is not None and not verdict.must_run:
        return _left_out(turn, verdict, verdict.memo)
    reads = {name: Seen(one) for name, one in turn.standing.inputs(step).items()}
    deed = deed_of(turn.context, turn.journal, step, verdict.parts, reads)
    turn.journal.note(PartRecord(step.name, "", "running", deed.record.started_at))
    begun = _Begun(deed, verdict, {}, began)
    try:
        given = {name: turn.standing.rows(step, one.snapshot) for name, one in reads.items()}
    except Exception as error:  # noqa: BLE001 - the same
        return _failed(turn, begun, error)
    return begun._replace(given=given)


def _failed(turn: Turn, begun: _Begun, error: BaseException) -> StepRun:
    step, run_id = begun.deed.step, begun.deed.record.run_id
    note_failed(begun.deed, [""], error)
    return StepRun(
        name=step.name,
        state="failed",
        why=begun.verdict.why,
        run_id=run_id,
        took_ms=_ms_since(begun.began),
        n_tries=turn.caller.n_tries.get(step.name, 0),
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


def _published(turn: Turn, begun: _Begun, called: Called) -> StepRun:
    deed, parts = begun.deed, begun.deed.parts
    step, run_id = deed.step, deed.record.run_id
    became = PartRecord(step.name, "", "ran", now(), run_id, called.seconds)
    snapshot = None
    rows = with_known_columns(step.name, called.rows, turn.standing.head(step.name))
    if rows is None:
        memo = memo_of(deed, parts, None, "", called.seconds)
        conclude(deed, memo, became)
        made = [memo]
    else:
        snapshot, made = publish(
            deed,
            rows,
            lambda one: [memo_of(deed, parts, one, one.content_root, called.seconds)],
            became=[became],
        )
    turn.standing.made(snapshot, made)
    return StepRun(
        name=step.name,
        state="ran",
        why=begun.verdict.why,
        snapshot=None if snapshot is None else f"{step.name}@{snapshot.number}",
        run_id=run_id,
        took_ms=_ms_since(begun.began),
        n_rows=None if snapshot is None else snapshot.n_rows,
        n_tries=called.n_tries,
    )


def _ms_since(began: float) -> float:
    return (time.monotonic() - began) * 1000
