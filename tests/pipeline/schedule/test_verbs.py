"""The verbs on what runs by itself, here and through a server, and the names users import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import headgate
from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import open_context
from headgate.surfaces.verbs import table
from tests.pipeline.scheduling import LOG, ask, once, states
from tests.pipeline.writing import write
from tests.surfaces.routes import serving
from tests.surfaces.shell import shell

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

LAZY = """
import sys
import headgate
before = sorted(name for name in sys.modules if name.startswith("headgate."))
from headgate import Promise, Schedule, Sensor, step
heavy = {"pyarrow", "sqlalchemy", "duckdb", "numpy"} & set(sys.modules)
print(before, sorted(heavy), Schedule("@daily").about)
"""


def late(project: Project, more: str = "") -> None:
    """A pipeline that was due last June and at New Year's, and never ran."""
    line = f'schedule = Schedule("@yearly", since="2025-06-01"{more})'
    write(project, flow=f"{LOG}\n    {line}\n")


def test_headgate_loads_what_pipeline_files_are_written_with_when_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True)

    assert done.stdout == "[] [] @daily UTC\n"


def test_a_name_that_headgate_has_not_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Scheduled'"):
        headgate.Scheduled  # noqa: B018 - asking for it is the deed


def test_status_is_the_same_here_and_through_a_server(project: Project) -> None:
    late(project)

    here = project.pipeline.status()
    with (
        serving(Path(project.address)) as server,
        headgate.open(f"http://127.0.0.1:{server.port}", token=server.token) as remote,
    ):
        there = remote.pipeline.status(name="flow")

    assert here.has_findings
    assert there.has_findings
    assert [one.kind for one in there.pipelines[0].troubles] == ["late"]
    assert here.pipelines[0].troubles[0].key == there.pipelines[0].troubles[0].key


def test_a_pipeline_is_watched_through_a_server(project: Project, tmp_path: Path) -> None:
    late(project)

    with serving(Path(project.address)) as server:
        (tmp_path / "token").write_text(server.token)
        place = ("--project", f"http://127.0.0.1:{server.port}", "--token-file", tmp_path / "token")
        found = shell(table())("pipeline", "watch", "--times", 1, *place)

    assert found.code == 1
    assert found.out.startswith("flow: idle, in trouble\nlate schedule: due ")


def test_to_watch_a_pipeline_there_is_not_is_refused(project: Project) -> None:
    late(project)

    found = shell(table(), Path(project.address))("pipeline", "watch", "--name", "flaw")

    assert (found.code, "did you mean flow?" in found.err) == (2, True)


def test_what_failed_runs_again_when_its_cause_is_mended(
    project: Project, context: Context
) -> None:
    late(project, ', give={"nobody": "date"}')
    once(context, "2026-03-02T12:00")
    late(project, ', give={"when": "date"}')

    report = project.pipeline.retry("flow")
    once(context, "2026-03-02T12:01")

    assert (report.pipeline, report.n_ticks) == ("flow", 1)
    assert states(context) == ["done"]
    assert project.dataset.read("log")["when"].to_pylist() == ["2026-01-01"]


def test_nothing_that_failed_is_nothing_to_run_again(project: Project, context: Context) -> None:
    late(project)
    ask(context, "2026-03-02T12:00")

    assert project.pipeline.retry("flow").n_ticks == 0
    assert states(context) == ["waiting"]
    with pytest.raises(NotFound, match="no pipeline named 'flaw'"):
        project.pipeline.retry("flaw")


@pytest.mark.parametrize("name", ["workers", "hold_s"])
def test_a_setting_that_is_no_number_is_told_with_its_name(project: Project, name: str) -> None:
    late(project)
    context = open_context(Path(project.address), flags={f"schedule.{name}": "many"})

    with pytest.raises(Invalid, match=f"'schedule.{name}' is 'many'"):
        once(context, "2026-03-02T12:00")

    context.opened.close()
