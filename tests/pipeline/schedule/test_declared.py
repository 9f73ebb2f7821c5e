"""What may stand in a pipeline file beside its steps, and what is told of what may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headgate import Promise, Schedule, Sensor
from headgate.core.errors import Invalid
from headgate.pipeline.schedule.found import Declarations, find_declared
from headgate.surfaces.python import Project
from tests.pipeline.scheduling import LOG, at
from tests.pipeline.writing import write

WRONG: Any = "wrong"
NO_TEXT: Any = 26


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Schedule("every day"), "has 2 fields"),
        (lambda: Schedule("@daily", timezone="Mars/Olympus"), "no time zone"),
        (lambda: Schedule("@daily", catch_up=WRONG), "has catch_up 'wrong'"),
        (lambda: Schedule("@daily", overlap=WRONG), "has overlap 'wrong'"),
        (lambda: Schedule("@daily", grace="soon"), "'soon' is no length of time"),
        (lambda: Schedule("@daily", since="yesterday"), "is no date or time"),
        (lambda: Schedule("@daily", name="no spaces"), "cannot name a trigger"),
        (lambda: Schedule("@daily", give={"path": "uri"}), "gives path a 'uri'"),
        (lambda: Sensor("files", "*.csv", give={"day": "date"}), "gives day a 'date'"),
        (lambda: Sensor("files", "*.csv", every="often"), "'often' is no length of time"),
        (Promise, "promises nothing"),
        (lambda: Promise(freshness="day"), "freshness of a promise: 'day' is no length of time"),
        (lambda: Promise(freshness=NO_TEXT), "freshness of a promise: 26 is no length of time"),
        (lambda: Promise(min_rows=-1), "has min_rows=-1"),
    ],
)
def test_what_cannot_be_is_told_where_it_is_written(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        make()


def test_a_schedule_gives_a_run_its_time_in_utc_and_its_day_on_the_wall() -> None:
    give = {"when": "due_at", "day": "date", "partition": "day_before"}
    schedule = Schedule("0 1 * * *", timezone="Asia/Tokyo", give=give, set={"n": 3})

    found = schedule.settings(at("2026-03-02T16:00"))

    assert found == {
        "when": "2026-03-02T16:00:00Z",
        "day": "2026-03-03",
        "partition": "2026-03-02",
        "n": "3",
    }


def test_a_sensor_keeps_what_is_its_own_and_hands_the_rest_to_its_kind() -> None:
    sensor = Sensor("files", "in/*.csv", settled="2s", name="inbox", every="1m", set={"n": 1})

    assert (sensor.name, sensor.arguments, sensor.options) == (
        "inbox",
        ("in/*.csv",),
        {"settled": "2s"},
    )
    assert sensor.about == "files in/*.csv settled=2s"
    assert sensor.settings({"uri": "in/a.csv"}) == {"n": "1"}


def test_triggers_are_found_beside_the_steps_of_their_file(project: Project) -> None:
    write(
        project,
        flow=LOG
        + """
    schedule = [Schedule("@daily"), Schedule("@hourly", name="hourly")]
    sensors = [Sensor("files", "in/*.csv")]
    promises = {"log": Promise(min_rows=1)}
    """,
        other=LOG.replace("def log", "def other"),
    )

    flow, other = find_declared(Path(project.address))

    assert (flow.pipeline, flow.steps, other.steps) == ("flow", ("log",), ("other",))
    assert [one.name for one in (*flow.schedules, *flow.sensors)] == ["schedule", "hourly", "files"]
    assert list(flow.promises) == ["log"]
    assert (flow.is_watched, other.is_watched) == (True, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('schedule = "@daily"', "has a schedule that is"),
        ("sensors = [1]", "has a sensors that is 1"),
        ('schedule = [Schedule("@daily"), Schedule("@hourly")]', "two triggers named 'schedule'"),
        ('sensors = [Sensor("files", "a"), Sensor("files", "b")]', "two triggers named 'files'"),
        ('promises = {"log": "26h"}', "promises that cannot be read"),
        ('promises = Promise(freshness="26h")', "promises that cannot be read"),
        ('schedule = Schedule("@dayly")', "cannot be imported"),
    ],
)
def test_a_file_that_declares_nonsense_is_named(project: Project, line: str, said: str) -> None:
    write(project, flow=f"{LOG}\n    {line}\n")

    with pytest.raises(Invalid, match=said) as raised:
        find_declared(Path(project.address))

    assert "flow.py" in raised.value.message


def test_an_unreadable_promise_is_told_with_its_line_and_its_clause(project: Project) -> None:
    promises = 'promises = {"log": Promise(freshness="soon")}'
    write(project, flow=f"{LOG}\n    {promises}\n")
    lines = (Path(project.address) / "pipelines" / "flow.py").read_text("utf-8").splitlines()

    with pytest.raises(Invalid) as raised:
        find_declared(Path(project.address))

    assert "freshness of a promise: 'soon' is no length of time" in raised.value.message
    assert raised.value.message.endswith(f"(line {lines.index(promises) + 1})")


def test_a_project_without_pipelines_declares_nothing(project: Project) -> None:
    assert find_declared(Path(project.address)) == []


def test_files_are_imported_again_only_when_one_was_changed(project: Project) -> None:
    write(project, flow=f'{LOG}\n    schedule = Schedule("@daily")\n')
    declarations = Declarations(Path(project.address))

    first, again = declarations.current(), declarations.current()
    write(project, flow=f'{LOG}\n    schedule = Schedule("@hourly")\n')
    changed = declarations.current()

    assert first is again
    assert changed[0].schedules[0].cron == "@hourly"
