"""The store on a table of 1M rows and 20 columns: create, upsert, diff and time travel.

Run `python -m bench.store`. Reading is held against plain Parquet and the bytes an upsert adds
against the changed rows as one zstd Parquet file, both in the same run. `--peers` does the same
with other table formats, in an environment of their own.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

import headgate
from bench.parts import peers
from bench.parts.timing import BUILD, Timing, load, show, timed
from bench.parts.wide import changes, parquet_bytes, stored_bytes, wide_table

if TYPE_CHECKING:
    import pyarrow as pa

    from headgate.surfaces.python import Project

UPSERT_S = 0.25
ADDED_RATIO = 1.5
COUNTS_S = 0.01
DIFF_S = 0.6
READ_RATIO = 1.3
PEERS = ("deltalake", "lance")
DATASET = "wide"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures beside the budget."""
    options = _options(arguments)
    table = wide_table(options.rows)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        folder = Path(scratch)
        with headgate.init(folder / "project", name="bench") as project:
            found = _measured(project, table, folder, options.upserts)
        _show_ours(found, table)
        if options.peers:
            _show_peers(found, options, folder)
    return 0


def _measured(project: Project, table: pa.Table, folder: Path, upserts: int) -> dict[str, Any]:
    created, _ = timed(lambda: project.dataset.commit(DATASET, table, key=("id",)))
    store = folder / "project" / ".headgate"
    seconds: list[float] = []
    added: list[int] = []
    plain: list[int] = []
    for rows in changes(table, times=upserts):
        before = stored_bytes(store)
        took, _ = timed(lambda rows=rows: project.dataset.commit(DATASET, rows, mode="upsert"))
        seconds.append(took)
        added.append(stored_bytes(store) - before)
        plain.append(parquet_bytes(rows, folder / "changed.parquet"))
    return {
        "create_s": created,
        "upsert_s": statistics.median(seconds),
        "upsert_slowest_s": max(seconds),
        "added_bytes": statistics.median(added),
        "changed_bytes": statistics.median(plain),
        **_read(project, table, folder),
    }


def _read(project: Project, table: pa.Table, folder: Path) -> dict[str, Any]:
    """Time diffs, and reads of the first and the newest snapshot in turn with plain Parquet."""
    path = folder / "plain.parquet"
    pq.write_table(table, path, compression="zstd")
    calls = {
        "plain_s": lambda: pq.read_table(path),
        "old_read_s": lambda: project.dataset.read(DATASET, at="1"),
        "new_read_s": lambda: project.dataset.read(DATASET),
        "counts_s": lambda: project.dataset.show(DATASET).snapshot.n_changed,
        "diff_s": lambda: project.dataset.diff(DATASET),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(5):
        for name, call in calls.items():
            seconds[name].append(timed(call)[0])
    if not project.dataset.read(DATASET, at="1").equals(table):
        raise RuntimeError("the first snapshot is not the table that was committed")
    n_changed = project.dataset.diff(DATASET).n_changed
    medians = {name: Timing(tuple(found)).median for name, found in seconds.items()}
    return medians | {"n_changed": n_changed}


def _show_ours(found: dict[str, Any], table: pa.Table) -> None:
    read, grown = (
        found["old_read_s"] / found["plain_s"],
        found["added_bytes"] / found["changed_bytes"],
    )
    rows: list[list[object]] = [
        ["create, s", found["create_s"], "-", ""],
        _row("upsert of 1 %, s, median", found["upsert_s"], UPSERT_S),
        ["  its slowest, s", found["upsert_slowest_s"], "-", ""],
        ["  bytes it added", int(found["added_bytes"]), "-", ""],
        _row("  over the changed rows as zstd Parquet", grown, ADDED_RATIO),
        _row("diff of neighbours, counts, s", found["counts_s"], COUNTS_S),
        _row(f"diff of neighbours, full, {found['n_changed']:,} rows, s", found["diff_s"], DIFF_S),
        ["plain Parquet read of the same rows, s", found["plain_s"], "-", ""],
        ["time travel read of the first snapshot, s", found["old_read_s"], "-", ""],
        _row("  over plain Parquet", read, READ_RATIO),
        ["newest snapshot after the upserts, s", found["new_read_s"], "-", ""],
    ]
    title = f"store, {table.num_rows:,} rows x {table.num_columns} columns, {load()}"
    show(title, ["what", "figure", "budget", ""], rows)


def _show_peers(found: dict[str, Any], options: argparse.Namespace, folder: Path) -> None:
    rows: list[list[object]] = [_peer_row("headgate", found, found)]
    for name in PEERS:
        place = folder / name
        place.mkdir()
        sizes = (str(options.rows), str(options.upserts), str(place))
        theirs = peers.run("peer_store", name, *sizes)
        rows.append(_peer_row(f"{name} {theirs['version']}", theirs, found))
    head = ["beside peers", "create s", "upsert s", "ratio", "added MB", "old read s", "ratio"]
    show("the same with others, in their own environment", head, rows)


def _peer_row(name: str, theirs: dict[str, Any], ours: dict[str, Any]) -> list[object]:
    ratios = [f"{theirs[key] / ours[key]:.1f}x" for key in ("upsert_s", "old_read_s")]
    added = theirs["added_bytes"] / 1e6
    times = theirs["create_s"], theirs["upsert_s"], theirs["old_read_s"]
    return [name, times[0], times[1], ratios[0], added, times[2], ratios[1]]


def _row(name: str, figure: float, budget: float) -> list[object]:
    return [name, figure, budget, "held" if figure <= budget else "missed"]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table")
    parser.add_argument("--upserts", type=int, default=5, help="upserts of 1 %% of the rows")
    parser.add_argument("--peers", action="store_true", help="measure deltalake and Lance too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
