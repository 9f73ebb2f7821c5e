"""Folders of small files, first, unchanged and 1 % changed, beside DVC on the same folder.

Run `python -m bench.files`. Both take the same folder in turn: 100 folders of files of 500 to
3,500 random bytes. DVC is run as its users do, `dvc add` and then `git commit`, in an environment
of its own; git must be installed. Ours runs as the command line too, and inside a process.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import headgate
from bench.parts import peers
from bench.parts.timing import BUILD, console, load, process, show, tell, timed
from bench.parts.wide import stored_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.surfaces.python import Project

FIRST_S, SAME_S, CHANGED_S = 5.0, 1.0, 1.5
TIMES_DVC = 5.0
N_FOLDERS = 100
SIZES = (500, 3_500)
SETTLED_S = 2.5
"""Files younger than 2 s are read again; both tools are asked after that [s]."""


class Round(NamedTuple):
    """Seconds of each deed on the same folder."""

    ours: float
    command: float
    dvc: float


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures beside the budget."""
    options = _options(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        place = Path(scratch)
        folder = place / "dvc" / "data"
        n_bytes = _make(folder, options.files)
        tell(started, f"{options.files:,} files, {n_bytes:,} bytes")
        dvc = Dvc(place / "dvc") if options.dvc else None
        with headgate.init(place / "project", name="bench") as project:
            rounds = _rounds(project, folder, dvc, options.runs)
            grown = stored_bytes(place / "project" / ".headgate")
    _show(rounds, options, grown / n_bytes)
    return 0


class Dvc:
    """A DVC repository around the folder.

    Args:
        root: the repository; the files lie in its folder `data`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._dvc = str(Path(peers.environment("dvc")).with_name("dvc"))
        for command in (["git", "init", "-q"], [self._dvc, "init", "-q"]):
            process(command, cwd=root)
        for name in ("user.name", "user.email"):
            process(["git", "config", name, "bench@example.org"], cwd=root)
        process([self._dvc, "config", "core.analytics", "false"], cwd=root)

    def commit(self) -> None:
        """Add the folder and commit what DVC says of it."""
        process([self._dvc, "add", "-q", "data"], cwd=self._root)
        process(["git", "add", "-A"], cwd=self._root)
        process(["git", "commit", "-q", "--allow-empty", "-m", "data"], cwd=self._root)


def _rounds(project: Project, folder: Path, dvc: Dvc | None, runs: int) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {"first": [], "same": [], "changed": []}
    chance = random.Random(7)
    time.sleep(SETTLED_S)
    found["first"].append(_round(project, folder, dvc))
    for _ in range(runs):
        found["same"].append(_round(project, folder, dvc))
        _change(folder, chance)
        time.sleep(SETTLED_S)
        found["changed"].append(_round(project, folder, dvc))
    return found


def _round(project: Project, folder: Path, dvc: Dvc | None) -> Round:
    """Commit the folder as a library, by the command line to a second dataset, and by DVC."""
    ours, _ = timed(lambda: project.dataset.commit("files", folder))
    command = [console("headgate"), "dataset", "commit", "again", str(folder), "--json"]
    by_command, _ = process([*command, "--project", project.address])
    theirs = timed(dvc.commit)[0] if dvc else float("nan")
    return Round(ours, by_command, theirs)


def _make(folder: Path, n_files: int) -> int:
    chance = random.Random(3)
    n_bytes = 0
    for number in range(n_files):
        path = _path(folder, number, n_files)
        path.parent.mkdir(parents=True, exist_ok=True)
        n_bytes += path.write_bytes(chance.randbytes(chance.randint(*SIZES)))
    os.sync()
    return n_bytes


def _change(folder: Path, chance: random.Random) -> None:
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in chance.sample(names, max(1, len(names) // 100)):
        # DVC may have linked the file to its cache: a fresh one takes its place, as editors do
        path.unlink()
        path.write_bytes(chance.randbytes(chance.randint(*SIZES)))


def _path(folder: Path, number: int, n_files: int) -> Path:
    return folder / f"{number * N_FOLDERS // n_files:02}" / f"{number:06}.txt"


def _show(rounds: dict[str, list[Round]], options: argparse.Namespace, ratio: float) -> None:
    rows: list[list[object]] = []
    budgets = {"first": FIRST_S, "same": SAME_S, "changed": CHANGED_S}
    names = {"first": "first commit", "same": "nothing changed", "changed": "1 % changed"}
    for kind, budget in budgets.items():
        ours, command, dvc = (
            _median(rounds[kind], lambda one, name=name: getattr(one, name))
            for name in ("ours", "command", "dvc")
        )
        verdict = "held" if ours <= budget else "missed"
        beside: list[object] = [dvc, f"{dvc / ours:.1f}x"] if options.dvc else ["-", "-"]
        rows.append([names[kind], ours, budget, verdict, command, *beside])
    title = f"{options.files:,} small files, {load()}; DVC budget: {TIMES_DVC:g}x"
    head = ["what", "ours s", "budget", "", "as a command s", "dvc s", "over ours"]
    show(title, head, rows)
    print(f"the store takes {ratio:.2f}x the bytes of the files, two datasets and all snapshots")


def _median(rounds: list[Round], of: Callable[[Round], float]) -> float:
    return statistics.median(of(one) for one in rounds)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=100_000, help="files of the folder")
    parser.add_argument("--runs", type=int, default=3, help="rounds of nothing and 1 %% changed")
    parser.add_argument(
        "--dvc", action=argparse.BooleanOptionalAction, default=True, help="measure DVC too"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
