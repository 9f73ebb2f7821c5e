"""Who is told what: each subject once while it lasts, and that it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest

from headgate.monitor.documents import Monitor
from headgate.monitor.kept import KeptWindow
from headgate.monitor.nouns import Decision, Finding, Measured, Span
from headgate.monitor.telling import key_of, tell
from headgate.spine.context import Context
from headgate.spine.outbox import queries
from headgate.spine.work import Work
from tests.monitor.worlds import START

DAY = timedelta(days=1)
MONITOR = Monitor(monitor="churn", watch="deployment:prod", owner="ann", notify=("desk",))
Severity = Literal["critical", "error", "warning", "info"]


def window(day: int, *findings: tuple[str, Severity]) -> KeptWindow:
    """A window with findings of columns that matter."""
    number = Measured(check="data_drift", subject="a", metric="psi", value=0.31, n=1000)
    return KeptWindow(
        span=Span(START + day * DAY, START + (day + 1) * DAY, 1000),
        reference=1,
        n_looked=1000,
        smallest_shift=None,
        measured=(),
        exceeded=(),
        decision=Decision(action="log", why="", rule=""),
        findings=tuple(
            Finding(
                check="data_drift",
                kind="new category",
                subject=subject,
                says="holds names that are new: 'Zebedee'",
                severity=severity,
                is_important=True,
                measured=(number,),
            )
            for subject, severity in findings
        ),
        looked_at=START,
        counts="",
    )


def told(context: Context, seen: KeptWindow, *before: str, monitor: Monitor = MONITOR) -> list[str]:
    with Work(context) as work:
        keys = tell(work, context, monitor, seen, before)
        work.record("monitor_run", "monitor:churn", {})
    return keys


def letters(context: Context) -> list[Any]:
    with context.catalog.read() as connection:
        found = queries.listed(connection, context.tenant, limit=50)
    return sorted(found, key=lambda one: one.seq)


@pytest.fixture
def desk(context: Context) -> Context:
    path = context.root / "headgate.toml"
    path.write_text(f'{path.read_text()}\n[notifiers.desk]\ntype = "webhook"\nurl = "http://x"\n')
    return context


def test_what_lasts_is_told_once(desk: Context) -> None:
    first = told(desk, window(0, ("age", "warning"), ("city", "error")))
    second = told(desk, window(1, ("age", "warning"), ("city", "error")), "age", "city")

    assert first == ["monitor/churn/age", "monitor/churn/city"]
    assert second == []
    assert len(letters(desk)) == 2


def test_what_is_over_is_told_to_those_who_heard_of_it(desk: Context) -> None:
    told(desk, window(0, ("age", "warning")))

    over = told(desk, window(1), "age", "never")

    assert over == ["monitor/churn/age"]
    assert [one.content.kind for one in letters(desk)] == ["trigger", "resolve"]
    assert letters(desk)[1].content.title == "churn: age is as usual again"


def test_an_alert_says_what_where_and_who_and_no_value_of_a_row(desk: Context) -> None:
    told(desk, window(0, ("age", "error")))

    (letter,) = letters(desk)
    message = letter.content
    assert (message.title, message.severity) == ("churn: new category in age", "error")
    assert message.details["owner"] == "ann"
    assert message.details["asks for"] == "page"
    assert message.details["psi"] == "0.31"
    assert message.details["window"] == "2026-10-01T00:00:00Z to 2026-10-02T00:00:00Z"
    assert "Zebedee" not in str(message)


@pytest.mark.parametrize("severity", ["info"])
def test_what_is_logged_alone_is_told_to_nobody(desk: Context, severity: Severity) -> None:
    assert told(desk, window(0, ("age", severity))) == []
    assert letters(desk) == []


def test_without_notifiers_nobody_is_told(desk: Context) -> None:
    silent = Monitor(monitor="churn", watch="deployment:prod")

    assert told(desk, window(0, ("age", "error")), monitor=silent) == []
    assert letters(desk) == []


def test_a_long_name_makes_a_key_that_fits() -> None:
    assert len(key_of("m", "x" * 1000)) == 300
