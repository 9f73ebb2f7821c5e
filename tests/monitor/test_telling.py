"""A run acts once on every window that is new or got its labels; what is history it only tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import NotFound
from headgate.monitor import operations, queries
from headgate.monitor.nouns import MonitorReport
from headgate.monitor.requests import RunMonitor
from headgate.spine.context import Context
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.monitor import run_lines
from headgate.surfaces.python import Project
from tests.monitor.worlds import START, Stream, days_of, watch

DAY = timedelta(days=1)
N = 600
MONITOR = """\
monitor: m
watch: deployment:prod
reference: train@1
answers: {days: 3, ending: 2026-10-04}
columns: {important: [age]}
"""


def make(day: int, n: int) -> dict[str, Any]:
    """Give answers that are right as often as they are sure; on day 5 every age is gone."""
    rng = np.random.default_rng([4, day + 1])
    confidence = rng.uniform(0.5, 1, n)
    age = rng.normal(size=n)
    return {
        "age": pa.array(age, mask=np.full(n, day == 5)),
        "prediction": ["yes"] * n,
        "confidence": confidence,
        "label": np.where(rng.random(n) < confidence, "yes", "no"),
    }


@pytest.fixture
def stream(project: Project, context: Context) -> Stream:
    """Ten days of a deployment; labels are known of the first three, until more of them come."""
    project.dataset.commit("train", pa.table({"age": make(-1, 5000)["age"]}))
    folder = context.root / "monitors"
    folder.mkdir(exist_ok=True)
    (folder / "m.yaml").write_text(MONITOR, encoding="utf-8")
    made = watch(context, Stream("deployment", {"prod": days_of(make, 10, N)}))
    label(made, dict.fromkeys(range(3, 10)))
    return made


def label(stream: Stream, days: dict[int, Any]) -> None:
    """Let the labels of some days come: a list of them, or one for all; none is unknown."""
    table = stream.tables["prod"]
    labels = table["label"].to_pylist()
    for day, value in days.items():
        labels[day * N : (day + 1) * N] = value if isinstance(value, list) else [value] * N
    place = table.schema.get_field_index("label")
    stream.tables["prod"] = table.set_column(place, "label", pa.array(labels, pa.string()))
    stream.late_at["prod"] = tuple(START + day * DAY + DAY / 2 for day in days)


def run(context: Context, day: int, *, since: int | None = None) -> MonitorReport:
    begin = None if since is None else (START + since * DAY).isoformat()
    until = (START + day * DAY).isoformat()
    return operations.run(context, RunMonitor(name="m", since=begin, until=until))


def days(report: MonitorReport) -> list[int]:
    return [(one.window.since - START).days for one in report.earlier]


def calls(project: Project) -> list[tuple[str, int, bool]]:
    """Return what was done, about which day, and whether it is over; the oldest first."""
    return [
        (one.action, (one.since - START).days, one.well_at is not None)
        for one in project.escalation.list().escalations[::-1]
    ]


@pytest.mark.row("S1-21")
def test_labels_that_come_late_and_say_that_answers_were_wrong_page_once(
    project: Project, context: Context, stream: Stream
) -> None:
    run(context, 5)
    label(stream, {2: "no", 3: "no"})

    told, again = run(context, 5), run(context, 5)

    assert (told.window.since - START).days == 4
    assert told.findings == again.findings == ()
    assert told.has_findings
    assert days(told) == [2, 3]
    assert [one.action.action for one in told.earlier if one.action] == ["log", "page"]
    assert {(one.subject, one.kind) for one in told.earlier[1].findings} == {
        ("accuracy", "performance")
    }
    assert calls(project) == [("page", 3, False)]


def test_the_page_is_over_when_labels_say_so_and_not_where_they_are_yet_to_come(
    project: Project, context: Context, stream: Stream
) -> None:
    run(context, 5)
    label(stream, {2: "no", 3: "no"})
    run(context, 5)
    run(context, 7)
    before = calls(project)
    label(stream, {4: make(4, N)["label"].tolist()})

    run(context, 7)

    assert ("page", 3, False) in before
    assert ("page", 3, True) in calls(project)


def test_a_bad_day_that_a_scheduler_slept_through_is_a_ticket_all_the_same(
    project: Project, context: Context, stream: Stream
) -> None:
    run(context, 4)

    told = run(context, 8)

    assert days(told) == [5]
    assert [one.action.action for one in told.earlier if one.action] == ["ticket"]
    assert calls(project) == [("ticket", 5, True)]
    with context.catalog.read() as connection:
        kept = queries.windows(connection, context.tenant, "m", limit=3)
    assert {(one.span.since - START).days: one.decision.action for one in kept}[5] == "ticket"


def test_what_a_first_run_finds_in_the_past_is_told_and_nothing_is_done_about_it(
    project: Project, context: Context, stream: Stream
) -> None:
    told = run(context, 8)

    assert days(told) == [5]
    assert told.earlier[0].action is None
    assert calls(project) == []


def test_a_look_back_reports_what_was_asked_for_and_does_nothing(
    project: Project, context: Context, stream: Stream
) -> None:
    run(context, 4)
    run(context, 8)
    before = calls(project)

    told = run(context, 6, since=5)

    assert (told.window.since - START).days == 5
    assert [one.subject for one in told.findings] == ["age"]
    assert told.n_windows == 1
    assert calls(project) == before


def test_a_look_at_no_complete_window_is_refused(context: Context, stream: Stream) -> None:
    run(context, 4)

    with pytest.raises(NotFound, match="complete from 2026-10-06") as caught:
        operations.run(context, RunMonitor(name="m", since="2026-10-06", until="2026-10-06T05:00"))

    assert "1d apart or more" in str(caught.value)


def test_terminal_and_page_say_what_was_done_about_an_earlier_window(
    context: Context, stream: Stream
) -> None:
    run(context, 4)
    told = run(context, 8)

    lines, page = run_lines(told, Paint()), headgate.page(told)

    assert any(line.startswith("  asks for  ticket: missing values") for line in lines)
    assert "<p>To do: <b>ticket</b>." in page.partition("Earlier: 2026-10-06")[2]
