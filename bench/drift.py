"""Two windows of 22 columns of numbers and 8 of names, beside Evidently and beside plain scipy.

Run `python -m bench.drift`. Every side reads the same two Parquet files in a process of its own,
in turn, in every round; Evidently in an environment made from bench/evidently.txt. The fitting of
the reference is charged to ours each time. scipy compares the 22 columns of numbers by
`wasserstein_distance` and `ks_2samp` and nothing else, and is held against ours on those. Then:
what a window costs beside references of several sizes, fitted before.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.parts import drift_data
from bench.parts.peers import environment
from bench.parts.timing import BUILD, ROOT, load, process, show, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TIMES_EVIDENTLY, TIMES_SCIPY = 50.0, 20.0
MAX_MIB = 1024.0
GROWTH = 1.5
"""The most a window may cost beside the largest reference over beside the smallest."""
SIZES = (200_000, 1_000_000)
METHODS = ("default", "psi+psi", "ks+psi")
REFERENCES = (100_000, 1_000_000, 10_000_000)
N_WINDOW, N_COLUMNS, N_TIMES = 100_000, 4, 15
Run = dict[str, Any]
OF_NUMBERS = "ours, 22 columns"
HEAD = ["what", "s", "at work s", "CPU s", "MiB", "over ours", "limit", ""]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print each figure beside its limit."""
    options = _options(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        folder = Path(scratch)
        for n in options.sizes:
            found = _compared(drift_data.windows(folder, n), options, started)
            show(f"{n:,} rows by 30 columns, {load()}", HEAD, list(_lines(found)))
        if options.references:
            rows = list(_beside(folder, options.references))
            tell(started, "references")
            title = f"{N_WINDOW:,} rows by {N_COLUMNS} columns beside references, {load()}"
            show(title, ["reference", "fit s", "window s", "profile kB", "limit", ""], rows)
    return 0


def _compared(
    paths: tuple[Path, Path], options: argparse.Namespace, started: float
) -> dict[str, list[Run]]:
    """Let every side have its turn in every round."""
    names = [str(path) for path in paths]
    sides = {"ours": [sys.executable, "-m", "bench.parts.drift_ours", *names]}
    for method in options.methods:
        command = [environment("evidently"), "-W", "ignore", "-m", "bench.parts.drift_evidently"]
        sides[f"Evidently, {method}"] = [*command, *names, method]
    sides[OF_NUMBERS] = [*sides["ours"], "1", "number"]
    sides["scipy"] = [sys.executable, "-m", "bench.parts.drift_scipy", *names]
    found: dict[str, list[Run]] = {side: [] for side in sides}
    for turn in range(options.rounds):
        for side, command in sides.items():
            found[side].append(_run(command))
            tell(started, f"round {turn + 1}: {side}")
    return found


def _run(command: Sequence[str]) -> Run:
    seconds, text = process(command, cwd=ROOT)
    return json.loads(text.splitlines()[-1]) | {"whole_s": seconds}


def _lines(found: dict[str, list[Run]]) -> Iterator[list[object]]:
    for side, runs in found.items():
        one = _medians(runs)
        ours = _medians(found[OF_NUMBERS if side == "scipy" else "ours"])
        ratio = one["work_s"] / ours["work_s"]
        figures = [one["whole_s"], one["work_s"], one["cpu_s"], one["peak_bytes"] / 2**20]
        name = f"{side} {runs[0].get('version', '')}".strip()
        if side.startswith("ours"):
            yield [name, *figures, "", f"<= {MAX_MIB:,.0f} MiB", _held(figures[3] <= MAX_MIB)]
            continue
        limit = TIMES_SCIPY if side == "scipy" else TIMES_EVIDENTLY
        yield [name, *figures, f"{ratio:,.1f}x", f">= {limit:g}x", _held(ratio >= limit)]


def _beside(folder: Path, references: Sequence[int]) -> Iterator[list[object]]:
    """Tell what a window costs beside references of several sizes."""
    current = drift_data.numbers(folder, N_WINDOW, N_COLUMNS, shift=drift_data.SHIFT)
    first: float | None = None
    for n in references:
        path = drift_data.numbers(folder, n, N_COLUMNS)
        command = [sys.executable, "-m", "bench.parts.drift_ours", str(path), str(current)]
        one = _run([*command, str(N_TIMES)])
        path.unlink()
        first = first or one["window_s"]
        growth = one["window_s"] / first
        verdict = f"{growth:.2f}x, {_held(growth <= GROWTH)}"
        size = one["profile_bytes"] / 1000
        yield [n, one["fit_s"], one["window_s"], size, f"<= {GROWTH:g}x", verdict]


def _medians(runs: list[Run]) -> dict[str, float]:
    names = ("whole_s", "work_s", "cpu_s", "peak_bytes")
    return {name: statistics.median(one[name] for one in runs) for name in names}


def _held(is_held: object) -> str:
    return "held" if is_held else "MISSED"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="rows of each window")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are told")
    parser.add_argument(
        "--methods", nargs="*", default=METHODS, help="Evidently's methods: default, or NUM+CAT"
    )
    parser.add_argument(
        "--references", type=int, nargs="*", default=REFERENCES, help="rows of the references"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
