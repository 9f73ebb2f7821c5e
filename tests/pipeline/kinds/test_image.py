"""Steps that are containers; a script on the path stands in for the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate import container
from headgate.core.errors import Unavailable
from headgate.pipeline.kinds.handing import Handed
from headgate.pipeline.kinds.image import Image, run_arguments
from tests.pipeline.writing import planned, run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ENGINE = r"""#!/bin/sh
# Reads the call as an engine does: finds the folder that is mounted, and runs what follows the
# image over it, with the paths of the inside put back to those of the outside.
for word in "$@"; do printf '%s\n' "$word" >> CALLS; done
while [ "$1" != "example/copy:1" ]; do
    case "$1" in
        --mount=*) folder=$(echo "$1" | sed 's/.*source=\([^,]*\),.*/\1/');;
        --env=*) export "${1#--env=}";;
    esac
    shift
done
[ "$SET_fails" = true ] && { echo "no such image" >&2; exit 125; }
cp "$(echo "$4" | sed "s#^/headgate#$folder#")" "$(echo "$5" | sed "s#^/headgate#$folder#")"
"""
FLOW = """
    from headgate import container

    kept = container(
        "kept", "example/copy:1", ["copy", "--from", "{orders}", "{out}"],
        reads=["orders"], settings={"fails": False},
    )
"""
GIVEN = Handed({"orders": "/headgate/in/orders.csv"}, "/headgate/out/kept.csv", {"floor": "3"})


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in for docker was called with, a word a line."""
    folder, calls = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    (folder / "docker").write_text(ENGINE.replace("CALLS", str(calls)), encoding="utf-8")
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return calls


def test_a_container_makes_rows_of_the_files_it_is_handed(project: Project, calls: Path) -> None:
    project.dataset.commit("orders", {"id": [1, 2]})
    write(project, flow=FLOW)

    (step,) = project.pipeline.run("flow").steps

    assert (step.state, step.error, step.n_rows, step.lineage) == ("ran", None, 2, "row")
    words = calls.read_text(encoding="utf-8").splitlines()
    assert words[:2] == ["run", "--rm"]
    assert "--network=none" in words
    assert words[-4:] == [
        "copy",
        "--from",
        "/headgate/in/orders.parquet",
        "/headgate/out/kept.parquet",
    ]


@pytest.mark.usefixtures("calls")
def test_a_container_runs_again_for_another_image_or_command(project: Project) -> None:
    project.dataset.commit("orders", {"id": [1, 2]})
    write(project, flow=FLOW)
    assert run(project, "flow") == {"kept": "ran"}

    reasons: list[object] = []
    for text in (
        FLOW,
        FLOW.replace("copy:1", "copy:2"),
        FLOW.replace("--from", "--of"),
        FLOW.replace("reads=", 'options=["--memory=1g"], reads='),
    ):
        write(project, flow=text)
        reasons.append(planned(project, "flow")["kept"][1])

    assert reasons == [
        ("nothing it depends on has changed",),
        ("the image of kept changed",),
        ("the command of kept changed",),
        ("options of kept changed",),
    ]


@pytest.mark.usefixtures("calls")
def test_an_engine_that_fails_fails_the_step(project: Project) -> None:
    project.dataset.commit("orders", {"id": [1, 2]})
    write(project, flow=FLOW)

    (step,) = project.pipeline.run("flow", set={"fails": "true"}).steps

    assert (step.state, step.error) == ("failed", "CommandFailed: exit code 125: no such image")


def test_without_an_engine_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Unavailable, match="neither docker nor podman is on the path") as caught:
        container("kept", "example/copy:1", reads=["orders"])(orders=pa.table({"id": [1]}))

    assert caught.value.mend == "install docker or podman, or make the step a shell(…)"


@pytest.mark.parametrize(
    ("program", "own"),
    [("/bin/docker", f"--user={os.getuid()}:{os.getgid()}"), ("/bin/podman", "--userns=keep-id")],
)
def test_what_a_container_writes_belongs_to_us(program: str, own: str) -> None:
    words = run_arguments(program, Image("example/copy:1", ("--gpus=all",)), Path("/tmp/x"), GIVEN)

    assert words == [
        program,
        "run",
        "--rm",
        own,
        "--mount=type=bind,source=/tmp/x,target=/headgate",
        "--env=IN_orders=/headgate/in/orders.csv",
        "--env=OUT=/headgate/out/kept.csv",
        "--env=SET_floor=3",
        "--gpus=all",
        "example/copy:1",
    ]
