"""Small reports, facts and histories for tests of decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from headgate.monitor.nouns import Decision, Finding, Measured, MonitorReport, Span
from headgate.monitor.policies.nouns import Fact, Facts, History, Policy, Taken
from headgate.monitor.policies.reading import DEFAULT, read_policy
from headgate.spine.ports import Reference

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
NOTHING = Decision(action="log", why="", rule="")


def finding(check: str = "data_drift", subject: str = "age", **more: Any) -> Finding:
    """Make a finding; a warning about drift of a column if nothing else is said."""
    given: dict[str, Any] = {"kind": "mean shift", "says": "it moved", "severity": "warning"}
    given |= {"check": check, "subject": subject} | more
    given.setdefault("measured", (Measured(**_number(given)),))
    return Finding(**given)


def _number(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "check": given["check"],
        "subject": given["subject"],
        "metric": "psi",
        "value": 0.31,
        "threshold": 0.1,
        "is_exceeded": True,
    }


def report(*findings: Finding, day: int = 0, target: str = "deployment:prod") -> MonitorReport:
    """Make the report of a day, counted from Monday."""
    since = MONDAY + day * DAY
    return MonitorReport(
        monitor="churn",
        target=target,
        window=Span(since, since + DAY, 1000),
        references=(Reference("people", 1, ("prod",)),),
        reference_n=5000,
        findings=findings,
        action=NOTHING,
        measured=(),
        has_findings=bool(findings),
    )


def facts(**known: Any) -> Facts:
    """Make facts about the deployment `prod`; what is not given is not known."""
    found = {name: Fact(value=value, says=f"{name} is {value}") for name, value in known.items()}
    return Facts(**found, deployment="prod", datasets=("people",))


def history(*taken: Taken, at: datetime = MONDAY + DAY) -> History:
    """Make a history in which some things were done."""
    return History(at=at, taken=taken)


def taken(action: str, rule: str, *subjects: str, day: int = 0, **more: Any) -> Taken:
    """Make something that was done about the window of a day, at its end."""
    since = MONDAY + day * DAY
    given: dict[str, Any] = {"target": "monitor:churn", "subjects": subjects, "at": since + DAY}
    given |= {"action": action, "rule": rule, "since": since, "until": since + DAY}
    return msgspec.convert(given | more, Taken)


def default() -> Policy:
    """Read the policy that is shipped."""
    return read_policy(DEFAULT.read_bytes(), "default.yaml")


def policy(text: str) -> Policy:
    """Read a policy."""
    return read_policy(text.encode(), "policy.yaml")
