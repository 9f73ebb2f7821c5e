"""The store on a table of 1M rows and 20 columns, beside plain Parquet and other table formats.

Run `python -m bench.store`. It creates the table, upserts 1 % of the rows some times, compares
snapshots, reads the first one again and gets 1,000 rows by key. The others do the same in the
same run, each in a process of its own, in an environment made from bench/peers.txt. Every line
says what the limit is and whether it holds; a limit that is missed does not end the run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

import headgate
from bench.parts import peers
from bench.parts.timing import BUILD, load, repeated, show, timed
from bench.parts.wide import changes, parquet_bytes, some_ids, stored_bytes, wide_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from headgate.surfaces.python import Project

DATASET = "wide"
PEERS = ("lance", "deltalake", "pyiceberg")
LIMITS = {
    "upsert_s": 0.25,
    "added_ratio": 1.5,
    "counts_s": 0.01,
    "diff_s": 0.6,
    "old_ratio": 1.3,
    "get_s": 0.2,
}
FASTER = {"lance": 1.0, "deltalake": 10.0, "pyiceberg": 10.0}
"""How many times as long a peer's upsert must take at least."""
ROWS = ("create", "upsert", "diff", "read", "get")


class World(NamedTuple):
    """What is measured: a project with the table in it, and where its files lie."""

    project: Project
    table: pa.Table
    folder: Path


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print each figure beside its limit and the peers' figures."""
    options = _options(arguments)
    table = wide_table(options.rows)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        folder = Path(scratch)
        with headgate.init(folder / "project", name="bench") as project:
            ours = _measured(World(project, table, folder), options)
        theirs = {name: _peer(name, options, folder) for name in options.peers}
    lines = [line for row in options.only for line in LINES[row](ours, theirs)]
    title = f"store, {table.num_rows:,} rows x {table.num_columns} columns, {load()}"
    show(title, ["what", "figure", "limit", ""], lines)
    return 0


def _measured(world: World, options: argparse.Namespace) -> dict[str, float]:
    """Measure ours: the table and its upserts always, the rest as asked."""
    create = timed(lambda: world.project.dataset.commit(DATASET, world.table, key=("id",)))
    found = {"create_s": create[0]} | _upserted(world, options.upserts)
    parts: dict[str, Callable[[World], dict[str, float]]] = {
        "diff": _compared,
        "read": _read,
        "get": _got,
    }
    for name, measure in parts.items():
        if name in options.only:
            found |= measure(world)
    return found


def _upserted(world: World, upserts: int) -> dict[str, float]:
    store = world.folder / "project" / ".headgate"
    seconds: list[float] = []
    added: list[int] = []
    plain: list[int] = []
    for rows in changes(world.table, times=upserts):
        before = stored_bytes(store)
        took, _ = timed(
            lambda rows=rows: world.project.dataset.commit(DATASET, rows, mode="upsert")
        )
        seconds.append(took)
        added.append(stored_bytes(store) - before)
        plain.append(parquet_bytes(rows, world.folder / "changed.parquet"))
    return {
        "upsert_s": statistics.median(seconds),
        "upsert_slowest_s": max(seconds),
        "added_bytes": statistics.median(added),
        "added_ratio": statistics.median(added) / statistics.median(plain),
    }


def _compared(world: World) -> dict[str, float]:
    dataset = world.project.dataset
    counts = repeated(lambda: dataset.show(DATASET).snapshot.n_changed, runs=9)
    full = repeated(lambda: dataset.diff(DATASET), runs=5)
    return {
        "counts_s": counts.median,
        "diff_s": full.median,
        "n_changed": dataset.diff(DATASET).n_changed,
    }


