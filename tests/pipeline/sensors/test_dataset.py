"""Commits to a dataset that run a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.pipeline.schedule.world import Surroundings
from headgate.pipeline.sensors.dataset import dataset
from tests.pipeline.scheduling import LOG, at, once
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def commit(project: Project, *numbers: int) -> None:
    for number in numbers:
        project.dataset.commit("orders", {"id": [number]})


def look(context: Context, cursor: Any, **settings: bool) -> tuple[list[str], Any]:
    seen = dataset(Surroundings(context, at("2026-03-02")), cursor, "orders", **settings)
    return [one.uri for one in seen.arrivals], seen.cursor


def test_the_newest_commit_comes_first_and_then_each_newest(
    project: Project, context: Context
) -> None:
    nothing = look(context, None)
    commit(project, 1, 2)
    first = look(context, 0)
    commit(project, 3, 4)

    assert nothing == ([], 0)
    assert first == (["orders@2"], 2)
    assert look(context, 2) == (["orders@4"], 4)
    assert look(context, 4) == ([], 4)


def test_every_commit_comes_if_asked_for(project: Project, context: Context) -> None:
    commit(project, 1, 2, 3)

    assert look(context, 1, each=True) == (["orders@2", "orders@3"], 3)


def test_a_commit_on_a_branch_and_one_of_the_same_rows_are_none(
    project: Project, context: Context
) -> None:
    commit(project, 1)
    project.dataset.branch("orders", "try")
    project.dataset.commit("orders", {"id": [7]}, branch="try")
    commit(project, 1)

    assert look(context, 1) == ([], 1)


def test_a_pipeline_runs_for_a_commit_of_another(project: Project, context: Context) -> None:
    line = 'sensors = [Sensor("dataset", "orders", give={"what": "uri"})]'
    write(project, flow=f"{LOG}\n    {line}\n")
    commit(project, 1)

    for _ in range(2):
        once(context, "2026-03-02T12:00")
    commit(project, 2)
    once(context, "2026-03-02T12:00")

    assert project.dataset.read("log")["what"].to_pylist() == ["orders@1", "orders@2"]
