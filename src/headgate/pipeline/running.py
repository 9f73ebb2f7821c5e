"""Runs steps: leaves out what need not run, tries again what fails, publishes all at once.

A step's rows, its memo and the end of its run land in one transaction. A process killed before
leaves nothing that counts; killed after, the step is not run again.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa

from headgate.core.errors import HeadgateError
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.pipeline import queries, telling
from headgate.pipeline.memo import Parts, parts_of
from headgate.pipeline.planning import Verdict, choose, inputs_of, judge, require_inputs
from headgate.pipeline.reports import PipelineRun, StepRun
from headgate.pipeline.returned import as_table
from headgate.pipeline.runs import RunRecord
from headgate.spine.context import Step as Progress
from headgate.spine.lineage.reads import put_read, read_of
from headgate.spine.lineage.unfold import unfolded
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import manifest_of, require_kept, resolve
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context

MOST_WAIT_S = 60.0


class _Going(NamedTuple):
    """A step that runs.

    Args:
        inputs: the snapshot of each dataset it reads.
        began: when it did, on the monotonic clock [s].
    """

    step: Step
    parts: Parts
    inputs: dict[str, Snapshot]
    record: RunRecord
    began: float


class _Done(NamedTuple):
    """A step's rows, and how often it was tried."""

    rows: pa.Table
    n_tries: int


def run_steps(
    context: Context, name: str, steps: Sequence[Step], settings: Mapping[str, Any]
) -> PipelineRun:
    """Run steps in their order; what follows a failed one is skipped.

    Args:
        context: the project.
        name: of the pipeline.
        steps: in an order in which each comes after those it reads from.
        settings: values that take the place of the steps' own, by name.

    Raises:
        Invalid: no step has a setting of that name, or it takes no such value.
        NotFound: a step reads a dataset that nobody made.
    """
    chosen = choose(steps, settings)
    require_inputs(context, steps)
    telling.check(context)
    done: list[StepRun] = []
    failed: set[str] = set()
    for index, step in enumerate(steps):
        context.progress(Progress("running steps", index, len(steps), "steps"))
        broken = [read for read in step.reads if read in failed]
        if broken:
            done.append(StepRun(name=step.name, state="skipped", why=(f"{broken[0]} failed",)))
        else:
            done.append(_run_step(context, name, step, chosen[step.name]))
        if done[-1].state in ("failed", "skipped"):
            failed.add(step.name)
    run = PipelineRun(pipeline=name, steps=tuple(done), has_findings=bool(failed))
    telling.settle(context, run)
    return run


def _run_step(context: Context, pipeline: str, step: Step, settings: Mapping[str, Any]) -> StepRun:
    began = time.monotonic()
    inputs = inputs_of(context, step)
    parts = parts_of(context, step, settings, inputs)
    verdict = judge(context, step, parts)
    if verdict.memo is not None:
        return StepRun(
            name=step.name,
            state="cached",
            why=verdict.why,
            snapshot=f"{step.name}@{verdict.memo.number}",
            run_id=verdict.memo.run_id,
        )
    going = _Going(step, parts, inputs, _record(context, pipeline, step, parts), began)
    _start(context, going, pipeline)
    try:
        done = _attempted(context, going, settings)
        snapshot = _published(context, going, done)
    except BaseException as error:
        _ended_badly(context, going.record, error)
        if not isinstance(error, Exception):
            raise
        return _failed(context, going, verdict, error)
    return StepRun(
        name=step.name,
        state="ran",
        why=verdict.why,
        snapshot=f"{step.name}@{snapshot.number}",
        run_id=going.record.run_id,
        took_ms=_ms_since(began),
        n_rows=snapshot.n_rows,
        n_tries=done.n_tries,
    )


def _failed(context: Context, going: _Going, verdict: Verdict, error: Exception) -> StepRun:
    return StepRun(
        name=going.step.name,
        state="failed",
        why=verdict.why,
        run_id=going.record.run_id,
        took_ms=_ms_since(going.began),
        error=told(error),
        place=_place_of(error, context.root),
    )


