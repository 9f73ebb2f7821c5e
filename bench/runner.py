"""The pipeline runner beside Dagster, Prefect and Hamilton, and against what it has to hold.

Run `python -m bench.runner`. Each of the others runs in an environment of its own, made from
bench/dagster.txt, bench/prefect.txt and bench/hamilton.txt; all sides take their turns in every
round. Every line says what the limit is and whether it holds; a limit that is missed does not end
the run. A step above its fsyncs is measured where strace is installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.parts import chain_figures
from bench.parts.chain_figures import Place
from bench.parts.timing import BUILD, load, show, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.parts.chain_figures import Figures

PEERS = ("dagster", "prefect", "hamilton")
TIMES_DAGSTER = 20.0
STEP_MS = 1.0
CACHED_S = 0.5
GROWTH = 1.25
"""The most memory of ten times as many partitions over that of the fewer."""
RAM = Path("/dev/shm")  # noqa: S108 - a folder in memory, so that no disk is waited for
WORK = "_work"
HEAD = ["what", "figure", "limit", ""]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print each figure beside its limit and the peers' figures."""
    options = _options(arguments)
    BUILD.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        for name in options.only:
            part = PARTS[name]
            place = Path(scratch) / name
            place.mkdir()
            lines = list(part.lines(place, options))
            tell(started, name)
            show(f"{part.title(options)}, {load()}", HEAD, lines)
    return 0


class Part(NamedTuple):
    """One table: what it is about, and its lines."""

    title: Callable[[argparse.Namespace], str]
    lines: Callable[[Path, argparse.Namespace], Iterator[list[object]]]


def _against(place: Path, options: argparse.Namespace) -> Iterator[list[object]]:
    """Run a chain of steps that do nothing, ours and the peers', in turn."""
    found = chain_figures.beside_peers(place, options.steps, options.rounds, options.peers)
    ours = found["ours"]
    for how, name in {"cold": "nothing known before", "warm": "all known"}.items():
        yield [f"ours, {name}, ms a step", 1000 * ours[how] / options.steps, "-", ""]
        yield ["  of it at work", 1000 * ours[f"{how}_work"] / options.steps, "-", ""]
    for name in options.peers:
        yield from _peer_lines(name, found[name], ours, options.steps)


def _peer_lines(name: str, one: Figures, ours: Figures, n_steps: int) -> Iterator[list[object]]:
    for how in [how for how in one if not how.endswith(WORK)]:
        ratio, work_ratio = one[how] / ours["cold"], one[how + WORK] / ours[f"cold{WORK}"]
        limit, verdict = "-", ""
        if name == "dagster":
            limit = f">= {TIMES_DAGSTER:g}x ours"
            verdict = f", {'held' if ratio >= TIMES_DAGSTER else 'MISSED'}"
        label = f"{name} {chain_figures.version_of(name)}, {how.replace('_', ' ')}, ms a step"
        yield [label, 1000 * one[how] / n_steps, limit, f"{ratio:,.1f}x{verdict}"]
        yield ["  of it at work", 1000 * one[how + WORK] / n_steps, "-", f"{work_ratio:,.1f}x"]


def _above(place: Path, options: argparse.Namespace) -> Iterator[list[object]]:
    """Tell what a step costs beside the fsyncs it needs."""
    names = {
        "nothing": "a step that makes nothing",
        "rows": "a step that makes 10 rows",
        "many": "a step that makes 10,000 rows",
    }
    ram = RAM if RAM.is_dir() else None
    for kind, name in names.items():
        found = chain_figures.beside_syncs(
            Place(place / kind, ram), kind, options.steps, options.rounds
        )
        yield [name, "", "", ""]
        yield ["  on disk, ms", found["disk_ms"], "-", ""]
        yield ["  of it at work, ms", found["work_ms"], "-", ""]
        if "ram_ms" in found:
            yield ["  in memory, where a sync costs nothing, ms", found["ram_ms"], "-", ""]
        if "above_ms" in found:
            yield ["  syncs", found["n_syncs"], "-", ""]
            yield ["  these syncs alone, ms", found["syncs_ms"], "-", ""]
            yield _held("  above its syncs, ms", found["above_ms"], STEP_MS)


def _cached(place: Path, options: argparse.Namespace) -> Iterator[list[object]]:
    """Tell what many steps cost of which none has to run."""
    n_steps = options.cached
    for kind, name in {"nothing": "make nothing", "rows": "make 10 rows each"}.items():
        found = chain_figures.cached(place / kind, kind, n_steps, options.rounds)
        label = f"{n_steps:,} cached steps that {name}, s"
        yield _held(label, found["run_s"], CACHED_S * n_steps / 1000)
        yield ["  of it at work, s", found["work_s"], "-", ""]
        yield ["  the command as a whole, s", found["command_s"], "-", ""]


def _parted(place: Path, options: argparse.Namespace) -> Iterator[list[object]]:
    """Tell what partitions found at run time cost, and their memory against a tenth of them."""
    n_many = options.partitions
    n_few = n_many // 10
    few, many = (chain_figures.parted(place / str(n), n) for n in (n_few, n_many))
    yield [f"{n_many:,} partitions made, s", many["first_s"], "-", ""]
    yield ["  one, ms", 1000 * many["first_s"] / n_many, "-", ""]
    yield ["  again, nothing changed, s", many["same_s"], "-", ""]
    yield ["  again, one row changed, s", many["changed_s"], "-", ""]
    yield [f"{n_few:,} partitions made, s", few["first_s"], "-", ""]
    for n, one in ((n_few, few), (n_many, many)):
        yield [f"  peak memory of {n:,}, MiB", one["peak_bytes"] / 2**20, "-", ""]
    growth = many["peak_bytes"] / few["peak_bytes"]
    yield _held("peak memory of ten times as many, over the fewer", growth, GROWTH)


def _apart(place: Path, options: argparse.Namespace) -> Iterator[list[object]]:
    """Tell what a process for each step costs."""
    found = chain_figures.apart(place, options.apart, options.rounds)
    yield ["a step in a process of its own, ms", found["step_ms"], "-", ""]
    yield ["an interpreter that imports pyarrow and ends, ms", found["bare_ms"], "-", ""]


PARTS: dict[str, Part] = {
    "peers": Part(lambda one: f"{one.steps} steps that do nothing, in a chain", _against),
    "syncs": Part(lambda one: f"{one.steps} steps beside their syncs", _above),
    "cached": Part(lambda _: "steps that need not run", _cached),
    "partitions": Part(lambda _: "partitions found at run time, 10 rows each", _parted),
    "apart": Part(lambda one: f"{one.apart} steps, a process each", _apart),
}


def _held(name: str, figure: float, limit: float) -> list[object]:
    return [name, figure, f"<= {limit:g}", "held" if figure <= limit else "MISSED"]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100, help="steps of a chain")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are told")
    parser.add_argument("--cached", type=int, default=1_000, help="steps that need not run")
    parser.add_argument("--partitions", type=int, default=10_000, help="partitions")
    parser.add_argument("--apart", type=int, default=10, help="steps with a process each")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what to print")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="all if not given")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
