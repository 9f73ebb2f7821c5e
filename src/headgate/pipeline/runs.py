"""What is known of a run: its record, what it read and what it wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from headgate.core.nouns import SnapshotRead

RunState = Literal["running", "done", "failed"]
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
