"""Writes down that a step came to nothing, also where its function was never called."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from headgate.core.times import now
from headgate.pipeline.calling import place_of, told
from headgate.pipeline.memo import Parts
from headgate.pipeline.publishing import Deed, Seen, deed_of, ended_badly
from headgate.pipeline.reports import StepRun
from headgate.pipeline.runs import PartRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.pipeline.steps import Step
    from headgate.pipeline.turn import Turn


def deed_that_failed(turn: Turn, step: Step, parts: Parts | None = None) -> Deed:
    """Begin the deed of a step that failed, with all that it was to read.

    Args:
        turn: the run of the pipeline.
        step: the step.
        parts: what it depends on; nothing where that could not be told.
    """
    reads = {name: Seen(one) for name, one in turn.standing.inputs(step).items()}
    if parts is not None:
        return deed_of(turn.context, turn.journal, step, parts, reads)
    chosen = turn.chosen[step.name].items()
    plain = {name: one for name, one in chosen if isinstance(one, str | int | float)}
    parts = Parts(code={}, libraries={}, settings=plain, how={}, inputs={})
    deed = deed_of(turn.context, turn.journal, step, parts, reads)
    return deed._replace(record=msgspec.structs.replace(deed.record, code_hash=None))


def note_failed(deed: Deed, keys: Iterable[str], error: BaseException) -> None:
    """Take down an error of some partitions of a step; of the step where its key is empty."""
    run_id, words = deed.record.run_id, told(error)
    for key in keys:
        deed.journal.note(PartRecord(deed.step.name, key, "failed", now(), run_id, error=words))
    ended_badly(deed, error)


def fail(turn: Turn, step: Step, error: Exception, began: float) -> StepRun:
    """Write down that a step failed before it was known what it depends on.

    Args:
        turn: the run of the pipeline.
        step: the step.
        error: what went wrong.
        began: when its turn came, on the monotonic clock [s].
    """
    deed = deed_that_failed(turn, step)
    note_failed(deed, [""], error)
    return StepRun(
        name=step.name,
        state="failed",
        run_id=deed.record.run_id,
        took_ms=(time.monotonic() - began) * 1000,
        error=told(error),
        place=place_of(error, turn.context.root),
    )
