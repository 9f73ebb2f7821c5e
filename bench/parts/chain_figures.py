"""The figures of bench.runner: medians over rounds in which all sides take their turns."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.parts import peers
from bench.parts.chains import BEGIN, END, NAME, chain, project_with, run_chain
from bench.parts.syncs import can_trace, replayed, traced
from bench.parts.timing import ROOT, console, process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.parts.chains import Took
    from bench.parts.syncs import Sync

Figures = dict[str, float]
N_WARM = 10
"""Steps of a chain that is run once before anything is timed."""


class Place(NamedTuple):
    """Where projects are made.

    Args:
        disk: a folder that is not there yet.
        ram: a folder in memory, if there is one.
    """

    disk: Path
    ram: Path | None = None


def beside_peers(
    place: Path, n_steps: int, rounds: int, names: Sequence[str]
) -> dict[str, Figures]:
    """Run a chain of steps that do nothing, ours and the peers' in turn.

    Args:
        place: an empty folder.
        n_steps: of the chain.
        rounds: how often each side has its turn.
        names: of the peers.

    Returns:
        For `ours` and each peer medians by how it was run: of the run [s], and under the same
        name with `_work` of what its process worked on all cores together [s].
    """
    for name in names:
        peers.environment(name)
    _warm_up(place / "warm", "nothing")
    seen: dict[str, list[Figures]] = {name: [] for name in ("ours", *names)}
    for turn in range(rounds):
        seen["ours"].append(_ours(place / f"ours-{turn}", n_steps))
        for name in names:
            folder = place / f"{name}-{turn}"
            folder.mkdir()
            seen[name].append(_peer(name, n_steps, folder))
    return {name: _medians(found) for name, found in seen.items()}


def version_of(name: str) -> str:
    """Return the version of a peer that its list names."""
    wanted = (ROOT / "bench" / f"{name}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in wanted if f"{name}==" in line)


def beside_syncs(place: Place, kind: str, n_steps: int, rounds: int) -> Figures:
    """Run a chain on disk and in memory, and its syncs alone on the same disk, in turn.

    Args:
        place: where.
        kind: of the steps, see `bench.parts.chains.KINDS`.
        n_steps: of the chain.
        rounds: how often.

    Returns:
        Medians for one step [ms]; what is above the syncs only where they can be counted.
    """
    _warm_up(place.disk / "warm", kind)
    syncs = _traced(place.disk, kind, n_steps) if can_trace() else []
    seen: list[Figures] = []
    for turn in range(rounds):
        disk = _cold(place.disk / f"disk-{turn}", kind, n_steps)
        found = {"disk_ms": disk.wall_s, "work_ms": disk.work_s}
        if place.ram is not None:
            with tempfile.TemporaryDirectory(dir=place.ram) as folder:
                found["ram_ms"] = _cold(Path(folder) / "project", kind, n_steps).wall_s
        if syncs:
            found["syncs_ms"] = replayed(syncs, place.disk / f"syncs-{turn}")
            found["above_ms"] = disk.wall_s - found["syncs_ms"]
        seen.append(found)
    figures = {name: 1000 * value / n_steps for name, value in _medians(seen).items()}
    return figures | ({"n_syncs": len(syncs) / n_steps} if syncs else {})


def cached(place: Path, kind: str, n_steps: int, rounds: int) -> Figures:
    """Run a chain of which nothing has to run, in this process and as a command.

    Returns:
        Medians [s] of the run, of its work, and of the command from its start to its end.
    """
    command = [console("headgate"), "pipeline", "run", NAME, "--json", "--project", str(place)]
    seen: list[Figures] = []
    with project_with(place, chain(kind, n_steps)) as project:
        run_chain(project, n_steps, "ran")
        run_chain(project, n_steps, "cached")
        for _ in range(rounds):
            took = run_chain(project, n_steps, "cached")
            command_s, _ = process(command)
            found = {"run_s": took.wall_s, "work_s": took.work_s, "command_s": command_s}
            seen.append(found)
    return _medians(seen)


def parted(place: Path, n_keys: int) -> Figures:
    """Make partitions in a process of their own; see `bench.parts.chains.parted`.

    Returns:
        Seconds of the first run, of one with nothing to do and of one with a row changed [s], and
        the most memory the process had in the first [bytes].
    """
    command = [sys.executable, "-m", "bench.parts.chains"]
    process([*command, "offer", str(n_keys), str(place)], cwd=ROOT)
    told = process([*command, "parted", str(n_keys), str(place)], cwd=ROOT)[1]
    shutil.rmtree(place)
    return json.loads(told.splitlines()[-1])


def apart(place: Path, n_steps: int, rounds: int) -> Figures:
    """Run steps with a process each, in turn with an interpreter that does next to nothing.

    Returns:
        Medians for one step or process [ms].
    """
    bare = [sys.executable, "-c", "import pyarrow"]
    seen: list[Figures] = []
    for turn in range(rounds):
        took = _cold(place / str(turn), "apart", n_steps)
        bare_s = statistics.median(process(bare)[0] for _ in range(n_steps))
        seen.append({"step_ms": 1000 * took.wall_s / n_steps, "bare_ms": 1000 * bare_s})
    return _medians(seen)


def _ours(folder: Path, n_steps: int) -> Figures:
    with project_with(folder, chain("nothing", n_steps)) as project:
        # a peer's chain has been loaded and run before it is timed; ours has been loaded
        project.pipeline.plan(NAME)
        cold = run_chain(project, n_steps, "ran")
        run_chain(project, n_steps, "cached")
        warm = run_chain(project, n_steps, "cached")
    return {
        "cold": cold.wall_s,
        "cold_work": cold.work_s,
        "warm": warm.wall_s,
        "warm_work": warm.work_s,
    }


def _peer(name: str, n_steps: int, folder: Path) -> Figures:
    found = peers.run("peer_chain", name, str(n_steps), str(folder), listed=name)
    work = {f"{how}_work": work_s for how, (_, work_s) in found.items()}
    return {how: wall_s for how, (wall_s, _) in found.items()} | work


def _cold(folder: Path, kind: str, n_steps: int) -> Took:
    with project_with(folder, chain(kind, n_steps)) as project:
        return run_chain(project, n_steps, "ran")


def _warm_up(folder: Path, kind: str) -> None:
    """Let the process do what it does once."""
    _cold(folder, kind, N_WARM)


def _traced(place: Path, kind: str, n_steps: int) -> list[Sync]:
    folder = place / "traced"
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "bench.parts.chains", "traced", kind, str(n_steps)]
    found = traced([*command, str(folder)], folder / "trace.txt", begin=BEGIN, end=END)
    shutil.rmtree(folder)
    return found


def _medians(seen: Sequence[Figures]) -> Figures:
    return {name: statistics.median(one[name] for one in seen) for name in seen[0]}
