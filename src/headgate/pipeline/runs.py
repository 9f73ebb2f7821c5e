"""What is known of a run: its record, what it read and what it wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from headgate.core.nouns import SnapshotRead

RunState = Literal["running", "done", "failed"]
PipelineState = Literal["running", "cancelling", "done", "failed", "cancelled", "lost"]
PartState = Literal["running", "ran", "cached", "failed", "skipped", "emptied"]
EndState = Literal["done", "failed"]


class RunRecord(msgspec.Struct, frozen=True):
    """One execution, as the catalog keeps it.

    Args:
        run_id: `run_` and 20 characters that sort by the time of its start.
        name: what it does, such as `train`.
        state: `running` until it says how it ended.
        actor: who started it.
        started_at: when it started.
        finished_at: when it ended; nothing while it runs.
        parameters: what it was given, as text.
        environment: versions of what it ran on, by name.
        metrics: what it measured; nothing in place of a number that is not finite.
        code_hash: hash of the code that ran.
        error: why it failed.
    """

    run_id: str
    name: str
    state: RunState
    actor: str
    started_at: datetime
    finished_at: datetime | None = None
    parameters: dict[str, str] = {}
    environment: dict[str, str] = {}
    metrics: dict[str, float | None] = {}
    code_hash: str | None = None
    error: str | None = None


class RunList(msgspec.Struct, frozen=True):
    """Runs, the newest first."""

    runs: tuple[RunRecord, ...]


class SnapshotRef(msgspec.Struct, frozen=True):
    """A snapshot by its dataset and number."""

    dataset: str
    number: int


class RunDetail(msgspec.Struct, frozen=True):
    """A run with its place in the lineage.

    Args:
        record: the run itself.
        reads: what it read, in that order.
        wrote: the snapshots it made, in the order it made them.
    """

    record: RunRecord
    reads: tuple[SnapshotRead, ...]
    wrote: tuple[SnapshotRef, ...]


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run of a pipeline was asked for, so that it can be taken up again.

    Args:
        steps: the steps it is about, in order; all that the name means if none.
        partitions: the keys it is about; all if none.
        again: it runs what need not run, too.
        once: no step is tried again after an error.
        parents: the runs of other tools that started it, by parameter: see `pipeline.origin`.
        nominal_at: the moment it is about, if a schedule began it.
        engine: what calls the functions; what steps and project say if none.
    """

    steps: tuple[str, ...] | None = None
    partitions: tuple[str, ...] | None = None
    again: bool = False
    once: bool = False
    parents: dict[str, str] = {}
    nominal_at: datetime | None = None
    engine: Literal["local", "ray"] | None = None


class PipelineRunRecord(msgspec.Struct, frozen=True):
    """One run of a pipeline, as the catalog keeps it.

    Args:
        pipeline_run_id: `prun_` and 20 characters that sort by the time of its start.
        pipeline: what was run: a file, or a dataset that a step makes.
        kind: `run` or `backfill`.
        state: `running` until it ends; `lost` if its process went away.
        actor: who started it.
        settings: values that took the place of the steps' own.
        asked: what it is about.
        host: the machine it runs on.
        pid: its process there.
        started_at: when it started.
        seen_at: when it last said that it lives.
        finished_at: when it ended.
    """

    pipeline_run_id: str
    pipeline: str
    kind: Literal["run", "backfill"]
    state: PipelineState
    actor: str
    settings: dict[str, str]
    asked: Asked
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None = None


class PartRecord(msgspec.Struct, frozen=True):
    """What became of a step, or of one partition of it, in a run of a pipeline.

    Args:
        step: the step.
        partition: key of the partition; empty where the step has none.
        state: what became of it.
        run_id: the run that made its rows.
        seconds: how long its function took [s].
        error: what went wrong.
        at: when it came to this state.
    """

    step: str
    partition: str
    state: PartState
    at: datetime
    run_id: str | None = None
    seconds: float = 0.0
    error: str | None = None
