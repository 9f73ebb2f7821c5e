"""Many writers of one dataset at once: how many of their commits land, and how fast.

Run `python -m bench.writers`. Eight processes append a row fifty times each, to a project on
SQLite, to one on a PostgreSQL server made for it, and, in their own environment, to a Delta table.
All begin at the same moment. It ends with 1 if one of our commits did not land.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import headgate
from bench.parts import peers
from bench.parts.timing import BUILD, ROOT, Timing, load, show, tell
from bench.parts.writer import DATASET
from tests.backends.servers import running_postgres

if TYPE_CHECKING:
    from collections.abc import Sequence

CATALOG = "HEADGATE_STORE_CATALOG"
STORES = ("sqlite", "postgres", "deltalake")
LOCKED = ("lock", "busy", "serializ", "deadlock")


class Result(NamedTuple):
    """What became of the commits of all writers.

    Args:
        took_s: from the common start to the last writer's end [s].
        commits: seconds of each commit that landed.
        errors: what the others raised.
        n_there: commits that are found afterwards, without the first.
    """

    took_s: float
    commits: Timing
    errors: tuple[str, ...]
    n_there: int

    @property
    def n_locked(self) -> int:
        """Errors that speak of a lock."""
        return sum(any(word in error.lower() for word in LOCKED) for error in self.errors)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures."""
    options = _options(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    found: dict[str, Result] = {}
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        for store in options.only:
            found[store] = RUNS[store](Path(scratch) / store, options)
            tell(started, store)
    expected = options.writers * options.commits
    title = f"{options.writers} writers x {options.commits} commits of a row, {load()}"
    head = ["store", "landed", "of", "total s", "commits/s", "p50 ms", "p95 ms", "errors", "locks"]
    show(title, head, [_line(store, one, expected) for store, one in found.items()])
    for one in found.values():
        for error, n_times in Counter(one.errors).most_common(3):
            print(f"  {n_times} x {error[:160]}")
    ours = [one for store, one in found.items() if store != "deltalake"]
    return int(any(one.n_there != expected or one.errors for one in ours))


def on_sqlite(place: Path, options: argparse.Namespace) -> Result:
    """Let them write to a project as `headgate init` makes it."""
    with headgate.init(place, name="bench") as project:
        took_s, commits, errors = _race(sys.executable, ("headgate", place), options)
        n_there = len(project.dataset.log(DATASET, limit=1_000_000).snapshots) - 1
    return Result(took_s, commits, errors, n_there)


def on_postgres(place: Path, options: argparse.Namespace) -> Result:
    """Let them write to a project whose catalog lies on a server of its own."""
    with running_postgres() as server:
        os.environ[CATALOG] = server.url()
        try:
            return on_sqlite(place, options)
        finally:
            del os.environ[CATALOG]


def on_delta(place: Path, options: argparse.Namespace) -> Result:
    """Let them write to a Delta table on the local disk."""
    took_s, commits, errors = _race(peers.environment(), ("deltalake", place), options)
    return Result(took_s, commits, errors, len(list((place / "_delta_log").glob("0*.json"))) - 1)


RUNS = {"sqlite": on_sqlite, "postgres": on_postgres, "deltalake": on_delta}


def _race(
    python: str, where: tuple[str, Path], options: argparse.Namespace
) -> tuple[float, Timing, tuple[str, ...]]:
    """Start the writers together; return the time all took, of each commit, and the errors.

    A first commit, which makes the dataset, is not counted.
    """
    command = [python, "-m", "bench.parts.writer", *map(str, where)]
    subprocess.run(
        [*command, "0", "1"], cwd=ROOT, input="go\n", text=True, check=True, capture_output=True
    )
    writers = [
        subprocess.Popen(
            [*command, str(who), str(options.commits)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in range(options.writers)
    ]
    for writer in writers:
        if writer.stdout is None or writer.stdout.readline() != "ready\n":
            raise RuntimeError(f"a writer of {where[0]} did not start")
    began = time.perf_counter()
    for writer in writers:
        if writer.stdin is not None:
            writer.stdin.write("go\n")
            writer.stdin.flush()
    answers = [json.loads(writer.communicate()[0].splitlines()[-1]) for writer in writers]
    took_s = time.perf_counter() - began
    seconds = tuple(one for answer in answers for one in answer["seconds"])
    return took_s, Timing(seconds), tuple(one for answer in answers for one in answer["errors"])


def _line(store: str, one: Result, expected: int) -> Sequence[object]:
    rate = len(one.commits.seconds) / one.took_s
    landed = one.commits if one.commits.seconds else Timing((float("nan"),))
    times = (round(1000 * seconds) for seconds in (landed.median, landed.p95))
    counts = (len(one.errors), one.n_locked)
    return [store, one.n_there, expected, one.took_s, round(rate, 1), *times, *counts]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--writers", type=int, default=8, help="processes that write")
    parser.add_argument("--commits", type=int, default=50, help="commits of each")
    parser.add_argument("--only", nargs="+", choices=STORES, default=STORES, help="what to run")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
