"""Ten checks over a million orders, bad rows brought back. Run `python -m bench.contract`.

Ours against pointblank, Great Expectations (result format COMPLETE) and pandera on Polars, each in
an environment of its own, all from one Parquet file. They take their turns, each round in a process
of its own that runs the checks once before it is timed. All must count the same bad rows: a tool
that does not is named, and the run fails. pandera takes nulls for repetitions of one another, and
counts that many more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.parts import peers
from bench.parts.ten_checks import write_orders
from bench.parts.timing import BUILD, ROOT, process

LIMITS = {"pointblank": 1.0, "great_expectations": 3.0, "pandera": 1.0}
"""How many times our seconds a peer takes at least."""
NAMES = ("headgate", "pointblank", "great_expectations", "pandera")
NOT_NULL, UNIQUE = "id not null", "id unique"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print each tool's seconds, and their ratios to ours."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        path = Path(scratch) / "orders.parquet"
        write_orders(path, asked.rows)
        for _ in range(asked.rounds):
            for name in NAMES:
                found[name].append(_run(name, path, asked.runs))
    differing = [name for name in NAMES if _counts(name, found) != _counts("headgate", found)]
    print(
        f"{asked.rows:,} rows, ten checks, {sum(_counts('headgate', found).values()):,} violations"
    )
    missed = [name for name in NAMES[1:] if not _told(name, found)]
    for name in differing:
        print(f"{name} counts otherwise: {_counts(name, found)}")
    return 1 if missed or differing else 0


def _told(name: str, found: dict[str, list[dict[str, Any]]]) -> bool:
    """Print a peer beside ours; say whether it takes as many times our seconds as it should."""
    (ours, our_work), (theirs, work) = _medians(found["headgate"]), _medians(found[name])
    ratio, limit = theirs / ours, LIMITS[name]
    holds = ratio >= limit
    print(
        f"headgate {ours:.3f} s ({our_work:.3f} at work), {name} {found[name][0]['version']} "
        f"{theirs:.3f} s ({work:.3f}), ratio {ratio:.2f} ({work / our_work:.2f}), "
        f"wanted {limit:g}: {'holds' if holds else 'MISSED'}"
    )
    return holds


def _run(name: str, path: Path, runs: int) -> dict[str, Any]:
    if name != "headgate":
        return peers.run("peer_checks", name, str(path), str(runs), listed=name)
    command = [sys.executable, "-m", "bench.parts.peer_checks", name, str(path), str(runs)]
    return json.loads(process(command, cwd=ROOT)[1].splitlines()[-1])


def _medians(rounds: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the median of the seconds, and of those at work, which load changes less."""
    each = ([took for one in rounds for took in one[key]] for key in ("seconds", "work"))
    seconds, work = map(statistics.median, each)
    return seconds, work


def _counts(name: str, found: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    """Return how many rows break each check, without the nulls that pandera takes for repeats."""
    counts: dict[str, int] = dict(found[name][0]["counts"])
    if name == "pandera":
        counts[UNIQUE] -= counts[NOT_NULL]
    return counts


if __name__ == "__main__":
    raise SystemExit(main())
