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

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.pipeline import queries
from headgate.pipeline.memo import Parts, changes, parts_of
from headgate.pipeline.reports import PipelineRun, Plan, PlannedStep, StepRun
from headgate.pipeline.runs import RunRecord
from headgate.spine.context import Step as Progress
from headgate.spine.lineage.reads import put_read, read_of
from headgate.spine.lineage.unfold import unfolded
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of, require_kept, resolve
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context

MOST_WAIT_S = 60.0


class Verdict(NamedTuple):
    """Whether a step has to run, and why."""

    must_run: bool
    why: tuple[str, ...]
    memo: Memo | None = None


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
    return PipelineRun(pipeline=name, steps=tuple(done), has_findings=bool(failed))


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
        inputs = _inputs(context, step)
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
    head = _found(context, step.name)
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
            if read not in made and _found(context, read) is None:
                with context.catalog.read() as connection:
                    names = queries.dataset_names(connection, context.tenant)
                raise NotFound.among("dataset", read, [*names, *made])
        made.add(step.name)


def _run_step(
    context: Context, pipeline: str, step: Step, settings: Mapping[str, Any]
) -> StepRun:
    began = time.monotonic()
    inputs = _inputs(context, step)
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
    record = _started(context, pipeline, step, parts, inputs)
    try:
        done = _attempted(context, step, settings, inputs)
        snapshot = _published(context, step, record, parts, done, time.monotonic() - began)
    except BaseException as error:
        _ended_badly(context, record, error)
        if not isinstance(error, Exception):
            raise
        return StepRun(
            name=step.name,
            state="failed",
            why=verdict.why,
            run_id=record.run_id,
            seconds=time.monotonic() - began,
            error=told(error),
            place=_place_of(error, context.root),
        )
    return StepRun(
        name=step.name,
        state="ran",
        why=verdict.why,
        snapshot=f"{step.name}@{snapshot.number}",
        run_id=record.run_id,
        seconds=time.monotonic() - began,
        n_rows=snapshot.n_rows,
        n_tries=done.n_tries,
    )


def _inputs(context: Context, step: Step) -> dict[str, Snapshot]:
    found = {read: _found(context, read) for read in step.reads}
    return {read: snapshot for read, snapshot in found.items() if snapshot is not None}


def _found(context: Context, name: str) -> Snapshot | None:
    try:
        return find_snapshot(context, name)
    except NotFound:
        return None


def _started(
    context: Context, pipeline: str, step: Step, parts: Parts, inputs: Mapping[str, Snapshot]
) -> RunRecord:
    """Write down that a step runs and what it reads, so that its rows can name their parents."""
    told_settings = {name: _text(value) for name, value in parts.settings.items()}
    record = RunRecord(
        run_id=mint("run"),
        name=step.name,
        state="running",
        actor=context.actor,
        started_at=now(),
        parameters=told_settings | {"pipeline": pipeline},
        environment=parts.libraries,
        code_hash=f"memo:{parts.key}",
    )
    with Work(context) as work:
        queries.put_run(work.connection, context.tenant, record)
        for name, snapshot in inputs.items():
            place = (context.tenant, name, str(snapshot.number))
            require_kept(resolve(work.connection, *place))
            read = read_of(
                record.run_id, snapshot, condition=None, rowset=None, n_rows=snapshot.n_rows
            )
            put_read(work.connection, context.tenant, read)
        payload: dict[str, object] = {"name": step.name, "pipeline": pipeline}
        payload["reads"] = [f"{name}@{one.number}" for name, one in inputs.items()]
        work.record("step_started", f"run:{record.run_id}", payload)
    return record


def _attempted(
    context: Context, step: Step, settings: Mapping[str, Any], inputs: Mapping[str, Snapshot]
) -> _Done:
    """Call the function, as often as it may be tried."""
    wait_s = step.wait_s
    for n_tries in range(1, step.retries + 2):
        try:
            given = {name: _rows(context, step, one) for name, one in inputs.items()}
            _seed(step.seed)
            return _Done(as_table(step.name, step.function(**given, **settings)), n_tries)
        except Exception as error:
            if n_tries > step.retries or isinstance(error, HeadgateError):
                raise
        time.sleep(min(wait_s, MOST_WAIT_S))
        wait_s *= 2
    raise AssertionError("a step is tried at least once")


def _rows(context: Context, step: Step, snapshot: Snapshot) -> pa.Table:
    columns = step.columns.get(snapshot.dataset)
    manifest = manifest_of(context, snapshot)
    return read_rows(context.blobs, manifest, columns and list(columns), own=[RID])


def _published(
    context: Context, step: Step, record: RunRecord, parts: Parts, done: _Done, seconds: float
) -> Snapshot:
    """Publish rows, the memo and the end of the run in one transaction."""
    rows, edges = unfolded(done.rows, step.name, record.run_id)
    write = Write(
        dataset=step.name, mode=step.mode, key=step.key, run=record.run_id, edges=edges
    )
    part = Part(rows=rows, origin=Origin(kind="derive", arrived_at=now()))
    with Work(context) as work:
        snapshot = work.write(write, [part])
        queries.end_run(work.connection, context.tenant, record, "done", now())
        memo = queries.Memo(
            step=step.name,
            memo_key=parts.key,
            parts=parts,
            number=snapshot.number,
            content_root=snapshot.content_root,
            run_id=record.run_id,
            seconds=seconds,
            created_at=now(),
        )
        queries.put_memo(work.connection, context.tenant, memo)
        payload: dict[str, object] = {"name": step.name, "memo_key": parts.key}
        payload |= {"number": snapshot.number, "n_tries": done.n_tries}
        work.record("step_done", f"run:{record.run_id}", payload)
    return snapshot


def _ended_badly(context: Context, record: RunRecord, error: BaseException) -> None:
    ended = msgspec.structs.replace(record, error=told(error))
    with Work(context) as work:
        queries.end_run(work.connection, context.tenant, ended, "failed", now())
        payload: dict[str, object] = {"name": record.name, "error": type(error).__name__}
        work.record("step_failed", f"run:{record.run_id}", payload)


def as_table(name: str, made: Any) -> pa.Table:
    """Take what a step returned as rows.

    Raises:
        Invalid: it is nothing that holds rows.
    """
    try:
        if isinstance(made, pa.Table):
            return made
        if isinstance(made, list):
            return pa.Table.from_pylist(made)
        if isinstance(made, Mapping) or hasattr(made, "__arrow_c_stream__"):
            return pa.table(made)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise Invalid(
            f"what step {name} returned is no table: {error}",
            mend="return a table, a list of dicts or a dict of columns of one length",
        ) from error
    raise Invalid(
        f"step {name} returned {type(made).__name__}, which holds no rows",
        mend="return a pyarrow table, a frame, a list of dicts or a dict of columns",
    )


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


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
