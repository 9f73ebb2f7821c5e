"""What the catalog keeps of a monitor: its fitted references, and the windows it looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from blake3 import blake3

from headgate.monitor.nouns import Decision, Finding, Measured, Span
from headgate.monitor.reference import Window
from headgate.spine.ports import Reference


class FittedReference(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a monitor's reference; it never changes.

    Args:
        monitor: the monitor's name.
        number: counts from 1 for each monitor.
        target: what is watched.
        references: the snapshots it was fitted on, and how each was found.
        n_columns: columns that have a profile [count].
        n_rows: rows of data [count].
        n_answers: rows of answers whose predictions count as normal [count].
        outcome: metrics of performance on those of them whose label is known.
        after: windows begin here at the earliest; nothing if the reference is no part of what is
            watched.
        fitted_at: when.
        fitted_by: who had it fitted.
        blob: where the profiles lie.
        said: digest of what the file said of the reference.
    """

    monitor: str
    number: int
    target: str
    references: tuple[Reference, ...]
    n_columns: int
    n_rows: int
    n_answers: int
    outcome: dict[str, float]
    after: datetime | None
    fitted_at: datetime
    fitted_by: str
    blob: str
    said: str


class KeptWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A window that was looked at.

    Args:
        span: which.
        reference: number of the reference it was held against.
        n_looked: rows that were counted, of a sample fewer than there are [count].
        smallest_shift: what it would have shown [standard deviations of the reference].
        measured: every number.
        exceeded: what was worth a look: checks and their subjects.
        decision: what was to be done.
        findings: the worst first.
        looked_at: when its run began; labels received later are late.
        counts: where its counts lie.
    """

    span: Span
    reference: int
    n_looked: int
    smallest_shift: float | None
    measured: tuple[Measured, ...]
    exceeded: tuple[tuple[str, str], ...]
    decision: Decision
    findings: tuple[Finding, ...]
    looked_at: datetime
    counts: str


class Counts(msgspec.Struct, frozen=True):
    """What is stored of a window besides its numbers.

    Args:
        window: counts of each column.
        carried: what checks remember for the window that follows, by name, as msgpack.
    """

    window: Window
    carried: dict[str, bytes] = {}


class Glance(msgspec.Struct, frozen=True):
    """As much of an earlier window as a later one is judged by.

    Args:
        since: when it began.
        until: when it ended.
        n_rows: rows in it [count].
        exceeded: what was worth a look.
        looked_at: when.
        reference: number of the reference it was held against.
        counts: where its counts lie; empty before they are stored.
    """

    since: datetime
    until: datetime
    n_rows: int
    exceeded: frozenset[tuple[str, str]]
    looked_at: datetime
    reference: int
    counts: str = ""


def blob_key(data: bytes) -> str:
    """Return where profiles or counts lie in the object store.

    >>> blob_key(b"")[:12]
    'monitors/af/'
    """
    digest = blake3(data).hexdigest()
    return f"monitors/{digest[:2]}/{digest}"


def encoded(value: Any) -> str:
    """Write a struct as JSON text."""
    return msgspec.json.encode(value).decode()