def _read(world: World) -> dict[str, float]:
    """Read the first and the newest snapshot in turn with the same table as plain Parquet."""
    path = world.folder / "plain.parquet"
    pq.write_table(world.table, path, compression="zstd")
    dataset = world.project.dataset
    calls: dict[str, Callable[[], Any]] = {
        "plain_s": lambda: pq.read_table(path),
        "old_read_s": lambda: dataset.read(DATASET, at="1"),
        "new_read_s": lambda: dataset.read(DATASET),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(9):
        for name, call in calls.items():
            seconds[name].append(timed(call)[0])
    if not dataset.read(DATASET, at="1").equals(world.table):
        raise RuntimeError("the first snapshot is not the table that was committed")
    found = {name: statistics.median(runs) for name, runs in seconds.items()}
    return found | {"old_ratio": found["old_read_s"] / found["plain_s"]}


def _got(world: World) -> dict[str, float]:
    dataset, ids = world.project.dataset, some_ids(world.table.num_rows)
    if dataset.get(DATASET, keys=ids)["id"].to_pylist() != ids:
        raise RuntimeError("the rows got are not those asked for")
    condition = f"id in ({', '.join(map(str, ids))})"
    return {
        "get_s": repeated(lambda: dataset.get(DATASET, keys=ids), runs=9).median,
        "where_s": repeated(lambda: dataset.read(DATASET, where=condition), runs=3).median,
    }


def _peer(name: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    place = folder / name
    place.mkdir()
    seconds, found = timed(
        lambda: peers.run("peer_store", name, str(options.rows), str(options.upserts), str(place))
    )
    print(f"  {name} was measured in {seconds:.0f} s", file=sys.stderr, flush=True)
    return found


Figures = dict[str, float]
Theirs = dict[str, dict[str, Any]]


def _create_lines(ours: Figures, theirs: Theirs) -> Iterator[list[object]]:
    yield ["create, s", ours["create_s"], "-", ""]
    yield from _beside("create_s", ours, theirs)


def _upsert_lines(ours: Figures, theirs: Theirs) -> Iterator[list[object]]:
    yield _line("upsert of 1 %, s, median", ours, "upsert_s")
    yield ["  its slowest, s", ours["upsert_slowest_s"], "-", ""]
    yield _line("  bytes added over the changed rows as zstd Parquet", ours, "added_ratio")
    for name, found in theirs.items():
        ratio, least = found["upsert_s"] / ours["upsert_s"], FASTER[name]
        verdict = f"{ratio:.1f}x ours, {'held' if ratio >= least else 'MISSED'}"
        added = f"{found['added_bytes'] / 1e6:,.1f} MB added"
        label = f"  {name} {found['version']}, {added}"
        yield [label, found["upsert_s"], f">= {least:g}x ours", verdict]


def _diff_lines(ours: Figures, _theirs: Theirs) -> Iterator[list[object]]:
    yield _line("diff of neighbours, counts, s", ours, "counts_s")
    yield _line(f"diff of neighbours, all of {ours['n_changed']:,} rows, s", ours, "diff_s")


def _read_lines(ours: Figures, theirs: Theirs) -> Iterator[list[object]]:
    yield ["plain Parquet read of the same rows, s", ours["plain_s"], "-", ""]
    yield ["read of the first snapshot, s", ours["old_read_s"], "-", ""]
    yield _line("  over plain Parquet", ours, "old_ratio")
    yield from _beside("old_read_s", ours, theirs)
    yield ["read of the newest snapshot, s", ours["new_read_s"], "-", ""]


def _get_lines(ours: Figures, theirs: Theirs) -> Iterator[list[object]]:
    yield _line("1,000 random rows by key, s", ours, "get_s")
    yield ["  the same by a condition, s", ours["where_s"], "-", ""]
    yield from _beside("get_s", ours, theirs)


LINES: dict[str, Callable[[Figures, Theirs], Iterator[list[object]]]] = {
    "create": _create_lines,
    "upsert": _upsert_lines,
    "diff": _diff_lines,
    "read": _read_lines,
    "get": _get_lines,
}


def _line(name: str, ours: Figures, key: str) -> list[object]:
    verdict = "held" if ours[key] <= LIMITS[key] else "MISSED"
    return [name, ours[key], f"<= {LIMITS[key]:g}", verdict]


def _beside(key: str, ours: Figures, theirs: Theirs) -> Iterator[list[object]]:
    for name, found in theirs.items():
        ratio = f"{found[key] / ours[key]:.1f}x ours"
        yield [f"  {name} {found['version']}", found[key], "-", ratio]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table")
    parser.add_argument("--upserts", type=int, default=5, help="upserts of 1 %% of the rows")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS, help="what to print")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="all if not given")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