def _record(context: Context, pipeline: str, step: Step, parts: Parts) -> RunRecord:
    settings = {name: _text(value) for name, value in parts.settings.items()}
    return RunRecord(
        run_id=mint("run"),
        name=step.name,
        state="running",
        actor=context.actor,
        started_at=now(),
        parameters=settings | {"pipeline": pipeline},
        environment=parts.libraries,
        code_hash=f"memo:{parts.key}",
    )


def _start(context: Context, going: _Going, pipeline: str) -> None:
    """Write down that a step runs and what it reads, so that its rows can name their parents."""
    run_id = going.record.run_id
    with Work(context) as work:
        queries.put_run(work.connection, context.tenant, going.record)
        for name, snapshot in going.inputs.items():
            require_kept(resolve(work.connection, context.tenant, name, str(snapshot.number)))
            n_rows = snapshot.n_rows
            read = read_of(run_id, snapshot, condition=None, rowset=None, n_rows=n_rows)
            put_read(work.connection, context.tenant, read)
        payload: dict[str, object] = {"name": going.step.name, "pipeline": pipeline}
        payload["reads"] = [f"{name}@{one.number}" for name, one in going.inputs.items()]
        work.record("step_started", f"run:{run_id}", payload)


def _attempted(context: Context, going: _Going, settings: Mapping[str, Any]) -> _Done:
    """Call the function, as often as it may be tried."""
    step, n_tries = going.step, 0
    while True:
        n_tries += 1
        try:
            given = {name: _rows(context, step, one) for name, one in going.inputs.items()}
            _seed(step.seed)
            return _Done(as_table(step.name, step.function(**given, **settings)), n_tries)
        except Exception as error:
            if n_tries > step.retries or isinstance(error, HeadgateError):
                raise
        time.sleep(min(step.wait_s * 2 ** (n_tries - 1), MOST_WAIT_S))


def _rows(context: Context, step: Step, snapshot: Snapshot) -> pa.Table:
    columns = step.columns.get(snapshot.dataset)
    manifest = manifest_of(context, snapshot)
    return read_rows(context.blobs, manifest, columns and list(columns), own=[RID])


def _published(context: Context, going: _Going, done: _Done) -> Snapshot:
    """Publish rows, the memo and the end of the run in one transaction."""
    step, run_id = going.step, going.record.run_id
    rows, edges = unfolded(done.rows, step.name, run_id)
    write = Write(dataset=step.name, mode=step.mode, key=step.key, run=run_id, edges=edges)
    part = Part(rows=rows, origin=Origin(kind="derive", arrived_at=now()))
    with Work(context) as work:
        snapshot = work.write(write, [part])
        queries.end_run(work.connection, context.tenant, going.record, "done", now())
        memo = queries.Memo(
            step=step.name,
            memo_key=going.parts.key,
            parts=going.parts,
            number=snapshot.number,
            content_root=snapshot.content_root,
            run_id=run_id,
            seconds=_ms_since(going.began) / 1000,
            created_at=now(),
        )
        queries.put_memo(work.connection, context.tenant, memo)
        payload: dict[str, object] = {"name": step.name, "memo_key": memo.memo_key}
        payload |= {"number": snapshot.number, "n_tries": done.n_tries}
        work.record("step_done", f"run:{run_id}", payload)
        telling.tell_well(work, context, [step.name])
    return snapshot


def _ended_badly(context: Context, record: RunRecord, error: BaseException) -> None:
    ended = msgspec.structs.replace(record, error=told(error))
    with Work(context) as work:
        queries.end_run(work.connection, context.tenant, ended, "failed", now())
        payload: dict[str, object] = {"name": record.name, "error": type(error).__name__}
        work.record("step_failed", f"run:{record.run_id}", payload)
        telling.tell_failed(work, context, record, error)


def told(error: BaseException) -> str:
    """Say in a line what went wrong."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _place_of(error: BaseException, root: Path) -> str | None:
    """Name the last line of the project's own that an error went through."""
    lines = [
        f"{Path(one.filename).relative_to(root)}:{one.lineno}"
        for one in traceback.extract_tb(error.__traceback__)
        if Path(one.filename).is_relative_to(root)
    ]
    return lines[-1] if lines else None


def _seed(seed: int | None) -> None:
    if seed is None:
        return
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what users' code draws from without a generator


def _ms_since(began: float) -> float:
    return (time.monotonic() - began) * 1000


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
