"""Runs on a disk that is full or cannot be written: told with a mend, and taken up later."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import headgate
from headgate.core.errors import Unavailable
from headgate.spine.context import open_context
from tests.asking import fsck
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.full
FLOW = """
    import os
    from pathlib import Path
    from headgate import step

    @step
    def small():
        return [{{"x": 1}}]

    @step{how}
    def large(small):
        n = 1 if Path({sign!r}).exists() else 6000
        return [{{"noise": os.urandom(1000)}} for _ in range(n)]
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("how", ["", "(process=True)"])
def test_a_step_that_fills_the_disk_fails_and_the_run_goes_on_when_there_is_room(
    disk: Path, tmp_path: Path, how: str
) -> None:
    sign = tmp_path / "sign"
    with headgate.init(disk) as project:
        write(project, flow=FLOW.format(sign=str(sign), how=how))

        report = project.pipeline.run("flow")

        small, large = report.steps
        assert (small.state, large.state) == ("ran", "failed")
        assert "space" in str(large.error)
        assert project.pipeline.show(report.pipeline_run_id).run.state == "failed"
        sign.touch()
        again = project.pipeline.resume(report.pipeline_run_id)
        assert [one.state for one in again.steps] == ["cached", "ran"]
    context = open_context(disk)
    assert fsck(context, deep=True).problems == ()
    context.opened.close()


def test_nothing_runs_in_a_project_that_cannot_be_written(disk: Path, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    sign.touch()
    with headgate.init(disk) as project:
        write(project, flow=FLOW.format(sign=str(sign), how=""))
        first = project.pipeline.run("flow")
    remount(disk, "ro")

    with headgate.open(disk) as project, pytest.raises(Unavailable) as caught:
        project.pipeline.run("flow")

    remount(disk, "rw")
    assert "rights" in caught.value.mend
    with headgate.open(disk) as project:
        assert project.pipeline.history().runs[0].run.pipeline_run_id == first.pipeline_run_id
        assert run(project, "flow") == {"small": "cached", "large": "cached"}


def remount(place: Path, how: str) -> None:
    """Let a file system be written, or not."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)
