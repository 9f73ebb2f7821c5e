"""What checks are asked and what they answer."""

from __future__ import annotations

from typing import Any

import msgspec


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at, and by which contract.

    Args:
        dataset: the dataset, or the name under which a contract knows the table.
        at: which snapshot: a number, a tag, a branch, a time or a version id; the newest if none.
        contract: a contract of the project, or a file; the one named as the dataset if none.
        postgres: look at a table of PostgreSQL instead, at `postgresql://USER@HOST:5432/DATABASE`.
        table: that table, as SCHEMA.TABLE; named as the dataset if not given.
        key: the columns that tell its rows apart; those of its primary key if not given.
        limit: violations of each rule that are listed; all are counted.
    """

    dataset: str
    at: str | None = None
    contract: str | None = None
    postgres: str | None = None
    table: str | None = None
    key: tuple[str, ...] = ()
    limit: int = 20


class RuleResult(msgspec.Struct, frozen=True):
    """What came of one clause.

    Args:
        rule: its name, such as `age.range`.
        is_kept: nothing breaks it.
        severity: how bad it is if it is broken.
        dimension: of quality, such as `completeness`.
        figure: rows that break it, or the figure that is promised.
        told: why it is broken.
    """

    rule: str
    is_kept: bool
    severity: str
    dimension: str
    figure: float | None
    told: str = ""


class Violation(msgspec.Struct, frozen=True):
    """A row that breaks a clause.

    Args:
        rule: the clause.
        row: which row: its `_rid`, or the columns that tell it apart.
        values: what the clause looks at, in that row.
        told: why it is broken.
    """

    rule: str
    row: dict[str, Any]
    values: dict[str, Any]
    told: str


class LevelResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one service level.

    Args:
        level: its name, such as `latency`.
        clause: where it stands in the contract, such as `slaProperties[0]`.
        line: the same, counted from one; nothing where no file was read.
        about: the column it is about; empty if it is about when the rows came.
        is_met: nothing if it was not looked at.
        severity: how bad it is if it is broken.
        promised: what was promised, in words.
        measured: what is, in words; or why it was not looked at.
        figure: what is, as a number: [s], [percent] or rows [count].
        is_stopping: it is broken, and more than a warning: the check does not pass.
    """

    level: str
    clause: str
    line: int | None = None
    about: str
    is_met: bool | None
    severity: str
    promised: str
    measured: str
    figure: float | None
    is_stopping: bool


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whether data keeps what its contract promises.

    Args:
        dataset: what was looked at: `orders@3`, or the table.
        contract: the contract.
        version: the contract's version.
        passed: every clause is kept, and every service level that is more than a warning.
        n_rows: rows that were looked at.
        n_broken: clauses and service levels that are broken.
        rules: every clause, in the order of the file.
        violations: rows that break a clause, so many of each as were asked for.
        untold: clauses that cannot be looked at, each with the reason.
        service_levels: how fresh, how much and how often, in the order of the file.
        has_findings: it did not pass.
    """

    dataset: str
    contract: str
    version: str
    passed: bool
    n_rows: int
    n_broken: int
    rules: tuple[RuleResult, ...]
    violations: tuple[Violation, ...]
    untold: tuple[str, ...]
    service_levels: tuple[LevelResult, ...] = ()
    has_findings: bool
