"""What cannot be judged or read fails its step alone: other steps go on, and it is written down."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.pipeline.parting import AT_ONCE
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

FLOW = """
    from headgate import keys, step

    @step{how}
    def lost({reads}):
        return orders

    @step
    def after(lost):
        return lost

    @step
    def beside(visits):
        return visits
"""
HOW = [
    ("", "orders"),
    ('(columns={"orders": ["id", "city"]})', "orders"),
    ("(process=True)", "orders"),
    ('(partitions=keys("city", "x", "y"))', "orders"),
    ('(partitions=keys_of("orders", "city"))', "orders"),
    ('(partitions=keys("city", "x", "y"), whole=["orders"])', "orders"),
    ("", "orders, *, thing=object()"),
]


@pytest.fixture
def lost(project: Project) -> Project:
    """A project of two datasets; the rows of one of them are not where they should be."""
    project.dataset.commit("visits", {"id": [1]})
    folder = Path(project.address) / ".headgate"
    known = {*folder.rglob("*.parquet")}
    project.dataset.commit("orders", {"id": [1, 2], "city": ["x", "y"]})
    for path in {*folder.rglob("*.parquet")} - known:
        path.rename(path.with_suffix(".away"))
    return project


def find(project: Project) -> None:
    """Put the rows back where they should be."""
    for path in (Path(project.address) / ".headgate").rglob("*.away"):
        shutil.move(path, path.with_suffix(".parquet"))


def flow(project: Project, how: str, reads: str) -> None:
    """Write the pipeline; its first step reads what is not there."""
    text = FLOW.format(how=how, reads=reads)
    write(project, flow=text.replace("import keys", "import keys, keys_of"))


@pytest.mark.parametrize(("how", "reads"), HOW)
def test_an_input_that_cannot_be_read_fails_its_step_and_other_steps_go_on(
    lost: Project, how: str, reads: str
) -> None:
    flow(lost, how, reads)

    report = lost.pipeline.run("flow")

    states = {one.name: one.state for one in report.steps}
    assert states == {"lost": "failed", "after": "skipped", "beside": "ran"}
    failed = next(one for one in report.steps if one.state == "failed")
    detail = lost.run.show(str(failed.run_id))
    assert failed.error
    assert failed.error.endswith(str(detail.record.error))
    assert (detail.record.state, [one.dataset for one in detail.reads]) == ("failed", ["orders"])
    shown = lost.pipeline.show(report.pipeline_run_id)
    assert shown.run.state == "failed"
    assert {one.step for one in shown.failed} == {"lost"}
    assert [one.kind for one in lost.event.list().events].count("step_failed") == 1


@pytest.mark.parametrize(("how", "reads"), HOW[:-2])
def test_a_step_whose_input_is_there_again_is_made_when_the_run_is_taken_up(
    lost: Project, how: str, reads: str
) -> None:
    flow(lost, how, reads)
    broken = lost.pipeline.run("flow")
    find(lost)

    report = lost.pipeline.resume(broken.pipeline_run_id)

    states = {one.name: one.state for one in report.steps}
    assert states == {"lost": "ran", "after": "ran", "beside": "cached"}
    assert lost.pipeline.show(broken.pipeline_run_id).failed == ()
    assert lost.dataset.read("after").num_rows == 2


PARTED = """
    from pathlib import Path
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def made(orders, partition):
        for path in Path({folder!r}).rglob("*.parquet") if partition == "c000" else ():
            path.rename(path.with_suffix(".away"))
        return orders

    @step(partitions=keys_of("orders", "city"))
    def after(made):
        return made
"""


def test_partitions_that_had_landed_stay_where_later_ones_cannot_be_read(
    project: Project,
) -> None:
    made: Any
    after: Any
    folder = Path(project.address) / ".headgate" / "segments"
    cities = [f"c{number:03}" for number in range(AT_ONCE + 2)]
    project.dataset.commit("orders", {"city": cities})
    write(project, flow=PARTED.format(folder=str(folder)))

    made, after = project.pipeline.run("flow").steps
    find(project)
    write(project, flow=PARTED.format(folder=""))
    again = run(project, "flow")

    counts = made.partitions
    assert (made.state, counts.n_ran, counts.failed) == ("failed", AT_ONCE, tuple(cities[-2:]))
    assert (after.state, after.partitions.n_skipped) == ("ran", 2)
    assert again == {"made": "ran", "after": "ran"}
    assert project.dataset.read("after")["city"].to_pylist() == cities


def test_a_step_that_could_not_be_read_was_never_called(
    lost: Project,
) -> None:
    flow(lost, "", "orders")

    (failed,) = [one for one in lost.pipeline.run("flow").steps if one.state == "failed"]

    assert failed.why == ("it never ran",)
    assert failed.n_tries == 0
    assert lost.pipeline.show(lost.pipeline.history().runs[0].run.pipeline_run_id).failed[0].error
