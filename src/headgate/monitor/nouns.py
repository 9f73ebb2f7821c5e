"""What a monitor says: what it measured, what it found, and what is to be done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from headgate.spine.ports import Reference

CheckName = Literal[
    "schema",
    "volume",
    "freshness",
    "missing",
    "new_categories",
    "data_drift",
    "prediction_drift",
    "text_drift",
    "embedding_drift",
    "concept_drift",
    "estimated_performance",
    "realised_performance",
    "contract",
]
Harm = Literal["harmful", "different", "unknown"]
ActionName = Literal["log", "ticket", "page", "quarantine_source", "retrain", "rollback"]


class Span(msgspec.Struct, frozen=True):
    """A window of time, or of rows.

    Args:
        since: when it begins.
        until: when it ends; what came then is not in it.
        n_rows: rows in it [count].
    """

    since: datetime
    until: datetime
    n_rows: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One number of one window, beside what it is held against.

    Args:
        check: which of the checks, such as those of `CheckName`; a project may have its own.
        subject: the column, or the metric of performance.
        metric: what was computed, such as `psi`.
        value: what came of it; nothing where it could not be computed.
        threshold: from where it is worth a look; nothing where it raises no alert.
        before: the same of the reference, such as its share of missing values.
        p_value: how often that much comes without drift [ratio].
        slice_: which part of the rows, such as `country=DE`; empty for all.
        n: values it is made of [count].
        is_estimated: no label of the window was seen.
        is_exceeded: worth a look, after the control of false discoveries over all columns.
        evidence: what else a reader asks for: floor, null, interval, examples.
    """

    check: str
    subject: str
    metric: str
    value: float | None
    threshold: float | None = None
    before: float | None = None
    p_value: float | None = None
    slice_: str = msgspec.field(name="slice", default="")
    n: int = 0
    is_estimated: bool = False
    is_exceeded: bool = False
    evidence: dict[str, Any] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth a look in a window.

    Args:
        check: which of the checks found it.
        kind: what it is, in a word or two: `missing values`, `new category`, `swapped columns`,
            `unit change`, `mean shift`, `new distribution`, `performance` and so on.
        subject: the column, or the metric of performance.
        says: what is wrong, in a sentence with its numbers.
        severity: `warning` asks for a ticket, `error` and `critical` for somebody at once.
        harm: whether the model answers worse for it, as estimated or realised; or is the data
            just different.
        is_important: the subject matters to the model, or was said to.
        persists: two of the newest three windows showed it.
        measured: the numbers behind it, the decisive one first.
    """

    check: str
    kind: str
    subject: str
    says: str
    severity: Literal["critical", "error", "warning", "info"]
    harm: Harm = "unknown"
    is_important: bool = False
    persists: bool = False
    measured: tuple[Measured, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about the findings of a window, and why.

    Args:
        action: the strongest of what is to be done.
        why: the rule that says so, with the findings it stands on.
        rule: that rule's name in the policy.
        subjects: what the findings are about.
        also: what else is done, weaker ones.
        evidence: what a reader can check it by.
    """

    action: ActionName
    why: str
    rule: str
    subjects: tuple[str, ...] = ()
    also: tuple[ActionName, ...] = ()
    evidence: dict[str, Any] = {}


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the window beside the reference, ready to be drawn.

    Args:
        column: its name.
        kind: `number`, `category` or `text`.
        labels: of each cell: its name, or its lower end.
        edges: of numbers the ends of the cells, one more than cells; those of the open ends are
            the lowest and highest value.
        reference: share of each cell in the reference [ratio].
        low: lower end of the band in which windows of this size lie [ratio].
        high: upper end of that band [ratio].
        current: share of each cell in the window [ratio].
        missing_before: share of missing values in the reference [ratio].
        missing: share of missing values in the window [ratio].
    """

    column: str
    kind: Literal["number", "category", "text"]
    labels: tuple[str, ...]
    edges: tuple[float, ...] = ()
    reference: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    current: tuple[float, ...]
    missing_before: float = 0.0
    missing: float = 0.0


class Earlier(msgspec.Struct, frozen=True):
    """Another window that a run looked at: one before the newest, or one that got its labels.

    Args:
        window: which.
        findings: what is worth a look in it, the worst first.
        action: what was done about it; nothing of the windows of a first run, and of a look back.
    """

    window: Span
    findings: tuple[Finding, ...]
    action: Decision | None = None


class MonitorReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a monitor saw in a window.

    Args:
        monitor: its name.
        target: what it watches, such as `deployment:prod` or `dataset:orders`.
        window: the newest window there is; of a look back, the newest that was looked at.
        references: the snapshots it is held against, and how each was found.
        reference_n: rows of the reference [count].
        findings: what is worth a look, the worst first.
        action: what is to be done.
        measured: every number, also those that are quiet.
        distributions: columns to be drawn, those with findings first.
        smallest_shift: the shift of a mean that a window of this size would show
            [standard deviations of the reference].
        is_partial: a sample of the window was looked at.
        limits: what it was not looked at for, in words.
        n_windows: this window and the others that the run looked at [count].
        earlier: those of the others that have findings, the oldest first.
        has_findings: something is worth a look, in this window or another one.
    """

    monitor: str
    target: str
    window: Span
    references: tuple[Reference, ...]
    reference_n: int
    findings: tuple[Finding, ...]
    action: Decision
    measured: tuple[Measured, ...]
    distributions: tuple[Distribution, ...] = ()
    smallest_shift: float | None = None
    is_partial: bool = False
    limits: tuple[str, ...] = ()
    n_windows: int = 1
    earlier: tuple[Earlier, ...] = ()
    has_findings: bool
