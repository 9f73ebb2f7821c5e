"""The benchmark of the runner: it runs small, it counts what it says, and its limits hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import headgate
from bench import runner
from bench.parts import chain_figures, chains, peers
from bench.parts.chain_figures import Place
from bench.parts.syncs import Sync, can_trace, replayed, traced

needs_strace = pytest.mark.skipif(not can_trace(), reason="strace is not installed")
SYNCS = """
import os, sys
def put(name, n_bytes):
    with open(name, "wb") as file:
        file.write(bytes(n_bytes))
        file.flush()
        os.fsync(file.fileno())
os.chdir(sys.argv[1])
put("before", 1)
put("begin", 1)
put("kept", 5_000)
folder = os.open(".", os.O_RDONLY)
os.fdatasync(folder)
put("end", 1)
put("after", 1)
"""


TOLD = {
    "peers": "3 steps that do nothing, in a chain",
    "cached": "5 cached steps that make 10 rows each, s",
    "partitions": "20 partitions made, s",
}
SLOW = [pytest.param(part, marks=pytest.mark.full) for part in ("cached", "partitions")]


@pytest.mark.parametrize("part", ["peers", *SLOW])
def test_a_part_is_told_without_peers(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--steps", "3", "--rounds", "1", "--cached", "5", "--partitions", "20"]

    done = runner.main([*few, "--only", part, "--peers"])

    shown = capsys.readouterr().out
    assert done == 0
    assert TOLD[part] in shown
    limits = [line for line in shown.splitlines() if "<=" in line]
    assert all(line.endswith(("held", "MISSED")) for line in limits)
    assert bool(limits) == (part != "peers")


def test_partitions_are_measured_as_made_by_need_alone(tmp_path: Path) -> None:
    chains.offer(12, tmp_path / "project")

    found = chains.parted(12, tmp_path / "project")

    assert min(found["first_s"], found["same_s"], found["changed_s"]) > 0
    assert found["peak_bytes"] > 0
    with headgate.open(tmp_path / "project") as project:
        twice = {row["price"]: row["twice"] for row in project.dataset.read("doubled").to_pylist()}
    assert twice[-1.0] == -2.0


@pytest.mark.parametrize("kind", chains.KINDS)
def test_a_chain_that_comes_to_another_state_is_not_timed(kind: str, tmp_path: Path) -> None:
    steps = chains.chain(kind, 2)

    with chains.project_with(tmp_path / "project", steps) as project:
        took = chains.run_chain(project, 2, "ran")

        with pytest.raises(RuntimeError, match="2 steps that were to be ran"):
            chains.run_chain(project, 2, "ran")
    assert took.wall_s > 0


def test_a_peer_is_named_by_the_version_its_list_asks_for() -> None:
    listed = (Path(peers.__file__).parents[1] / "hamilton.txt").read_text()

    version = chain_figures.version_of("hamilton")

    assert f"sf-hamilton=={version}\n" in listed


def test_syncs_alone_leave_files_of_as_many_bytes(tmp_path: Path) -> None:
    folder = Sync("/there", is_folder=True, is_data=False, n_bytes=0)
    log = Sync("/there/log", is_folder=False, is_data=True, n_bytes=4_000)

    took_s = replayed([folder, log, log._replace(n_bytes=96)], tmp_path / "again")

    sizes = sorted(path.stat().st_size for path in tmp_path.glob("again/*") if path.is_file())
    assert sizes == [4_096]
    assert took_s > 0


@needs_strace
def test_what_a_process_syncs_between_two_marks_is_counted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SYNCS, str(tmp_path)]

    found = traced(command, tmp_path / "trace.txt", begin="begin", end="end")

    kept = str(tmp_path.resolve() / "kept")
    assert found == [
        Sync(kept, is_folder=False, is_data=False, n_bytes=5_000),
        Sync(os.fspath(tmp_path.resolve()), is_folder=True, is_data=True, n_bytes=0),
    ]


@needs_strace
def test_steps_that_make_nothing_wait_for_the_disk_together(tmp_path: Path) -> None:
    place = Place(tmp_path / "disk", tmp_path)

    found = chain_figures.beside_syncs(place, "nothing", 10, 1)

    # the run of the pipeline begins and ends with some of its own; its ten steps share them
    assert 0 < found["n_syncs"] <= 1.0
    assert found["disk_ms"] == pytest.approx(found["syncs_ms"] + found["above_ms"])


@pytest.mark.full
def test_a_thousand_steps_that_need_not_run_take_half_a_second(tmp_path: Path) -> None:
    found = chain_figures.cached(tmp_path / "chain", "rows", 1_000, 5)

    assert found["run_s"] <= runner.CACHED_S


@pytest.mark.full
def test_memory_does_not_grow_with_the_partitions(tmp_path: Path) -> None:
    few, many = (chain_figures.parted(tmp_path / str(n), n) for n in (1_000, 10_000))

    assert many["peak_bytes"] <= runner.GROWTH * few["peak_bytes"]


@pytest.mark.full
@needs_strace
def test_a_step_that_makes_nothing_costs_a_millisecond_above_its_syncs(tmp_path: Path) -> None:
    found = chain_figures.beside_syncs(Place(tmp_path / "chain"), "nothing", 100, 5)

    assert found["above_ms"] <= runner.STEP_MS


@pytest.mark.full
def test_a_step_costs_a_twentieth_of_one_in_dagster(tmp_path: Path) -> None:
    found = chain_figures.beside_peers(tmp_path, 100, 3, ["dagster"])

    dagster = found["dagster"]
    assert dagster["on_sqlite_quiet"] >= runner.TIMES_DAGSTER * found["ours"]["cold"]
