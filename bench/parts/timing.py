"""Timing in this process and of whole processes, and the table in which figures are printed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"


class Timing(NamedTuple):
    """Seconds that some runs of one thing took, in the order they were run."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one [s]."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """The one that 95 of 100 do not exceed [s]; the slowest of fewer than 20."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Run a call once; return its seconds and its answer."""
    started = time.perf_counter()
    answer = call()
    return time.perf_counter() - started, answer


def worked(call: Callable[[], Any]) -> tuple[float, float]:
    """Run a call once; return its seconds, and those its threads worked on all cores together."""
    before = time.process_time()
    seconds, _ = timed(call)
    return seconds, time.process_time() - before


def repeated(call: Callable[[], Any], *, runs: int) -> Timing:
    """Run a call some times."""
    return Timing(tuple(timed(call)[0] for _ in range(runs)))


def process(command: Sequence[str], *, cwd: Path | None = None) -> tuple[float, str]:
    """Run a command to its end, in a folder if one is given.

    Returns:
        Seconds from start to exit, and what it wrote to standard output.

    Raises:
        RuntimeError: it failed.
    """
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return seconds, done.stdout


def in_turn(commands: Mapping[str, Sequence[str]], *, runs: int) -> dict[str, Timing]:
    """Run commands one after the other, some rounds, so that all meet the same noise.

    A first round fills the file cache and does not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            took, _ = process(command)
            if turn:
                seconds[name].append(took)
    return {name: Timing(tuple(found)) for name, found in seconds.items()}


def console(name: str) -> str:
    """Return the path of a console script of this environment."""
    return str(Path(sys.executable).with_name(name))


def tell(started: float, what: str) -> None:
    """Show how far a long deed has come, with the seconds since it began."""
    print(f"  {time.perf_counter() - started:7.1f} s  {what}", file=sys.stderr, flush=True)


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right."""
    cells = [[_cell(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    print(f"\n{title}")
    for row in cells:
        first = row[0].ljust(widths[0])
        others = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join([first, *others]).rstrip())


def load() -> str:
    """Say how busy the machine is, for figures are worth less on a busy one."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
