"""Reports to be drawn, small enough to be checked by eye."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from headgate.contract.reports import CheckReport, RuleResult, Violation
from headgate.monitor.nouns import (
    Decision,
    Distribution,
    Finding,
    Measured,
    MonitorReport,
    Span,
)
from headgate.monitor.requests import ColumnLine
from headgate.spine.ports import Reference

AGE = Distribution(
    column="age",
    kind="number",
    labels=("0", "30", "60"),
    edges=(0.0, 30.0, 60.0, 90.0),
    reference=(0.3, 0.4, 0.3),
    low=(0.25, 0.35, 0.25),
    high=(0.35, 0.45, 0.35),
    current=(0.3, 0.4, 0.3),
)
PLAN = Distribution(
    column="plan",
    kind="category",
    labels=("basic", "gold"),
    reference=(0.8, 0.2),
    low=(0.75, 0.15),
    high=(0.85, 0.25),
    current=(0.8, 0.2),
)
FINDING = Finding(
    check="missing",
    kind="missing values",
    subject="age",
    says="age is missing in 30 % of rows, before in 1 %",
    severity="warning",
    harm="different",
    is_important=True,
    persists=True,
)


def monitored(**changes: Any) -> MonitorReport:
    """Make the report of a monitor that found nothing, but for what is said."""
    quiet = MonitorReport(
        monitor="churn",
        target="deployment:prod",
        window=Span(datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC), 8000),
        references=(Reference("customers", 5, ("prod", "api@3", "churn@2")),),
        reference_n=200_000,
        findings=(),
        action=Decision(action="log", why="all is as usual", rule="quiet"),
        measured=(
            Measured(check="data_drift", subject="age", metric="psi", value=0.01, n=8000),
            Measured(
                check="missing",
                subject="plan",
                metric="share",
                value=0.3,
                n=8000,
                is_exceeded=True,
                is_estimated=True,
            ),
        ),
        distributions=(AGE, PLAN),
        smallest_shift=0.12,
        has_findings=False,
    )
    return msgspec.structs.replace(quiet, **changes)


def checked(**changes: Any) -> CheckReport:
    """Make the report of a check that one clause of two broke, but for what is said."""
    broken = CheckReport(
        dataset="orders@3",
        contract="orders",
        version="1.2.0",
        passed=False,
        n_rows=100,
        n_broken=1,
        rules=(
            RuleResult("id.unique", True, "error", "uniqueness", 0.0),
            RuleResult("age.range", False, "error", "validity", 2.0, "2 rows are out of 0 to 120"),
        ),
        violations=(
            Violation("age.range", {"_rid": 7}, {"age": 300}, "300 is not between 0 and 120"),
        ),
        untold=(),
        has_findings=True,
    )
    return msgspec.structs.replace(broken, **changes)


def day(number: int) -> Span:
    """Make the window of a day of November."""
    since = datetime(2026, 11, number, tzinfo=UTC)
    return Span(since, since + timedelta(days=1), 1000)


def line(
    *values: float | None, over: tuple[int, ...] = (), limit: float | None = 0.1, **changes: Any
) -> ColumnLine:
    """Make a number over windows; those at the places named were worth a look."""
    told = ColumnLine(
        check="data_drift",
        subject="age",
        metric="psi",
        values=values,
        threshold=limit,
        exceeded=tuple(place in over for place in range(len(values))),
        thresholds=(limit,) * len(values),
    )
    return msgspec.structs.replace(told, **changes)


def measured(**changes: Any) -> Measured:
    """Make a number of a column that drifts, but for what is said."""
    drifting = Measured(
        check="data_drift",
        subject="age",
        metric="psi",
        value=0.4,
        threshold=0.1,
        n=1000,
        is_exceeded=True,
    )
    return msgspec.structs.replace(drifting, **changes)


DRIFT = Finding(
    check="data_drift",
    kind="mean shift",
    subject="age",
    says="age lies 9 higher (psi 0.4, threshold 0.1)",
    severity="warning",
    measured=(measured(),),
)
"""A finding as a monitor says it, with its figures in brackets."""
