"""Schedules that are asked: each time comes once, whoever asks, and what was missed is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from headgate.pipeline.schedule.ticks import retry
from tests.pipeline.scheduling import LOG, ask, at, kinds, once, stand, states, ticks_of, troubles
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def daily(project: Project, more: str = "") -> None:
    """A pipeline that runs at six, from Monday, 2 March on."""
    line = f'schedule = Schedule("0 6 * * *", since="2026-03-02"{more})'
    write(project, flow=f"{LOG}\n    {line}\n")


def test_a_time_comes_once_however_often_it_is_asked_for(
    project: Project, context: Context
) -> None:
    daily(project)

    first = ask(context, "2026-03-02T06:00:01")
    again = ask(context, "2026-03-02T06:00:02")
    before = ask(context, "2026-03-02T05:00")

    assert [one.due_at for one in first] == [at("2026-03-02T06:00")]
    assert (again, before) == ([], [])


@pytest.mark.row("S3-10", part="schedules")
def test_many_who_ask_at_once_get_a_time_once(project: Project, context: Context) -> None:
    daily(project)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(context, "2026-03-02T06:00:01"), range(8)))

    assert sum(map(len, found)) == 1
    assert len(ticks_of(context)) == 1


def test_times_missed_while_nobody_asked_are_kept_and_the_latest_runs(
    project: Project, context: Context
) -> None:
    daily(project)
    ask(context, "2026-03-02T06:00:01")
    once(context, "2026-03-02T06:00:02")

    ask(context, "2026-03-05T12:00")

    assert states(context) == ["done", "missed", "missed", "waiting"]
    assert kinds(context)[-1] == "ticks_queued"


def test_all_times_that_were_missed_run_one_after_another(
    project: Project, context: Context
) -> None:
    daily(project, ', catch_up="all", give={"when": "due_at"}')

    done = once(context, "2026-03-05T12:00")

    rows = project.dataset.read("log")["when"].to_pylist()
    assert rows == [f"2026-03-0{day}T06:00:00Z" for day in (2, 3, 4, 5)]
    assert (done.n_queued, done.n_done, states(context)) == (4, 4, ["done"] * 4)


def test_each_time_makes_its_own_partition(project: Project, context: Context) -> None:
    write(
        project,
        flow="""
        from headgate import Schedule, daily, step
        give = {"partition": "day_before"}
        schedule = Schedule("0 6 * * *", since="2026-03-02", catch_up="all", give=give)

        @step(partitions=daily('day', '2026-03-01', until='2026-03-31'))
        def days(partition):
            return [{"day": partition}]
        """,
    )

    done = once(context, "2026-03-04T12:00")

    found = sorted(map(str, project.dataset.read("days")["day"].to_pylist()))
    assert (done.n_done, done.n_failed) == (3, 0)
    assert found == ["2026-03-01", "2026-03-02", "2026-03-03"]


def test_a_time_that_comes_while_the_one_before_waits_is_skipped(
    project: Project, context: Context
) -> None:
    daily(project)

    ask(context, "2026-03-02T06:00:01")
    ask(context, "2026-03-03T06:00:01")

    assert states(context) == ["waiting", "skipped"]
    assert ticks_of(context)[1].why == "the tick before it had not ended"


def test_a_time_that_comes_while_the_one_before_waits_is_queued_if_asked_for(
    project: Project, context: Context
) -> None:
    daily(project, ', overlap="queue"')

    ask(context, "2026-03-02T06:00:01")
    ask(context, "2026-03-03T06:00:01")

    assert states(context) == ["waiting", "waiting"]


def test_an_expression_that_was_changed_counts_from_its_change(
    project: Project, context: Context
) -> None:
    daily(project)
    ask(context, "2026-03-02T06:00:01")
    write(project, flow=f'{LOG}\n    schedule = Schedule("0 7 * * *", since="2026-03-02")\n')

    found = ask(context, "2026-03-05T12:00")

    # its file was written just now, long after that noon
    assert found == []
    assert troubles(context, "2026-03-05T12:00") == []


def test_a_schedule_nobody_dated_counts_from_when_its_file_was_written(
    project: Project, context: Context
) -> None:
    write(project, flow=f'{LOG}\n    schedule = Schedule("* * * * *")\n')

    found = ask(context, "2026-03-05T12:00")

    assert found == []
    assert troubles(context, "2026-03-05T12:00") == []


def test_what_failed_is_run_again_when_told_so(project: Project, context: Context) -> None:
    daily(project, ', give={"nobody": "due_at"}')
    ask(context, "2026-03-02T06:00:01")
    once(context, "2026-03-02T06:00:02")
    failed = ticks_of(context)[0]

    again = retry(context, "flow")

    assert (failed.state, failed.why) == ("failed", "no step has a setting 'nobody'")
    assert [one.key for one in again] == [failed.key]
    assert ticks_of(context)[0].state == "waiting"
    assert ticks_of(context)[0].n_tries == 0


def test_a_sensor_that_is_asked_wrongly_is_blind_and_says_so(
    project: Project, context: Context
) -> None:
    write(project, flow=f'{LOG}\n    sensors = [Sensor("files", "in/*", colour="red")]\n')

    found = ask(context, "2026-03-02T06:00")

    assert found == []
    assert troubles(context, "2026-03-02T06:01") == [("blind", "")]


def test_a_sensor_there_is_not_is_told_with_the_nearest_name(
    project: Project, context: Context
) -> None:
    write(project, flow=f'{LOG}\n    sensors = [Sensor("filez", "in/*")]\n')

    ask(context, "2026-03-02T06:00")

    assert troubles(context, "2026-03-02T06:01") == [("blind", "")]


def test_a_sensor_that_sees_again_is_blind_no_more(project: Project, context: Context) -> None:
    lines = ('Sensor("dataset", "log", every_one=True)', 'Sensor("dataset", "log")')
    write(project, flow=f"{LOG}\n    sensors = [{lines[0]}]\n")
    ask(context, "2026-03-02T06:00")
    write(project, flow=f"{LOG}\n    sensors = [{lines[1]}]\n")

    ask(context, "2026-03-02T06:01")

    assert troubles(context, "2026-03-02T06:02") == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("return [1]", "sensor mine returned [1]"),
        ("return 1 / 0", "sensor mine raised ZeroDivisionError: division by zero"),
        ("return open('/nowhere')", "sensor mine cannot look: "),
    ],
)
def test_a_projects_own_sensor_that_goes_wrong_stops_nobody(
    project: Project, context: Context, lines: str, said: str
) -> None:
    folder = context.root / "plugins" / "sensors"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(f"def mine(world, cursor, /):\n    {lines}\n")
    write(project, flow=f'{LOG}\n    sensors = [Sensor("mine")]\n')

    ask(context, "2026-03-02T06:00")

    (trouble,) = stand(context, "2026-03-02T06:01").troubles
    assert (trouble.kind, trouble.says[: len(said)]) == ("blind", said)


def test_a_projects_own_sensor_runs_a_pipeline(project: Project, context: Context) -> None:
    folder = context.root / "plugins" / "sensors"
    folder.mkdir(parents=True)
    (folder / "moon.py").write_text(
        "from headgate.core.sensing import Arrival, Polled\n\n\n"
        "def moon(world, cursor, /, *, phase):\n"
        "    return Polled((Arrival(uri=f'{phase} {world.now:%F}'),))\n"
    )
    line = 'sensors = [Sensor("moon", phase="full", give={"what": "uri"})]'
    write(project, flow=f"{LOG}\n    {line}\n")

    for day in ("2026-03-02", "2026-03-02", "2026-03-03"):
        once(context, day)

    found = project.dataset.read("log")["what"].to_pylist()
    assert found == ["full 2026-03-02", "full 2026-03-03"]
