"""Alerts are counted as somebody would get them: once, until a window is well again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.monitor import operations
from headgate.monitor.backtesting import counted
from headgate.monitor.kept import KeptWindow
from headgate.monitor.nouns import Decision, Finding, Span
from headgate.monitor.requests import BacktestMonitor, RunMonitor, ShowMonitor
from headgate.monitor.tiers import shipped
from headgate.spine.context import Context
from headgate.surfaces.python import Project
from tests.monitor.worlds import START, Stream, days_of, watch

DAY = timedelta(days=1)
Severity = Literal["critical", "error", "warning", "info"]


def window(day: int, *findings: tuple[str, Severity]) -> KeptWindow:
    """A window with findings of important columns."""
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
                kind="mean shift",
                subject=subject,
                says="",
                severity=severity,
                is_important=True,
            )
            for subject, severity in findings
        ),
        looked_at=START,
        counts="",
    )


@pytest.mark.parametrize(
    ("windows", "pages", "tickets"),
    [
        ([window(0), window(1)], 0, 0),
        ([window(0, ("a", "info")), window(1, ("a", "info"))], 0, 0),
        ([window(0, ("a", "warning")), window(1, ("a", "warning"))], 0, 1),
        ([window(0, ("a", "warning")), window(1), window(2, ("a", "warning"))], 0, 2),
        ([window(0, ("a", "warning"), ("b", "warning"))], 0, 2),
        ([window(0, ("a", "warning")), window(1, ("a", "error"))], 1, 1),
        ([window(0, ("a", "error")), window(1, ("a", "warning"))], 1, 0),
        ([window(0, ("a", "error")), window(1, ("a", "info")), window(2, ("a", "error"))], 1, 0),
    ],
)
def test_an_alert_is_open_until_its_subject_is_well(
    windows: list[KeptWindow], pages: int, tickets: int
) -> None:
    assert counted(windows, shipped()) == {"page": pages, "ticket": tickets}


@pytest.fixture
def stream(project: Project, context: Context) -> Stream:
    rng = np.random.default_rng(0)

    def make(_: int, n: int) -> dict[str, Any]:
        return {"a": rng.normal(size=n)}

    project.dataset.commit("train", pa.table(make(0, 3000)))
    (context.root / "monitors").mkdir()
    head = "monitor: m\nwatch: deployment:prod\nreference: train@1\n"
    (context.root / "monitors" / "m.yaml").write_text(head)
    return watch(context, Stream("deployment", {"prod": days_of(make, 10, 600)}))


def test_only_the_days_that_were_asked_for_are_looked_at(context: Context, stream: Stream) -> None:
    seen = operations.backtest(context, BacktestMonitor(name="m", days=3))
    earlier = operations.backtest(context, BacktestMonitor(name="m", days=3, until="2026-10-05"))

    assert (seen.since, seen.until, seen.n_windows) == (START + 7 * DAY, START + 10 * DAY, 3)
    assert (earlier.since, earlier.until) == (START + DAY, START + 4 * DAY)
    assert (seen.pages, seen.tickets) == (0.1, 0.3)
    assert seen.smallest_shift is not None
    assert 0.1 < seen.smallest_shift < 0.3


def test_the_kept_reference_is_used_where_there_is_one(
    project: Project, context: Context, stream: Stream
) -> None:
    project.monitor.list()
    before = operations.backtest(context, BacktestMonitor(name="m"))
    operations.run(context, RunMonitor(name="m", until="2026-10-11"))

    after = operations.backtest(context, BacktestMonitor(name="m"))

    assert after == before


def test_without_a_complete_window_or_a_row_there_is_nothing_to_try(
    context: Context, stream: Stream
) -> None:
    with pytest.raises(NotFound, match="no window of deployment:prod is complete"):
        operations.backtest(context, BacktestMonitor(name="m", until="2026-10-01T12:00:00"))
    stream.tables["prod"] = stream.tables["prod"].slice(0, 0)
    with pytest.raises(NotFound, match="nothing came from deployment:prod yet"):
        operations.backtest(context, BacktestMonitor(name="m"))


def test_days_before_everything_hold_no_window(context: Context, stream: Stream) -> None:
    with pytest.raises(NotFound, match="no window of deployment:prod is complete"):
        operations.backtest(context, BacktestMonitor(name="m", days=3660, until="0001-01-01"))


def test_numbers_worth_a_look_are_followed_over_every_window_as_show_does(
    context: Context, stream: Stream
) -> None:
    column = stream.tables["prod"].column("a").to_numpy().copy()
    column[7 * 600 :] += 3.0
    place = stream.tables["prod"].column_names.index("a")
    stream.tables["prod"] = stream.tables["prod"].set_column(place, "a", pa.array(column))
    tried = operations.backtest(context, BacktestMonitor(name="m", until="2026-10-11"))
    operations.run(context, RunMonitor(name="m", since="2026-10-01", until="2026-10-11"))

    shown = operations.show(context, ShowMonitor(name="m", windows=30))

    assert tried.spans == tuple(one.span for one in shown.windows)
    assert tried.columns == tuple(one for one in shown.columns if any(one.exceeded))
    assert {one.subject for one in tried.columns} == {"a"}
    for one in tried.columns:
        assert one.exceeded == (False,) * 7 + (True,) * 3
        assert one.thresholds[-1] == one.threshold
        assert len(one.values) == len(one.thresholds) == len(tried.spans)
