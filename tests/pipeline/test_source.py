"""Where a step's code stands and what it says, as far as that can be known."""

from __future__ import annotations

from pathlib import Path

from headgate.pipeline.loading import load_steps
from headgate.pipeline.source import MOST, Source, source_of
from headgate.pipeline.steps import Step
from headgate.surfaces.python import Project
from tests.pipeline.writing import write

FLOW = """
    from headgate import daily, shell, sql, step

    @step
    def plain():
        return [{"a": 1}]

    @step(partitions=daily("day", "2026-11-01", timezone="Europe/Berlin"))
    def parted(partition):
        return [{"day": partition}]

    asked = sql("asked", "select a from plain")
    called = shell("called", ["cp", "{plain}", "{out}"], reads=["plain"])
"""


def sources(project: Project, **files: str) -> dict[str, Source]:
    """Take down the code of each step."""
    write(project, **files)
    root = Path(project.address)
    return {step.name: source_of(step, root) for step in load_steps(root).all}


def test_functions_queries_and_commands_say_where_they_stand_and_what_they_are(
    project: Project,
) -> None:
    found = sources(project, flow=FLOW)

    plain = '@step\ndef plain():\n    return [{"a": 1}]\n'
    assert found["plain"] == Source("pipelines/flow.py:4", "PYTHON", plain)
    assert found["asked"] == Source("pipelines/flow.py", "SQL", "select a from plain")
    assert found["called"] == Source("pipelines/flow.py", "SHELL", "cp '{plain}' '{out}'")


def test_spans_of_time_are_told_with_their_zone(project: Project) -> None:
    found = sources(project, flow=FLOW)["parted"]

    assert (found.every, found.timezone) == ("day", "Europe/Berlin")


def test_code_that_is_too_long_is_left_out_and_its_place_is_not(project: Project) -> None:
    long = FLOW.replace('return [{"a": 1}]', f"return [{{'a': '{'x' * MOST}'}}]")

    found = sources(project, flow=long)["plain"]

    assert (found.place, found.text) == ("pipelines/flow.py:4", "")


def test_code_outside_of_the_project_is_not_told(tmp_path: Path) -> None:
    step = Step("outside", test_code_outside_of_the_project_is_not_told, (), {}, {})

    assert source_of(step, tmp_path) == Source()


def test_code_that_cannot_be_read_is_not_told(tmp_path: Path) -> None:
    step = Step("built_in", len, (), {}, {})

    assert source_of(step, tmp_path) == Source()
