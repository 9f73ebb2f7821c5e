"""A run looks at what nobody looked at yet, again where labels came late, and exits by findings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.monitor import operations, queries
from headgate.monitor.files import named
from headgate.monitor.nouns import MonitorReport
from headgate.monitor.referencing import newest
from headgate.monitor.requests import (
    BacktestMonitor,
    FitReference,
    ListMonitors,
    RunMonitor,
    ShowMonitor,
)
from headgate.spine.context import Context
from headgate.spine.store.moments import take_moment
from headgate.spine.work import Work
from headgate.surfaces.python import Project
from tests.monitor.worlds import START, Stream, days_of, moments, watch

DAY = timedelta(days=1)
N = 600


def make(day: int, n: int) -> dict[str, Any]:
    """One quiet column, one that moves from day 4 on; an answer with a label."""
    rng = np.random.default_rng([9, day + 1])
    moved = 1.0 if day >= 4 else 0.0
    confidence = rng.uniform(0.5, 1, n)
    is_right = rng.random(n) < confidence
    return {
        "calm": rng.normal(size=n),
        "moves": rng.normal(moved, 1, n),
        "prediction": ["yes"] * n,
        "confidence": confidence,
        "label": np.where(is_right, "yes", "no"),
    }


@pytest.fixture
def stream(project: Project, context: Context) -> Stream:
    reference = make(-1, 5000)
    data = {name: reference[name] for name in ("calm", "moves")}
    project.dataset.commit("train", pa.table(data))
    return watch(context, Stream("deployment", {"prod": days_of(make, 8, N)}))


def write(context: Context, *more: str) -> None:
    folder = context.root / "monitors"
    folder.mkdir(exist_ok=True)
    head = ("monitor: m", "watch: deployment:prod", "reference: train@1")
    (folder / "m.yaml").write_text("\n".join((*head, *more)) + "\n")


def run(context: Context, day: int, *, since: int | None = None) -> MonitorReport:
    return operations.run(
        context,
        RunMonitor(
            name="m",
            since=None if since is None else (START + since * DAY).isoformat(),
            until=(START + day * DAY).isoformat(),
        ),
    )


def kept(context: Context) -> list[Any]:
    with context.catalog.read() as connection:
        return queries.windows(connection, context.tenant, "m", limit=100)[::-1]


def runs(project: Project) -> list[Any]:
    return [one for one in project.event.list().events if one.kind == "monitor_run"]


def test_each_window_is_looked_at_once(project: Project, context: Context, stream: Stream) -> None:
    write(context)

    first, same = run(context, 3), run(context, 3)
    n_events = len(runs(project))
    later = run(context, 6)

    assert [one.span.since for one in kept(context)] == [START + n * DAY for n in range(6)]
    assert (first.window, same.window) == (first.window, first.window)
    assert (n_events, len(runs(project))) == (1, 2)
    assert later.window.n_rows == N
    assert (first.has_findings, later.has_findings) == (False, True)


def test_drift_is_noted_first_and_lasts_in_the_window_after(
    context: Context, stream: Stream
) -> None:
    write(context, "columns: {important: [moves]}", "checks: {data_drift: {psi_large: 9}}")

    first, second = run(context, 5), run(context, 6)

    assert [(one.subject, one.severity, one.persists) for one in first.findings] == [
        ("moves", "info", False)
    ]
    assert [(one.subject, one.severity, one.persists) for one in second.findings] == [
        ("moves", "warning", True)
    ]
    assert (first.action.action, second.action.action) == ("log", "ticket")


def test_looking_again_replaces_what_was_seen(
    project: Project, context: Context, stream: Stream
) -> None:
    write(context)
    run(context, 6)

    run(context, 6, since=2)

    assert [one.payload["windows"] for one in runs(project)] == [4, 6]
    assert len({one.looked_at for one in kept(context)}) == 1
    assert len(kept(context)) == 6


def test_labels_that_come_late_open_their_window_again(
    project: Project, context: Context, stream: Stream
) -> None:
    write(context, "answers: {days: 3, ending: 2026-10-04}")
    table = stream.tables["prod"]
    column = table.schema.get_field_index("label")
    stream.tables["prod"] = table.set_column(
        column, "label", pa.array([*table["label"].to_pylist()[: 3 * N], *[None] * (5 * N)])
    )
    before = run(context, 5)
    stream.tables["prod"] = table
    stream.late_at["prod"] = (START + 4 * DAY + DAY / 2,)

    after = run(context, 5)

    assert realised(before) == []
    assert [one.metric for one in realised(after)] == ["accuracy"]
    assert runs(project)[0].payload["windows"] == 1
    assert len(kept(context)) == 5


class Labelled(Stream):
    """A stream of which labels come while a window is read, after its rows were handed out."""

    def __init__(self, name: str, tables: dict[str, pa.Table]) -> None:
        super().__init__(name, tables)
        self.received: list[datetime] = []

    def rows(self, context: Context, *asked: Any, **settings: Any) -> Iterator[pa.Table]:
        yield from super().rows(context, *asked, **settings)
        with Work(context) as work:
            self.received.append(take_moment(work.connection, context.tenant))

    def late(self, context: Context, target: str, after: datetime, /) -> tuple[datetime, ...]:
        return (START + DAY / 2,) if any(one > after for one in self.received) else ()


@pytest.mark.parametrize("since", [None, 1])
def test_labels_that_come_while_a_window_is_read_open_it_with_the_next_run(
    project: Project, context: Context, stream: Stream, since: int | None
) -> None:
    write(context)
    labelled = Labelled("deployment", stream.tables)
    watch(context, labelled)
    run(context, 2)

    run(context, 2, since=since)
    del labelled.received[:-1]
    run(context, 2)
    labelled.received.clear()
    run(context, 2)

    n_windows = [one.payload["windows"] for one in runs(project)][::-1]
    assert n_windows == [2, 1, 1]


def test_labels_that_come_later_than_they_may_open_nothing(
    project: Project, context: Context, stream: Stream
) -> None:
    write(context, "labels: {delay: 2d}")
    run(context, 5)
    stream.late_at["prod"] = (START + DAY / 2, START + 4 * DAY + DAY / 2)

    run(context, 5)

    assert [one.payload["windows"] for one in runs(project)] == [1, 5]


def realised(report: MonitorReport) -> list[Any]:
    return [
        one
        for one in report.measured
        if one.check == "realised_performance" and one.metric == "accuracy" and one.value
    ]


def test_nothing_for_a_week_is_one_finding(context: Context, stream: Stream) -> None:
    write(context)
    run(context, 8)

    silent = run(context, 15)

    assert len(kept(context)) == 9
    assert [(one.kind, one.severity) for one in silent.findings] == [("nothing came", "error")]
    assert silent.action.action == "page"


def test_rows_that_come_after_the_silence_are_looked_at(context: Context, stream: Stream) -> None:
    write(context)
    run(context, 15)
    more = pa.table({"at": moments(9, N), **make(9, N)})
    stream.tables["prod"] = pa.concat_tables([stream.tables["prod"], more])

    run(context, 15)

    counts = {(one.span.since - START).days: one.span.n_rows for one in kept(context)}
    assert counts[9] == N
    assert counts[8] == 0


def test_windows_of_rows_are_looked_at_once_too(context: Context, stream: Stream) -> None:
    write(context, "window: {rows: 1000}")

    run(context, 5)
    run(context, 8)

    found = kept(context)
    assert [one.span.n_rows for one in found] == [1000] * len(found)
    assert len(found) == 4
    assert all(a.span.until == b.span.since for a, b in pairwise(found))


def test_the_reference_is_fitted_once_and_anew_when_the_file_says_another(
    context: Context, stream: Stream
) -> None:
    write(context)
    run(context, 2)
    run(context, 3)
    monitor = named(context.root, "m", context.registry)
    first = newest(context, monitor)

    write(context, "columns: {exclude: [calm]}")
    run(context, 4)

    second = newest(context, monitor)
    assert first is not None
    assert second is not None
    assert (first[0].number, second[0].number) == (1, 2)
    assert (first[0].n_columns, second[0].n_columns) == (2, 1)
    again = operations.reference(context, FitReference(name="m"))
    assert [one.number for one in again.versions] == [3, 2, 1]
    assert again.made.blob == second[0].blob


def test_the_reference_is_stored_once_and_a_window_costs_the_same_however_long_it_is(
    project: Project, context: Context, stream: Stream
) -> None:
    def stored(name: str) -> int:
        write(context)
        path = context.root / "monitors" / "m.yaml"
        path.write_text(path.read_text().replace("train@1", f"{name}@1"))
        operations.reference(context, FitReference(name="m"))
        found = newest(context, named(context.root, "m", context.registry))
        assert found is not None
        return len(context.blobs.get(found[0].blob))

    reference = make(-1, 200_000)
    columns = {name: reference[name] for name in ("calm", "moves")}
    project.dataset.commit("long", pa.table(columns))

    small, large = stored("train"), stored("long")

    assert large < 1.2 * small < 60_000


def test_a_backtest_writes_nothing(project: Project, context: Context, stream: Stream) -> None:
    write(context, "columns: {important: [moves]}")
    n_before = len(project.event.list().events)

    seen = operations.backtest(context, BacktestMonitor(name="m", days=8))

    assert (seen.n_windows, seen.n_pages, seen.n_tickets) == (8, 1, 0)
    assert [(call.span.since - START).days for call in seen.calls] == [4, 5, 6, 7]
    assert {call.findings[0].subject for call in seen.calls} == {"moves"}
    assert len(project.event.list().events) == n_before
    assert kept(context) == []


def test_show_follows_each_number_over_windows(context: Context, stream: Stream) -> None:
    write(context, "owner: ann")
    run(context, 6)

    shown = operations.show(context, ShowMonitor(name="m", windows=3))

    first = shown.columns[0]
    assert (first.subject, len(first.values)) == ("moves", 3)
    assert first.exceeded == (False, True, True)
    assert [one.action for one in shown.windows] == ["log", "log", "log"]
    assert shown.owner == "ann"


def test_a_list_tells_what_was_seen_and_which_files_are_broken(
    context: Context, stream: Stream
) -> None:
    write(context)
    run(context, 2)
    (context.root / "monitors" / "bad.yaml").write_text("monitor: bad\nwatch: x\n")
    (context.root / "monitors" / "worse.yaml").write_text("{")

    found = operations.list_monitors(context, ListMonitors())

    lines = {one.name: one for one in found.monitors}
    assert (lines["m"].n_windows, lines["m"].looked_until) == (2, START + 2 * DAY)
    assert [one.line for one in lines["bad"].problems] == [2]
    assert lines["worse"].problems[0].clause == "the document"
    assert found.has_findings


def test_of_another_tenant_nothing_is_seen(context: Context, stream: Stream) -> None:
    write(context)
    run(context, 3)

    with context.catalog.read() as connection:
        assert queries.windows(connection, "other", "m", limit=9) == []
        assert queries.glances(connection, "other", "m") == []
        assert queries.references(connection, "other", "m") == []
        assert queries.counted_windows(connection, "other") == {}
        assert queries.blobs(connection, "other") == []
        assert queries.versions(connection, "other") == []
        assert queries.versions(connection, context.tenant) == [("train", 1)]
        assert len(queries.blobs(connection, context.tenant)) == 4


def test_what_cannot_be_run_says_why(context: Context, stream: Stream) -> None:
    write(context)

    with pytest.raises(NotFound, match="no complete window yet"):
        run(context, 0)
    with pytest.raises(NotFound, match="no monitor named 'n'"):
        operations.run(context, RunMonitor(name="n"))
    path = context.root / "monitors" / "m.yaml"
    path.write_text("monitor: m\nwatch: deployment:prod\n")
    with pytest.raises(NotFound, match="lineage leads from deployment:prod to no snapshot"):
        operations.run(context, RunMonitor(name="m"))
    path.write_text("monitor: m\nwatch: deployment:gone\n")
    with pytest.raises(NotFound, match="no deployment named 'gone'"):
        operations.run(context, RunMonitor(name="m"))


def test_events_name_no_column_and_no_value(
    project: Project, context: Context, stream: Stream
) -> None:
    write(context)

    run(context, 6)

    (event,) = runs(project)
    assert event.subject == "monitor:m"
    assert set(event.payload) == {"windows", "since", "until", "reference", "n_findings"}
    assert event.at <= now()


def test_a_delay_beyond_all_days_keeps_every_window_open(context: Context, stream: Stream) -> None:
    write(context, "labels: {delay: 99999999d}")
    run(context, 2)

    again = run(context, 3)

    assert again.window.since == START + 2 * DAY
    assert len(kept(context)) == 3


@pytest.mark.parametrize("since", [3, 2])
def test_windows_that_end_before_they_begin_are_refused(
    context: Context, stream: Stream, since: int
) -> None:
    write(context)

    with pytest.raises(Invalid, match="the windows end before they begin"):
        run(context, 2, since=since)

    assert kept(context) == []
