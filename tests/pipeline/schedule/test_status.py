"""How pipelines stand, though no scheduler ever ran, and what is said of it once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from headgate.core.errors import NotFound
from headgate.pipeline.schedule import queries, ticks
from headgate.pipeline.schedule.found import find_declared
from headgate.pipeline.schedule.noticing import notice
from headgate.pipeline.schedule.nouns import Hold
from headgate.pipeline.schedule.status import N_TROUBLES, status
from headgate.spine.lineage.events import list_events
from tests.pipeline.scheduling import LOG, ask, at, once, stand, states, troubles
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def daily(project: Project, more: str = "", lines: str = "") -> None:
    """A pipeline that runs at six, from Monday, 2 March on."""
    line = f'schedule = Schedule("0 6 * * *", since="2026-03-02", grace="30m"{more})'
    write(project, flow=f"{LOG}\n    {line}\n{lines}")


@pytest.mark.row("S2-02", part="late and missing")
def test_what_never_ran_is_late_and_missing_though_no_scheduler_ever_ran(
    project: Project, context: Context
) -> None:
    daily(project)

    early, later = (troubles(context, f"2026-03-0{day}T06:31") for day in (2, 4))

    assert early == [("late", "2026-03-02T06:00:00Z")]
    assert later == [
        ("missing", "2026-03-02T06:00:00Z"),
        ("missing", "2026-03-03T06:00:00Z"),
        ("late", "2026-03-04T06:00:00Z"),
    ]
    assert states(context) == []


def test_a_run_makes_an_end_of_what_was_late(project: Project, context: Context) -> None:
    daily(project)

    once(context, "2026-03-04T12:00")

    found = stand(context, "2026-03-04T12:01")
    (line,) = found.triggers
    assert (found.troubles, found.state) == ((), "idle")
    assert (line.last_state, line.next_at) == ("done", at("2026-03-05T06:00"))


def test_a_time_that_was_queued_and_that_nobody_runs_is_late(
    project: Project, context: Context
) -> None:
    daily(project)
    ask(context, "2026-03-02T06:00:01")

    assert stand(context, "2026-03-02T06:10").state == "waiting"
    assert troubles(context, "2026-03-02T06:10") == []
    assert troubles(context, "2026-03-02T06:31") == [("late", "2026-03-02T06:00:00Z")]


def test_an_arrival_that_nobody_runs_is_late_after_its_grace(
    project: Project, context: Context
) -> None:
    (context.root / "a.csv").write_text("1")
    line = 'sensors = [Sensor("files", "*.csv", settled="0s", grace="10m")]'
    write(project, flow=f"{LOG}\n    {line}\n")
    ask(context, "2030-03-02T06:00")

    assert troubles(context, "2030-03-02T06:10") == []
    ((kind, key),) = troubles(context, "2030-03-02T06:11")
    assert (kind, len(key)) == ("late", 12)


def test_a_run_whose_scheduler_was_lost_is_stalled(project: Project, context: Context) -> None:
    daily(project)
    ask(context, "2026-03-02T06:00:01")
    hold = Hold("scheduler_x", at("2026-03-02T06:02"), at("2026-03-02T06:01"))
    ticks.take(context, ["flow"], hold)

    assert (stand(context, "2026-03-02T06:01").state, troubles(context, "2026-03-02T06:02")) == (
        "running",
        [],
    )
    assert troubles(context, "2026-03-02T06:03") == [("stalled", "2026-03-02T06:00:00Z")]


def test_a_run_that_failed_is_told_until_one_goes_well(project: Project, context: Context) -> None:
    daily(project, ', give={"nobody": "due_at"}')
    once(context, "2026-03-02T06:01")
    failed = stand(context, "2026-03-02T06:02").troubles
    daily(project)
    once(context, "2026-03-03T06:01")

    assert [(one.kind, one.says) for one in failed] == [
        ("failed", "no step has a setting 'nobody'")
    ]
    assert troubles(context, "2026-03-03T06:02") == []


@pytest.mark.row("S2-02", part="states, durations, rows")
def test_steps_are_told_with_durations_rows_and_costs(project: Project, context: Context) -> None:
    daily(project, ', give={"when": "due_at"}')

    for day in (2, 3):
        once(context, f"2026-03-0{day}T06:01")

    (step,) = stand(context, "2026-03-03T07:00").steps
    assert (step.name, step.state, step.n_runs, step.n_rows) == ("log", "done", 2, 2)
    assert step.last_s is not None
    assert step.median_s is not None
    assert 0 < step.last_s < step.total_s
    assert step.median_s == pytest.approx(step.total_s / 2)
    assert (step.error, step.run_id is None) == (None, False)


def test_a_run_by_hand_is_told_while_it_runs(project: Project, context: Context) -> None:
    write(
        project,
        flow="""
        import time
        from pathlib import Path
        from headgate import step

        @step
        def slow():
            end = time.monotonic() + 15
            while not (Path(__file__).parent / "go").exists() and time.monotonic() < end:
                time.sleep(0.01)
            return [{"n": 1}]
        """,
    )
    thread = threading.Thread(target=lambda: project.pipeline.run("flow"))

    thread.start()
    end = time.monotonic() + 10
    while project.pipeline.status().pipelines[0].state != "running":
        assert time.monotonic() < end
        time.sleep(0.02)
    (context.root / "pipelines" / "go").touch()
    thread.join()

    (after,) = project.pipeline.status().pipelines
    assert (after.state, after.steps[0].state) == ("manual", "done")


def test_a_step_that_failed_is_told_with_its_error(project: Project, context: Context) -> None:
    write(
        project,
        flow="""
        from headgate import Schedule, step
        schedule = Schedule("0 6 * * *", since="2026-03-02")

        @step
        def broken():
            raise RuntimeError("no coffee")
        """,
    )
    once(context, "2026-03-02T06:01")

    found = stand(context, "2026-03-02T06:02")

    assert (found.steps[0].state, found.steps[0].error) == ("failed", "RuntimeError: no coffee")
    assert found.troubles[0].says == "broken failed: RuntimeError: no coffee"


def test_a_step_of_which_one_partition_failed_has_failed(
    project: Project, context: Context
) -> None:
    write(
        project,
        flow="""
        from headgate import Schedule, keys, step
        schedule = Schedule("0 6 * * *", since="2026-03-02")

        @step(partitions=keys("city", "oslo", "rome"))
        def visits(partition):
            if partition == "oslo":
                raise RuntimeError("no coffee")
            return [{"n": 1}]
        """,
    )
    once(context, "2026-03-02T06:01")

    found = stand(context, "2026-03-02T06:02")

    assert found.steps[0].state == "failed"


@pytest.mark.row("S2-02", part="freshness")
def test_promises_are_kept_or_broken_by_the_newest_snapshot(
    project: Project, context: Context
) -> None:
    lines = (
        '    promises = {"log": Promise(freshness="1h", min_rows=1), "raw": Promise(volume=1)}\n'
    )
    daily(project, lines=lines)
    once(context, "2026-03-02T06:01")

    found = stand(context, "2026-03-02T06:02")
    much_later = stand(context, "2036-03-02T06:02")

    assert [one.is_kept for one in found.promises] == [True, True, False]
    assert [one.kind for one in found.troubles] == ["volume"]
    assert "freshness" in [one.kind for one in much_later.troubles]


def test_of_very_many_missing_times_the_newest_are_listed(
    project: Project, context: Context
) -> None:
    write(project, flow=f'{LOG}\n    schedule = Schedule("* * * * *", since="2026-03-02")\n')

    found = stand(context, "2026-03-02T02:00")

    assert len(found.troubles) == N_TROUBLES
    assert len(found.troubles) + found.n_more == 104
    assert found.troubles[-1].key == "2026-03-02T01:44:00Z"


def test_one_pipeline_is_told_of_alone_and_one_there_is_not_is_refused(
    project: Project, context: Context
) -> None:
    write(project, flow=LOG, other=LOG.replace("def log", "def other"))
    declared = find_declared(context.root)

    (found,) = status(context, declared, at("2026-03-02"), "other").pipelines

    assert (found.pipeline, found.state) == ("other", "manual")
    with pytest.raises(NotFound) as raised:
        status(context, declared, at("2026-03-02"), "flo")
    assert raised.value.mend == "did you mean flow?"


def test_trouble_is_recorded_once_and_once_more_when_it_is_over(
    project: Project, context: Context
) -> None:
    daily(project, lines='    promises = {"log": Promise(min_rows=1)}\n')
    declared = find_declared(context.root)

    counts = [notice(context, declared, at(f"2026-03-02T06:{n}")) for n in (31, 32, 33)]
    once(context, "2026-03-02T06:40")
    after = notice(context, declared, at("2026-03-02T06:41"))

    with context.catalog.read() as connection:
        events = list_events(connection, context.tenant, subject="pipeline:flow")
    told = [
        (one.kind, one.payload["trouble"], one.payload["subject"])
        for one in events[::-1]
        if one.kind.startswith("pipeline_")
    ]
    assert (counts, after) == ([2, 0, 0], 0)
    assert sorted(told) == [
        ("pipeline_recovered", "late", "schedule 2026-03-02T06:00:00Z"),
        ("pipeline_recovered", "min_rows", "log"),
        ("pipeline_troubled", "late", "schedule 2026-03-02T06:00:00Z"),
        ("pipeline_troubled", "min_rows", "log"),
    ]


def test_a_scheduler_is_heard_of_only_where_it_has_something_to_do(
    project: Project, context: Context
) -> None:
    write(project, flow=LOG)
    once(context, "2026-03-02T06:00")
    before = status(context, find_declared(context.root), at("2026-03-02T06:01")).heard_at
    daily(project)
    once(context, "2026-03-02T06:00")

    after = status(context, find_declared(context.root), at("2026-03-02T06:01")).heard_at

    assert (before, after) == (None, at("2026-03-02T06:00"))


def test_ticks_that_wait_for_long_are_not_lost_behind_many_newer_ones(
    project: Project, context: Context
) -> None:
    daily(project, ', overlap="queue"')
    (old,) = ask(context, "2026-03-02T06:00:01")
    newer = [
        msgspec.structs.replace(old, key=f"n{n}", due_at=at("2026-03-09T06:00"), state="done")
        for n in range(5)
    ]
    with context.catalog.write() as connection:
        queries.put_ticks(connection, context.tenant, newer)

        found = queries.newest_ticks(connection, context.tenant, "flow", "schedule", 3)

    assert [one.state for one in found] == ["done", "done", "done", "waiting"]
